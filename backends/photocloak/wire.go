package photocloak

import (
	"net/http"
	"time"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/serve"
)

// prefixName gives the character of a prefix code. A code that the operator
// took out of the options since stands for itself.
func (u rules) prefixName(code string) string {
	for _, p := range u.prefixes {
		if p.Code == code {
			return p.Name
		}
	}
	return code
}

// dateTime draws Unix milliseconds in Japan time: 2018-03-27T12:34:56+09:00.
func dateTime(milliseconds int64) string {
	return time.UnixMilli(milliseconds).In(clock.Japan).Format("2006-01-02T15:04:05-07:00")
}

// absolute gives the address of a path on the host that the client called.
func absolute(r *http.Request, path string) string {
	scheme := "http"
	if r.TLS != nil {
		scheme = "https"
	}
	return scheme + "://" + r.Host + path
}

// write sends an answer of 200 with a body.
func write(w http.ResponseWriter, body any) error {
	encoded, err := serve.Encode(body)
	if err != nil {
		return err
	}
	return serve.Write(w, http.StatusOK, contentType, encoded)
}

// writeEmpty sends an answer of 200 without a body.
func writeEmpty(w http.ResponseWriter) error {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusOK)
	return nil
}
