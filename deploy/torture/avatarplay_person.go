package main

import (
	"bytes"
	"net/url"
	"regexp"
	"strings"
)

const fitPass = "umbrella-2026"

// fitPerson is somebody who signed up on the dress-up site.
type fitPerson struct {
	login   string
	browser *caller
	csrf    string // what the forms of the session hold
	owned   map[string]bool
	shown   string // the moving picture of the main coord
	dressed bool   // they were dressed once: a guest's main coord does not become theirs
	orphan  bool   // how they look is not known
	links   map[*partner]*fitLink
	acts    int
}

// fitLink is what a person and an app have to do with each other.
type fitLink struct {
	avatar string // "" where none was told
	cut    bool
	unsure bool // a linking may have been made, and nobody was told of its avatar
	tokens int  // grant tokens that may be there, and whose answers were lost
}

func (l *fitLink) status() int {
	if l.cut {
		return 401
	}
	return 200
}

func (p *fitPerson) signIn() bool {
	_, _, ok := p.browser.must(p.submitting("fit_sign_in", "/fit/signin", "login", p.login, "password", fitPass))
	return ok
}

var (
	avatarPicture = regexp.MustCompile(`id="avatar" src="([^"]+)"`)
	csrfField     = regexp.MustCompile(`name="csrf" value="([0-9a-f]+)"`)
)

func (p *fitPerson) readCSRF(a answer) {
	if found := csrfField.FindSubmatch(a.body); found != nil {
		p.csrf = string(found[1])
	}
}

// opening asks for a page of the site.
func opening(operation, path string) call {
	return call{operation: operation, about: path, path: path, judge: judgeSite}
}

// submitting posts a form with the token that the last page held. What is entered
// are pairs of names and values.
func (p *fitPerson) submitting(operation, path string, pairs ...string) call {
	form := url.Values{"csrf": {p.csrf}}
	for i := 0; i < len(pairs); i += 2 {
		form.Set(pairs[i], pairs[i+1])
	}
	return call{
		operation: operation, about: p.login, method: "POST", path: path, body: []byte(form.Encode()),
		header: []string{"Content-Type", formEncoding}, judge: judgeSite,
	}
}

// judgeSite reads an answer to a person. Who is led to the sign-in is not signed
// in.
func judgeSite(a answer) verdict {
	to := a.header.Get("Location")
	isPage := bytes.HasPrefix(a.body, []byte("<!DOCTYPE html>"))
	switch {
	case a.status == 303 && (strings.HasPrefix(to, "/fit/signin") || strings.HasPrefix(to, "/fit/lp")):
		return refused
	case a.status == 303 && to != "" || a.status == 200 && isPage:
		return done
	case a.status == 429 && isPage:
		return tooMany
	case a.status == 500 && contains(a, "お問い合わせ番号"):
		return failed
	case a.status >= 400 && a.status < 500 && isPage:
		return refused
	}
	return strange
}

func contains(a answer, part string) bool { return bytes.Contains(a.body, []byte(part)) }

func setOf(all []string) map[string]bool {
	set := map[string]bool{}
	for _, one := range all {
		set[one] = true
	}
	return set
}
