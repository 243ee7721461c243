package acceptance

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// unled is a client that goes nowhere else.
var unled = &http.Client{Timeout: client.Timeout, Transport: client.Transport, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}

// watched is a gateway that tells all it can, and what it may not tell.
type watched struct {
	*gateway
	secrets  []string
	canaries int // so many were sent
	logged   int // so many requests must be in the access log
	signedUp int // so many TokenIDs were answered
}

// startWatched starts a gateway whose log is that of DEBUG, with its spans between
// the lines.
func startWatched(t *testing.T) *watched {
	t.Helper()
	return &watched{gateway: startGateway(t, "SEKISHO_LOG_LEVEL=DEBUG", "OTEL_TRACES_EXPORTER=console"), secrets: []string{"canary"}}
}

// canary gives the next one.
func (w *watched) canary() string {
	w.canaries++
	return fmt.Sprintf("canary%dcanary", w.canaries)
}

// canaryFor gives the next one in the form that a parameter must have.
func (w *watched) canaryFor(name string) string {
	if name == "mail" || name == "email" {
		return w.canary() + "@example.com"
	}
	return w.canary()
}

// answeredTokens are secrets in answers.
var answeredTokens = regexp.MustCompile(`"(Token|TokenID|CloakToken|access_token|refresh_token)":"([^"]{16,})"`)

// send sends a request, whose canaries no refusal may give back.
func (w *watched) send(client *http.Client, request *http.Request) {
	w.t.Helper()
	if "http://"+request.URL.Host != w.metrics { // which keeps no access log
		w.logged++
	}
	response, err := client.Do(request)
	if err != nil {
		w.t.Fatal(err)
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	for _, token := range answeredTokens.FindAllSubmatch(body, -1) {
		w.secrets = append(w.secrets, string(token[2]))
		if string(token[1]) == "TokenID" {
			w.signedUp++
		}
	}
	if refuses(request.URL.Path, response.StatusCode, body) && strings.Contains(echoed.ReplaceAllString(string(body), ""), "canary") {
		w.t.Errorf("%s %s is answered %s\n%.2000s", request.Method, request.URL.Path, response.Status, body)
	}
}

// echoed is the field of a form that is to be corrected: all that a refusal gives
// back of what was sent, but for numbers, which are harmless.
var echoed = regexp.MustCompile(`<input id="(login|nickname|name|mail)"[^>]*value="[^"]*"`)

// refuses says whether an answer is a refusal, whose status may well be 200. That
// of the customers' API with 400 tells callers their own value, as documented.
func refuses(path string, status int, body []byte) bool {
	var codes struct {
		StatusCode string // the CRM's
		ResultCode int    // that of YDITS
	}
	_ = json.Unmarshal(body, &codes) // pages and photos have neither
	switch {
	case status == http.StatusBadRequest && strings.HasPrefix(path, "/user/"):
		return false
	case codes.StatusCode != "" && codes.StatusCode != "0", codes.ResultCode != 0 && codes.ResultCode != http.StatusOK:
		return true
	}
	return status >= http.StatusBadRequest || bytes.Contains(body, []byte(`id="problem"`))
}

// staysInside ends the gateway, and looks for secrets in its metrics, its census
// and its log with the spans, which must tell of all requests; each operation of
// the APIs must have come to look at what was sent.
func (w *watched) staysInside(apis ...string) {
	w.t.Helper()
	status, metrics, err := send(client, http.MethodGet, w.metrics+"/metrics", "", "")
	if err != nil || status != http.StatusOK {
		w.t.Fatalf("the metrics: %d, %v", status, err)
	}
	for _, operation := range unreached(metrics, apis) {
		w.t.Errorf("no canary came beyond the guard of %s", operation)
	}
	w.stop()
	log := w.log.String()
	if lines := strings.Count(log, "handled request"); lines < w.logged {
		w.t.Fatalf("only %d access lines of %d: the test did not see the log", lines, w.logged)
	}
	if spans := strings.Count(log, `"Key":"http.response.status_code"`); spans < w.logged {
		w.t.Fatalf("only %d spans of %d: the test did not see the traces", spans, w.logged)
	}
	census := w.run("census", "--csv")
	if rows := strings.Count(census, "\n"); rows < 20 {
		w.t.Fatalf("only %d rows of the census:\n%s", rows, census)
	}
	slices.Sort(w.secrets)
	w.secrets = slices.Compact(w.secrets)
	for where, text := range map[string]string{"log": log, "metrics": metrics, "census": census} {
		text = strings.ToLower(text)
		for _, secret := range w.secrets {
			if at := strings.Index(text, strings.ToLower(secret)); at >= 0 {
				w.t.Errorf("%s came out in the %s:\n%s", secret, where, text[max(0, at-1000):min(len(text), at+200)])
			}
		}
	}
}

// unreached are the operations of the APIs of which nothing was answered but that
// nobody knows the caller, or the method.
func unreached(metrics string, apis []string) (operations []string) {
	reached := map[string]bool{}
	for line := range strings.Lines(metrics) {
		operation := label(line, "api") + " " + label(line, "operation")
		switch name, _, _ := strings.Cut(line, "{"); {
		case !slices.Contains(apis, label(line, "api")):
		case name == "sekisho_failures_total" && !reached[operation]:
			reached[operation] = false
		case name == "sekisho_requests_total":
			unlet := []string{"unauthorized", "missing", "too_many", "method_not_allowed"}
			reached[operation] = reached[operation] || !slices.Contains(unlet, label(line, "outcome"))
		}
	}
	for operation, was := range reached {
		if !was && !strings.HasSuffix(operation, " none") {
			operations = append(operations, operation)
		}
	}
	return operations
}
