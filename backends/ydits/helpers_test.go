package ydits

import (
	"bytes"
	"context"
	"encoding/json"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"

	_ "sekisho/backends/kit/kittest/cheaphash"
	"sekisho/caddymodules/stores"
)

const (
	jsonBody = "application/json"
	formBody = "application/x-www-form-urlencoded"
)

// answered is an answer of any operation.
type answered struct {
	Result     string
	ResultCode int
	UUID       string
	Key        string
	UserData   userData

	status int
	header http.Header
}

// post sends a body to a path of the API, from an address of the caller's
// choice where there is one.
func post(t testing.TB, gateway http.Handler, target, media, body string, from ...string) answered {
	t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/ydits-api/ydits-account/"+target, strings.NewReader(body))
	r.Header.Set("Content-Type", media)
	for _, address := range from {
		r.RemoteAddr = address + ":5000"
	}
	w := httptest.NewRecorder()
	gateway.ServeHTTP(w, r)
	a := answered{status: w.Code, header: w.Header()}
	if err := json.Unmarshal(w.Body.Bytes(), &a); err != nil {
		t.Fatalf("%s answered %d, which is no JSON: %q", target, w.Code, w.Body)
	}
	return a
}

// object writes pairs of names and values as a JSON object.
func object(pairs ...string) string {
	values := map[string]string{}
	for i := 0; i < len(pairs); i += 2 {
		values[pairs[i]] = pairs[i+1]
	}
	encoded, err := json.Marshal(values)
	if err != nil {
		panic(err)
	}
	return string(encoded)
}

func issue(t testing.TB, gateway http.Handler, mail, pass string, from ...string) answered {
	t.Helper()
	return post(t, gateway, "auth.php?step=1", jsonBody, object("mail", mail, "pass", pass), from...)
}

func register(t testing.TB, gateway http.Handler, uuid, softname, key string, from ...string) answered {
	t.Helper()
	return post(t, gateway, "auth.php?step=2", jsonBody, object("uuid", uuid, "softname", softname, "key", key), from...)
}

func authenticate(t testing.TB, gateway http.Handler, uuid, key string, from ...string) answered {
	t.Helper()
	return post(t, gateway, "auth.php?step=3", jsonBody, object("uuid", uuid, "key", key), from...)
}

func inquire(t testing.TB, gateway http.Handler, mail, pass string, from ...string) answered {
	t.Helper()
	return post(t, gateway, "inquiry.php?g=false", jsonBody, object("mail", mail, "pass", pass), from...)
}

func signUp(t testing.TB, gateway http.Handler, name, mail, pass string, from ...string) answered {
	t.Helper()
	return post(t, gateway, "regist.php?g=false", jsonBody, object("name", name, "mail", mail, "pass", pass), from...)
}

// newcomerUUID signs a user up and gives their uuid.
func newcomerUUID(t testing.TB, gateway http.Handler, mail, pass string) string {
	t.Helper()
	if a := signUp(t, gateway, "name of "+mail, mail, pass); a.ResultCode != 200 {
		t.Fatalf("signing up: %+v", a)
	}
	return inquire(t, gateway, mail, pass).UserData.UUID
}

func expect(t testing.TB, what string, got answered, code int, words string) {
	t.Helper()
	if got.ResultCode != code || got.Result != words {
		t.Errorf("%s: %d %s, want %d %s", what, got.ResultCode, got.Result, code, words)
	}
}

// everything is all that the API keeps in SQL, to see whether it changed.
func everything(t testing.TB, s *stores.Stores) string {
	t.Helper()
	var all bytes.Buffer
	encoder := json.NewEncoder(&all)
	kept := store{s.SQL}
	if err := kept.users(context.Background(), func(u user) error { return encoder.Encode(u) }); err != nil {
		t.Fatal(err)
	}
	if err := kept.registrations(context.Background(), func(r registration) error { return encoder.Encode(r) }); err != nil {
		t.Fatal(err)
	}
	return all.String()
}

// multipartForm writes pairs of names and values as a multipart form.
func multipartForm(t testing.TB, pairs ...string) (media, body string) {
	t.Helper()
	var buffer bytes.Buffer
	form := multipart.NewWriter(&buffer)
	for i := 0; i < len(pairs); i += 2 {
		if err := form.WriteField(pairs[i], pairs[i+1]); err != nil {
			t.Fatal(err)
		}
	}
	if err := form.Close(); err != nil {
		t.Fatal(err)
	}
	return form.FormDataContentType(), buffer.String()
}

// form writes pairs of names and values as a form or query.
func form(pairs ...string) string {
	values := url.Values{}
	for i := 0; i < len(pairs); i += 2 {
		values.Add(pairs[i], pairs[i+1])
	}
	return values.Encode()
}
