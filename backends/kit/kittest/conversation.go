// Package kittest reads an API's documented examples, which every backend keeps
// as one golden file, and sends them to a gateway: without a port in the
// backend's own tests, over the network in the acceptance tests. The stores of a
// test program that imports it are patient ones.
package kittest

import (
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"sekisho/caddymodules/golden"
	_ "sekisho/caddymodules/stores/storetest/patient"
)

// Send sends one request and gives its answer.
type Send func(*http.Request) (*http.Response, error)

// To sends requests to a handler.
func To(handler http.Handler) Send {
	return func(r *http.Request) (*http.Response, error) {
		w := httptest.NewRecorder()
		handler.ServeHTTP(w, r)
		return w.Result(), nil
	}
}

// At sends requests to a running gateway, "http://127.0.0.1:8080".
func At(client *http.Client, gateway string) Send {
	return func(r *http.Request) (*http.Response, error) {
		outgoing, err := http.NewRequest(r.Method, gateway+r.RequestURI, r.Body)
		if err != nil {
			return nil, err
		}
		outgoing.Header = r.Header
		return client.Do(outgoing)
	}
}

// Random names what differs from run to run: the first group of its form is
// kept from the last answer that had one, and stands as {name} in the file, in
// requests as well. Where an answer has several, each of them is masked and the
// first one kept.
type Random map[string]*regexp.Regexp

// Converse sends the requests of a golden file in order, and holds each answer
// (status, Content-Type and body) against the file. Between exchanges stands a
// line of equals signs, between request and answer one of dashes:
//
//	POST /user/update?sid=3&key=00000000
//	Content-Type: application/json
//
//	{"data":[{"customer_id":1}]}
//	----
//	200 application/json
//	{"status":true,"message":"success","data":"\"\""}
//	====
func Converse(t testing.TB, file string, send Send, random Random) {
	t.Helper()
	content, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	c := conversation{send: send, random: random, kept: map[string]string{}}
	exchanges := strings.Split(strings.TrimSuffix(string(content), "\n"), "\n====\n")
	for i, exchange := range exchanges {
		request, want, found := strings.Cut(exchange, "\n----\n")
		if !found && !*golden.Update {
			t.Fatalf("%s: an exchange has no answer:\n%s", file, exchange)
		}
		got, err := c.say(request)
		if err != nil {
			t.Fatalf("%s\n\n%v", request, err)
		}
		if *golden.Update {
			exchanges[i] = request + "\n----\n" + got
		} else if got != want {
			t.Errorf("%s\n\ngot:\n%s\nwant:\n%s", request, got, want)
		}
	}
	if *golden.Update {
		golden.File(t, file, strings.Join(exchanges, "\n====\n")+"\n")
	}
}

type conversation struct {
	send   Send
	random Random
	kept   map[string]string
}

func (c *conversation) say(request string) (answer string, err error) {
	for name, value := range c.kept {
		request = strings.ReplaceAll(request, "{"+name+"}", value)
	}
	response, err := c.send(parse(request))
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err != nil {
		return "", err
	}
	return fmt.Sprintf("%d %s\n%s", response.StatusCode, response.Header.Get("Content-Type"), c.mask(legible(body))), nil
}

// legible is a body as it can stand in a file: of what is no text, its length
// and its digest.
func legible(body []byte) string {
	if utf8.Valid(body) {
		return string(body)
	}
	return fmt.Sprintf("(%d bytes, SHA-256 %x)", len(body), sha256.Sum256(body))
}

func parse(request string) *http.Request {
	head, body, _ := strings.Cut(request, "\n\n")
	lines := strings.Split(head, "\n")
	method, target, _ := strings.Cut(lines[0], " ")
	r := httptest.NewRequest(method, target, strings.NewReader(body))
	for _, line := range lines[1:] {
		name, value, _ := strings.Cut(line, ": ")
		r.Header.Set(name, value)
	}
	return r
}

// mask keeps what is random in an answer, and puts its name in its place.
func (c *conversation) mask(body string) string {
	for name, form := range c.random {
		for i, found := range form.FindAllStringSubmatch(body, -1) {
			if i == 0 {
				c.kept[name] = found[1]
			}
			body = strings.ReplaceAll(body, found[1], "{"+name+"}")
		}
		if value := c.kept[name]; value != "" {
			body = strings.ReplaceAll(body, value, "{"+name+"}")
		}
	}
	return body
}
