package acceptance

import (
	"fmt"
	"maps"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sekisho/caddymodules/stores/storetest"
	"sekisho/caddymodules/stores/storetest/servers"
)

// unshown are the metrics that no panel and no alert asks for, and why.
var unshown = map[string]string{}

// Prometheus, a real one, scrapes a gateway under a mixed load, and every panel's
// query has an answer; every alert can be told, from metrics and labels that are
// there; and what the gateway shows is looked at.
func TestDashboardsAndAlertsOnPrometheus(t *testing.T) {
	t.Parallel()
	redis := startServer(t, servers.Redis) // one to be killed
	config := storetest.Config(t, storetest.PostgresRedis)
	env := []string{"SEKISHO_DATABASE=" + config.Database, "SEKISHO_SESSIONS=" + redis.URL, "SEKISHO_SECRET=" + config.Secret}
	migrate(t, env...)
	g := startGateway(t, env...)
	p := startPrometheus(t, strings.TrimPrefix(g.metrics, "http://"))

	l := &load{t: t, g: g, album: newAlbum(t, g), register: newProgram()}
	l.all()
	p.awaitScrape() // a rate needs a series from before
	g.run("reload", "--config", "Caddyfile", "--force", "--address", g.setting("SEKISHO_ADMIN"))
	l.all()
	redis.Kill()
	l.duringOutage()
	p.await("the outage is seen, also by a chore", `sekisho_store_up{store="sessions"} == 0 and on () sekisho_chore_runs_total{outcome="failed"} > 0`)
	if err := redis.Restart(); err != nil {
		t.Fatal(err)
	}
	p.awaitScrape()

	panels, alerts := panelQueries(t), p.alerts()
	t.Run("every panel shows something", func(t *testing.T) {
		if len(panels) < 50 {
			t.Fatalf("only %d queries were found", len(panels))
		}
		for _, q := range panels {
			if samples := p.shown(q.expr); !slices.ContainsFunc(samples, sample.isNumber) {
				t.Errorf("%s: %s gives %v", q.where, q.expr, samples)
			}
		}
	})
	t.Run("every alert can be told", func(t *testing.T) {
		for _, a := range alerts {
			p.query(a.expr)
			if a.health != "ok" {
				t.Errorf("%s: its rule is %s", a.where, a.health)
			}
		}
	})
	t.Run("what is asked for is there", func(t *testing.T) {
		for _, q := range slices.Concat(panels, alerts) {
			for _, missing := range p.missing(q.expr) {
				t.Errorf("%s asks for %s, which no gateway has", q.where, missing)
			}
		}
	})
	t.Run("what is there is asked for", func(t *testing.T) {
		asked := map[string]bool{}
		for _, q := range slices.Concat(panels, alerts) {
			for _, s := range selectors(q.expr) {
				asked[regexp.MustCompile(`_(bucket|sum|count)$`).ReplaceAllString(s.metric, "")] = true
			}
		}
		exported := exportedMetrics(t, g)
		for _, metric := range exported {
			if _, excused := unshown[metric]; asked[metric] == excused {
				t.Errorf("%s is on /metrics; a panel or alert asks for it: %v, an excuse: %q", metric, asked[metric], unshown[metric])
			}
		}
		for _, metric := range slices.Sorted(maps.Keys(unshown)) {
			if !slices.Contains(exported, metric) {
				t.Errorf("%s is excused, and not there", metric)
			}
		}
	})
	t.Run("the dashboards find the gateways", func(t *testing.T) {
		found := p.labelValues(`up{job="sekisho"}`, "instance")
		if want := strings.TrimPrefix(g.metrics, "http://"); !slices.Equal(found, []string{want}) {
			t.Errorf("the gateways are %v, want %s", found, want)
		}
	})
}

