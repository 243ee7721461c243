package acceptance

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"sekisho/caddymodules/stores/storetest"
	"sekisho/caddymodules/stores/storetest/servers"
)

// prometheus is a running Prometheus.
type prometheus struct {
	t   *testing.T
	url string
}

// startPrometheus starts Debian's Prometheus with the repository's configuration,
// which it gives one gateway to scrape, and less time between scrapes.
func startPrometheus(t *testing.T, gateway string) *prometheus {
	t.Helper()
	text, err := os.ReadFile("../prometheus/prometheus.yml")
	if err != nil {
		t.Fatal(err)
	}
	rules, err := filepath.Abs("../prometheus/rules")
	if err != nil {
		t.Fatal(err)
	}
	config := strings.NewReplacer(
		"scrape_interval: 15s", "scrape_interval: 1s", "evaluation_interval: 15s", "evaluation_interval: 1s",
		"rules/*.yml", rules+"/*.yml", "gateway-1:9180", gateway, "          - gateway-2:9180\n", "",
	).Replace(string(text))
	folder := t.TempDir()
	file := filepath.Join(folder, "prometheus.yml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	address := "127.0.0.1:" + storetest.FreePort(t)
	printed := &logBook{}
	process := exec.Command("prometheus", "--config.file="+file, "--storage.tsdb.path="+filepath.Join(folder, "data"),
		"--web.listen-address="+address, "--log.level=warn")
	process.Stdout, process.Stderr = printed, printed
	if err := servers.Start(process, syscall.SIGKILL); err != nil {
		t.Fatalf("starting Prometheus: %v", err)
	}
	t.Cleanup(func() {
		_ = process.Process.Kill()
		_ = process.Wait()
		if t.Failed() {
			t.Logf("Prometheus printed\n%s", printed)
		}
	})
	p := &prometheus{t: t, url: "http://" + address}
	eventually(t, 20*time.Second, "Prometheus is ready", func() bool {
		response, err := http.Get(p.url + "/-/ready")
		if err != nil {
			return false
		}
		response.Body.Close()
		return response.StatusCode == http.StatusOK
	})
	return p
}

// ask asks the API; what it answers goes into an object.
func (p *prometheus) ask(path string, parameters url.Values, into any) {
	p.t.Helper()
	response, err := client.Get(p.url + "/api/v1/" + path + "?" + parameters.Encode())
	if err != nil {
		p.t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	answer := struct {
		Status, Error string
		Data          any
	}{Data: into}
	if err := json.Unmarshal(text, &answer); err != nil || answer.Status != "success" {
		p.t.Fatalf("Prometheus answered %s to %v: %s, %v", path, parameters, answer.Error, err)
	}
}

// sample is one value of a query's answer.
type sample struct {
	Metric map[string]string
	Value  [2]any // when, and as text, what
}

func (s sample) isNumber() bool { return s.Value[1] != "NaN" }

// query asks for what is now. A query that is none ends the test.
func (p *prometheus) query(expr string) []sample {
	p.t.Helper()
	var found struct{ Result []sample }
	p.ask("query", url.Values{"query": {expr}}, &found)
	return found.Result
}

// shown is query where there must be an answer: it asks a few times, for a scrape
// that fails, as on a busy machine one does, hides all series until the next.
func (p *prometheus) shown(expr string) (samples []sample) {
	p.t.Helper()
	for range 40 {
		if samples = p.query(expr); slices.ContainsFunc(samples, sample.isNumber) {
			break
		}
		time.Sleep(300 * time.Millisecond)
	}
	return samples
}

// labelValues are the values that a label has among the series of a selector.
func (p *prometheus) labelValues(selector, label string) (values []string) {
	p.t.Helper()
	p.ask("label/"+label+"/values", url.Values{"match[]": {selector}}, &values)
	return values
}

// await returns once a query has an answer.
func (p *prometheus) await(what, expr string) {
	p.t.Helper()
	eventually(p.t, 20*time.Second, what, func() bool { return len(p.query(expr)) > 0 })
}

// awaitScrape returns once what the gateway shows now has been scraped twice.
func (p *prometheus) awaitScrape() {
	p.t.Helper()
	began := float64(time.Now().UnixMilli()) / 1000
	scrapes := url.Values{"query": {`up{job="sekisho"}[1m]`}}
	eventually(p.t, 20*time.Second, "Prometheus scrapes", func() bool {
		var found struct {
			Result []struct{ Values [][2]any }
		}
		p.ask("query", scrapes, &found)
		since := 0
		for _, series := range found.Result {
			for _, value := range series.Values {
				if at, _ := value[0].(float64); at > began && value[1] == "1" {
					since++
				}
			}
		}
		return since >= 2
	})
}

// alerts are the rules as Prometheus has them, once it has evaluated all.
func (p *prometheus) alerts() (all []asked) {
	p.t.Helper()
	eventually(p.t, 10*time.Second, "Prometheus evaluates its rules", func() bool {
		var found struct {
			Groups []struct {
				Rules []struct{ Name, Query, Health string }
			}
		}
		p.ask("rules", url.Values{"type": {"alert"}}, &found)
		all = nil
		for _, group := range found.Groups {
			for _, rule := range group.Rules {
				if rule.Health == "unknown" {
					return false
				}
				all = append(all, asked{where: rule.Name, expr: rule.Query, health: rule.Health})
			}
		}
		return len(all) > 0
	})
	return all
}
