package crm

import (
	"fmt"
	"net/http"
	"strconv"

	"go.uber.org/zap"

	"sekisho/backends/kit"
	"sekisho/backends/kit/cp932"
	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/serve"
)

// head is what every answer begins with, and the whole of some.
type head struct {
	StatusCode kit.Number `json:"StatusCode"`
	Status     string     `json:"Status"`
}

// ok is the head of an answer that succeeded.
func (s *service) ok() head { return head{s.numbers.Of(0), "OK"} }

// text is a text as it is sent: what is missing may have a sign of its own.
func (s *service) text(value string) string {
	if value == "" {
		return s.unset
	}
	return value
}

// given is a text as it came: the sign of what is missing stands for nothing.
func (s *service) given(value string) string {
	if value == s.unset {
		return ""
	}
	return value
}

// write sends an answer in the charset of the vendor's clients.
func (s *service) write(w http.ResponseWriter, httpStatus int, answer any) error {
	body, err := serve.Encode(answer)
	if err != nil {
		return err
	}
	serve.NoteCode(w, "0")
	return s.writeJSON(w, httpStatus, body)
}

func (s *service) writeJSON(w http.ResponseWriter, httpStatus int, body []byte) error {
	w.Header().Set("Cache-Control", "no-store") // a GET that books a sale must reach us each time
	if s.charset == kit.CharsetShiftJIS {
		return serve.Write(w, httpStatus, "application/json; charset=shift_jis", cp932.EncodeJSON(body))
	}
	return serve.Write(w, httpStatus, "application/json; charset=utf-8", body)
}

// refuse draws a fault as the page's own failure. What counts is StatusCode, so
// the HTTP status is 200 but for a wrong method.
func (s *service) refuse(w http.ResponseWriter, r *http.Request, _ *serve.Operation, f *fault.Fault) {
	httpStatus := http.StatusOK
	if f.Kind == fault.MethodNotAllowed {
		httpStatus = http.StatusMethodNotAllowed
	}
	p := pageAt(r.URL.Path)
	failed := p.status(f)
	serve.NoteCode(w, strconv.Itoa(failed.code))
	if err := s.writeJSON(w, httpStatus, s.failure(p, failed)); err != nil {
		s.log.Debug("writing a refusal failed", zap.Error(err))
	}
}

// failure is the body of a page's failure.
func (s *service) failure(p *page, failed status) []byte {
	body := append([]byte(`{"StatusCode":`), s.numbers.Of(int64(failed.code))...)
	body = serve.AppendString(append(body, `,"Status":`...), failed.words)
	if p.null != "" {
		body = append(serve.AppendString(append(body, ','), p.null), ":null"...)
	}
	return append(body, '}')
}

// status is the page's code for a fault, with its words.
func (p *page) status(f *fault.Fault) status {
	for _, refused := range p.refusals {
		if f == refused.fault {
			return refused.status
		}
	}
	switch {
	case f == errNoSession || f.Kind == fault.TooMany && f.Subject == doorSession:
		return status{p.session, internalWords + noSessionWords}
	case f.Kind == fault.Missing || f.Kind == fault.Malformed || f.Kind == fault.TooLong || f.Kind == fault.TooLarge:
		return p.missing
	case f.Kind == fault.TooMany && f.Subject == "":
		return p.tooMany()
	case f.Kind == fault.TooMany:
		return status{p.internal, internalWords + "混み合っています"}
	case f.Kind == fault.MethodNotAllowed:
		return status{p.internal, internalWords + "このHTTPメソッドは使用できません"}
	}
	return status{p.internal, internalWords + f.Reference}
}

// tooMany is what a guesser is told beyond the limit: on a page that knows wrong
// passwords the same as before.
func (p *page) tooMany() status {
	for _, refused := range p.refusals {
		if refused.fault.Kind == fault.Unauthorized {
			return refused.status
		}
	}
	return status{p.internal, internalWords + "試行回数が多すぎます"}
}

// hundredths is a rate as the document's answers have it, times ten: 110, which
// stands for 1.1, is 11.
func (s *service) hundredths(rate int64) kit.Number {
	if rate%10 == 0 {
		return s.numbers.Of(rate / 10)
	}
	return s.numbers.Written(fmt.Sprintf("%d.%d", rate/10, rate%10))
}