// promtool, of the same release as the Prometheus, takes the rules and the
// configuration, and every alert's tests hold.
func TestPromtool(t *testing.T) {
	t.Parallel()
	tests, err := filepath.Glob("../prometheus/tests/*.yml")
	if err != nil || len(tests) == 0 {
		t.Fatalf("%d files of tests, %v", len(tests), err)
	}
	for _, args := range [][]string{
		{"check", "rules", "../prometheus/rules/sekisho.yml"},
		{"check", "config", "../prometheus/prometheus.yml"},
		append([]string{"test", "rules"}, tests...),
	} {
		if out, err := exec.Command("promtool", args...).CombinedOutput(); err != nil {
			t.Errorf("promtool %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
}

// Each alert says how bad it is, what happened and where the runbook tells what
// to do; has a test in which it comes, and one in which it does not.
func TestAlertsAreComplete(t *testing.T) {
	runbook, err := os.ReadFile("../prometheus/RUNBOOK.md")
	if err != nil {
		t.Fatal(err)
	}
	sections := map[string]bool{}
	for _, heading := range regexp.MustCompile(`(?m)^## (\w+)$`).FindAllStringSubmatch(string(runbook), -1) {
		sections["RUNBOOK.md#"+strings.ToLower(heading[1])] = false
	}
	come, stay := testedAlerts(t)
	for _, rule := range alertRules(t) {
		if !slices.Contains([]string{"critical", "warning"}, rule.Labels["severity"]) || rule.For == "" {
			t.Errorf("%s: severity %q, for %q", rule.Alert, rule.Labels["severity"], rule.For)
		}
		for _, name := range []string{"summary", "description"} {
			if !strings.HasSuffix(rule.Annotations[name], ".") {
				t.Errorf("%s: the %s is %q, want a sentence", rule.Alert, name, rule.Annotations[name])
			}
		}
		section := rule.Annotations["runbook_url"]
		if _, there := sections[section]; !there {
			t.Errorf("%s: there is no section %q", rule.Alert, section)
		}
		sections[section] = true
		if !come[rule.Alert] || !stay[rule.Alert] {
			t.Errorf("%s: a test in which it comes: %v, in which it does not: %v", rule.Alert, come[rule.Alert], stay[rule.Alert])
		}
	}
	for section, used := range sections {
		if !used {
			t.Errorf("no alert leads to %s", section)
		}
	}
}

// load is what callers do to the APIs.
type load struct {
	t        *testing.T
	g        *gateway
	album    album
	register program
	rounds   int
}

// request is one request of the mixed load, and the status of its answer.
type request struct {
	what         string
	method, path string
	form         string
	status       int
}

// all calls all five APIs, well and badly, as their callers do.
func (l *load) all() {
	l.t.Helper()
	l.rounds++
	for _, r := range []request{
		{"a shop's customers", "GET", "/user/list?sid=3&key=00000000", "", 200},
		{"a password told", "GET", "/user/info?sid=3&key=00000000&email=userc@example.com", "", 200},
		{"a customer with a password", "GET", "/user/detail?sid=3&key=00000000&id=1", "", 200},
		{"no mail address", "GET", "/user/info?sid=3&key=00000000", "", 400},
		{"no key", "GET", "/user/list?sid=3", "", 400},
		{"a wrong method", "DELETE", "/user/list?sid=3&key=00000000", "", 405},

		{"a key for a program", "POST", "/ydits-api/ydits-account/auth.php?step=1", "mail=example@example.com&pass=example_a", 200},
		{"an inquiry", "POST", "/ydits-api/ydits-account/inquiry.php?g=false", "mail=example@example.com&pass=example_a", 200},
		{"no password", "POST", "/ydits-api/ydits-account/auth.php?step=1", "mail=example@example.com", 200},

		{"a search", "GET", "/api/v2/cloaks/search?tg=%E6%B5%B7", "", 200},
		{"a number that nobody has", "GET", "/api/v2/cloaks/check?pd=take&no=99", "", 400},
		{"the picture of no photo", "GET", "/api/v2/noimage", "", 404},

		{"an echo", "GET", "/avatar/v1/Echo?message=hello&key=demo-api-key", "", 200},
		{"no such avatar", "GET", "/avatar/v1/Avatar/1?key=demo-api-key", "", 404},
		{"no API key", "GET", "/avatar/v1/Coords", "", 401},
	} {
		l.expect(r)
	}
	l.photos()
	l.pictures()
	l.registers()
	l.guesses()
}

func (l *load) expect(r request) {
	l.t.Helper()
	contentType := ""
	if r.form != "" {
		contentType = formEncoding
	}
	if status, answer := l.g.do(r.method, r.path, contentType, r.form); status != r.status {
		l.t.Errorf("%s: %s %s was answered %d %.300s; want %d", r.what, r.method, r.path, status, answer, r.status)
	}
}

// photos are uploaded, looked at and fetched; one file is none, and one client
// leaves before it has what it asked for.
func (l *load) photos() {
	l.t.Helper()
	a := l.album
	id := a.mustUpload(padded(l.t, written(l.t, camera(640, 480, 8, false)), 8<<20))
	if _, status, answer, err := a.upload([]byte("no photo")); err != nil || status == http.StatusOK {
		l.t.Errorf("a file that is no photo is answered %d %s, %v", status, answer, err)
	}
	for size := range 3 {
		a.fetch(id, size)
	}
	photo := fmt.Sprintf("?ci=%s&cd=%s", a.id, id)
	if status, _ := l.g.call(http.MethodGet, "/api/v2/photos/export"+photo, "", "Authorization", "Bearer "+a.token); status != http.StatusOK {
		l.t.Errorf("the export of a photo is answered %d", status)
	}
	if status, _ := l.g.call(http.MethodGet, "/api/v2/account", "", "Authorization", "Bearer wrong"); status != http.StatusUnauthorized {
		l.t.Errorf("a wrong token is answered %d", status)
	}
	for _, image := range []string{"1", "2"} { // the demo's
		l.expect(request{"a view", "POST", "/api/v2/photos/look", "cd=" + image, 200})
	}
	l.leave("/api/v2/photos"+photo+"&ps=0", a.token)
}

// leave asks for a photo and hangs up before it is there.
func (l *load) leave(path, token string) {
	l.t.Helper()
	request, err := http.NewRequest(http.MethodGet, l.g.url+path, nil)
	if err != nil {
		l.t.Fatal(err)
	}
	request.Header.Set("Authorization", "Bearer "+token)
	response, err := newClient().Do(request)
	if err != nil || response.StatusCode != http.StatusOK {
		l.t.Fatalf("a photo is answered %+v, %v", response, err)
	}
	response.Body.Close()
}

// pictures of a guest are drawn, in another coord each time.
func (l *load) pictures() {
	l.t.Helper()
	coord := []string{"6638536014221083", "1939647987114379"}[l.rounds%2]
	_, answer := l.g.post("/avatar/v1/Guest?scope=AvatarLoad,ItemGrant&key=demo-api-key&coordId="+coord, "", "")
	pictures := regexp.MustCompile(`/avatar/images/[^"]+`).FindAllString(answer, -1)
	if len(pictures) != 3 {
		l.t.Errorf("a guest is answered %s", answer)
	}
	for _, picture := range pictures {
		l.expect(request{"a picture", "GET", picture, "", 200})
	}
}

// registers ask for points and book sales, with a session and without.
func (l *load) registers() {
	l.t.Helper()
	l.register.mustAuth(l.t, l.g.crm)
	for _, c := range []struct {
		customer, code string
		by             program
	}{{crmCustomer, "0", l.register}, {"0000000000000", "-9002", l.register}, {crmCustomer, "-9098", newProgram()}} {
		answer := c.by.mustCall(l.t, l.g.crm, "Set_UserPoint", "user_code", c.customer, "sales_date", "20260401", "sales_division", "10",
			"sales_shop", "0001", "register_no", "01", "receipt_no", fmt.Sprintf("%06d", l.rounds), "get_point", "5", "use_point", "0")
		if answer.StatusCode != c.code {
			l.t.Errorf("a sale of %s is answered %+v; want %s", c.customer, answer, c.code)
		}
	}
	if answer := l.register.mustCall(l.t, l.g.crm, "Get_UserPoint", "user_code", crmCustomer); answer.StatusCode != "0" {
		l.t.Errorf("the points are answered %+v", answer)
	}
}

// guesses are made at a door of each API until its limit refuses them.
func (l *load) guesses() {
	l.t.Helper()
	for range 12 {
		l.g.get("/user/list?sid=99&key=wrong")
		l.g.post("/ydits-api/ydits-account/auth.php?step=1", formEncoding, "mail=nobody@example.com&pass=wrong")
		tokenFor(l.t, l.g, "nobody@example.com", "wrong")
		if _, err := l.register.auth(l.g.crm, "nobody", "wrong"); err != nil {
			l.t.Error(err)
		}
	}
	for range 102 {
		l.g.get("/avatar/v1/Echo?key=wrong")
	}
}

// duringOutage calls each API once while Redis is gone: they fail.
func (l *load) duringOutage() {
	l.t.Helper()
	l.expect(request{"a shop during an outage", "GET", "/user/info?sid=98&key=00000000&email=userc@example.com", "", 500})
	l.expect(request{"a view during an outage", "POST", "/api/v2/photos/look", "cd=1", 500})
	l.expect(request{"an app during an outage", "GET", connectCall, "", 500})
	l.g.post("/ydits-api/ydits-account/auth.php?step=1", formEncoding, "mail=example@example.com&pass=example_a")
	l.register.mustCall(l.t, l.g.crm, "Set_UserPoint", "user_code", crmCustomer)
}
