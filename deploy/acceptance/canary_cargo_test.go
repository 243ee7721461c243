package acceptance

import (
	"bytes"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"net/textproto"
	"net/url"
	"slices"
	"strings"

	"sekisho/backends/photocloak/thumbnail/scaledjpeg/jpegtest"
)

var canaryMethods = []string{http.MethodGet, http.MethodPost, http.MethodPut, http.MethodHead}

// cargo is what a request holds beside its headers.
type cargo struct{ query, contentType, body string }

// cargoes put canaries into the query, a form of either kind and JSON, beside what
// is known and lets a call come further. A method that is only refused gets one.
func (w *watched) cargoes(method, known string, names []string) []cargo {
	values, sent := w.values(known, names), w.values("", names).Encode()
	form := cargo{known, formEncoding, known + "&" + values.Encode()}
	asked := []cargo{
		{query: known + "&" + values.Encode()},
		{query: known + "&" + w.canary()},
		{query: known + "&%zz" + w.canary() + "&;x=" + w.canary()},
	}
	switch method {
	case http.MethodGet:
		return append(asked, form, cargo{query: sent})
	case http.MethodPost:
		object := w.object(names)
		return append(
			asked, form,
			cargo{known, "application/json", object},
			cargo{known, "application/json", `{"data":[` + object + `]}`},
			cargo{known, "application/json", `{"data":[{"customer_id":"1","email":"` + w.canary() + `"}]}`},
			cargo{known, "application/json", `{"data":[{"email":"` + w.canary()},
			w.parts(known, values, w.canary()),
			cargo{known, "multipart/form-data; boundary=b", "--b\r\nContent-Disposition: form-data; name=\"lk\"\r\n" + w.canary() + "\r\n\r\n" + w.canary()},
		)
	}
	return []cargo{form}
}

// values are canaries under all names but those that are known.
func (w *watched) values(known string, names []string) url.Values {
	there, _ := url.ParseQuery(known)
	values := url.Values{}
	for _, name := range names {
		if !there.Has(name) {
			values.Set(name, w.canaryFor(name))
		}
	}
	return values
}

// object is a customer, or a whole request, in JSON.
func (w *watched) object(names []string) string {
	fields := []string{`"customer_id":"1"`}
	for _, name := range names {
		fields = append(fields, fmt.Sprintf("%q:%q", name, w.canaryFor(name)))
	}
	return "{" + strings.Join(fields, ",") + "}"
}

// parts is a form in parts, the last of which is a file.
func (w *watched) parts(known string, values url.Values, file string) cargo {
	w.t.Helper()
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	there, _ := url.ParseQuery(known)
	for _, fields := range []url.Values{there, values} {
		for name := range fields {
			_ = form.WriteField(name, fields.Get(name)) // into memory
		}
	}
	part, _ := form.CreatePart(textproto.MIMEHeader{
		"Content-Disposition": {`form-data; name="photo"; filename="` + w.canary() + `.jpg"`},
		"Content-Type":        {"image/jpeg"},
		"X-Unknown":           {w.canary()},
	})
	_, _ = io.WriteString(part, file)
	_ = form.Close()
	return cargo{known, form.FormDataContentType(), body.String()}
}

// photos are uploads: no photo, and one with a canary in its comment and behind
// its end, as they are and in a form.
func (w *watched) photos(path string) (all []cargo) {
	w.t.Helper()
	if path != "/api/v2/photos" {
		return nil
	}
	const known = "ci=1"
	comment := jpegtest.Segment(0xfe, []byte(w.canary()))
	photo := string(slices.Insert(written(w.t, camera(16, 16, 1, false)), 2, comment...)) + w.canary()
	for _, file := range []string{w.canary(), "\xff\xd8" + w.canary(), photo} {
		all = append(all, cargo{known, "image/jpeg", file}, w.parts(known, nil, file))
	}
	return all
}

// request has canaries in its headers and cookies too.
func (w *watched) request(method, address string, s cargo) *http.Request {
	w.t.Helper()
	request, err := http.NewRequest(method, address, strings.NewReader(s.body))
	if err != nil {
		w.t.Fatal(err)
	}
	request.URL.RawQuery = strings.TrimPrefix(s.query, "&")
	request.Header.Set("Content-Type", s.contentType)
	request.SetBasicAuth(w.canary(), w.canary())
	request.Header.Set("Traceparent", "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01")
	request.Header.Set("Tracestate", "vendor="+w.canary())
	request.Header.Set("Baggage", "x="+w.canary())
	for _, name := range []string{"Cookie", "Token", "X-PhotoCloakToken", "X-Unknown", "Referer", "X-Forwarded-For", "Origin"} {
		request.Header.Set(name, "https://"+w.canary()+"/?key="+w.canary())
	}
	for _, name := range []string{"ASP.NET_SessionId", ".ASPXAUTH", "user_pasword", "unknown"} {
		request.AddCookie(&http.Cookie{Name: name, Value: w.canary()})
	}
	return request
}
