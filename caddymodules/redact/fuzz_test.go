package redact

import (
	"errors"
	"net/http"
	"strings"
	"testing"

	"go.uber.org/zap"
)

// FuzzNothingUndeclaredComesOut sends the canary in undeclared places, with
// whatever around it.
func FuzzNothingUndeclaredComesOut(f *testing.F) {
	for _, seed := range [][4]string{
		{"/user/list", "sid=3", "", "X-Any"},
		{"/user/list;a", "sid=3%26", "&sid=4", "content-type"},
		{"http://u:p@h/user/list", "?sid", "#x", "Cookie"},
		{"//h/%3fsid=", "%73id=%00;", "%zz", "accept "},
		{"", "\"'`", "\n", ""},
		{"redis://:", "@", "@v1/", "Range"},
		{"0", "uuid=", ":)\xf2D", "x"},
		{"key='", "pass=\\\"", "\\\" '", "HOST"},
	} {
		f.Add(seed[0], seed[1], seed[2], seed[3])
	}
	log, out := logged(f)
	f.Fuzz(func(t *testing.T, path, before, after, header string) {
		for _, part := range []string{path, before, after, header} {
			if strings.Contains(strings.ToLower(part), "kn4") {
				return // a part of the canary in a place of its own proves nothing
			}
		}
		if rest, _, named := strings.Cut(after, "="); named && likeName(canary+rest) {
			return // the canary would be the name of a parameter, and those are shown
		}
		headers := http.Header{"Authorization": {before + canary}, "Content-Type": {"a/b; " + before + "x=" + canary + after}}
		if _, harmless := harmlessHeaders[http.CanonicalHeaderKey(header)]; !harmless {
			headers[header] = []string{before + canary + after}
		}
		for place, uri := range map[string]string{
			"parameter":           path + "?" + before + "&key=" + canary + after,
			"no name":             path + "?" + before + "&" + canary + after,
			"path parameter":      path + ";" + canary + after + "?" + before,
			"fragment":            path + "?" + before + "#" + canary + after,
			"behind a known path": "/user/list?" + before + "&key=" + canary + after,
			"user":                "http://" + canary + ":x@h/" + after,
		} {
			out.Reset()
			log.Info("m", zap.Object("request", request("GET", uri, headers)))
			mustHide(t, place+" "+uri, out)
			only(t, out)
		}
		for place, message := range map[string]string{
			"query":      path + "?" + canary + after,
			"user":       before + "://u:" + canary + "@h" + after,
			"assignment": before + " password=" + canary + after,
			"JSON":       before + ` "token": "` + canary + after,
			"header":     before + "\nCookie: " + canary + after,
			"bearer":     before + " Bearer " + canary + after,
		} {
			out.Reset()
			log.Info(message, zap.Error(errors.New(message)), zap.Any("x", []any{message}))
			mustHide(t, place+" "+message, out)
			only(t, out)
		}
	})
}
