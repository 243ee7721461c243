package serve

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"regexp"
	"testing"

	"github.com/caddyserver/caddy/v2"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"

	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/identity"
	"sekisho/caddymodules/redact"
)

// fails is an operation that comes to nothing.
func fails(err error) Operation {
	return Operation{Name: "brew", Method: "GET", Path: "/tea", Handle: func(http.ResponseWriter, *http.Request, identity.Caller) error {
		return err
	}}
}

// quotes has a house answer with the reference of a fault and nothing else.
func (h *house) quotes() {
	h.server.API.Refuse = func(w http.ResponseWriter, _ *http.Request, _ *Operation, f *fault.Fault) {
		_ = Write(w, http.StatusInternalServerError, "text/plain", []byte(f.Reference))
	}
}

// What an answer quotes leads to one line of the log, though every request
// fails with the same value.
func TestFailuresOfOursHaveAReference(t *testing.T) {
	shared := fault.Because(errors.New("the kettle is cold"))
	h := newHouse(t, fails(shared))
	h.quotes()
	first, second := h.ask("GET", "/tea").Body.String(), h.ask("GET", "/tea").Body.String()
	for i, quoted := range []string{first, second} {
		if !regexp.MustCompile(`^[0-9a-hjkmnp-tv-z]{10}$`).MatchString(quoted) {
			t.Errorf("the answer quotes %q", quoted)
		}
		if logged := h.logs.All()[i].ContextMap(); logged["reference"] != quoted || logged["error"] != "internal: the kettle is cold" {
			t.Errorf("the answer quotes %q, logged is %v", quoted, logged)
		}
	}
	if first == second {
		t.Errorf("two failures are both %s", first)
	}
	if shared.Reference != "" {
		t.Errorf("a request left its reference %q in a value that all share", shared.Reference)
	}
}

// What is not logged has nothing to be found by.
func TestRefusalsHaveNoReference(t *testing.T) {
	for kind := fault.Internal + 1; kind <= fault.Unsupported; kind++ {
		h := newHouse(t, fails(fault.New(kind, "leaves")))
		h.quotes()
		if quoted := h.ask("GET", "/tea").Body.String(); quoted != "" || h.logs.Len() != 0 {
			t.Errorf("%s: the answer quotes %q, %d lines logged", kind, quoted, h.logs.Len())
		}
	}
}

// The redactor takes out whatever looks like a secret; a reference is none.
func TestReferencesStandInARedactedLog(t *testing.T) {
	ctx, cancel := caddy.NewContext(caddy.Context{Context: context.Background()})
	defer cancel()
	encoder := new(redact.Encoder)
	if err := encoder.Provision(ctx); err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	h := newHouse(t, fails(errors.New("the kettle is cold")))
	h.server.Log = zap.New(zapcore.NewCore(encoder, zapcore.AddSync(&out), zap.DebugLevel))
	h.quotes()
	quoted := h.ask("GET", "/tea").Body.String()
	var line map[string]any
	if err := json.Unmarshal(out.Bytes(), &line); err != nil || quoted == "" || line["reference"] != quoted {
		t.Errorf("the answer quotes %q, logged is %s, %v", quoted, &out, err)
	}
}
