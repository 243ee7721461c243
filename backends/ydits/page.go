package ydits

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"slices"
	"unicode/utf8"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"sekisho/backends/kit"
	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/identity"
	"sekisho/caddymodules/query"
	"sekisho/caddymodules/serve"
)

//go:embed pages/*
var pageFiles embed.FS

var (
	pageStyle     = mustRead("pages/style.css")
	pageTemplates = template.Must(template.ParseFS(pageFiles, "pages/*.html"))

	// pagePolicy lets a page load nothing, run nothing, show itself in no
	// frame, and post to where it came from; its own style goes by its hash.
	pagePolicy = "default-src 'none'; style-src 'sha256-" + hashOf(pageStyle) +
		"'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)

// maxEcho is how many characters of what a person entered a form gives back.
const maxEcho = 200

// page is what people see with g=true: a form, what was wrong with it, or what
// came of it.
type page struct {
	Operation string // opRegist or opInquiry
	Name      string // as entered, to be corrected; a password is never given back
	Mail      string

	Problem string // why it was refused
	Subject string // the field that the problem is about, "" for none
	Code    int    // the resultcode; 0 means 200

	Done string // what was done, in place of the form
	User *userData
}

// Style is the embedded style sheet.
func (page) Style() template.CSS { return template.CSS(pageStyle) }

// refused is the page with a refusal.
func (p page) refused(f *fault.Fault, answer result) page {
	p.Problem, p.Code = answer.Result, answer.ResultCode
	if slices.Contains([]string{"name", "mail", "pass"}, f.Subject) {
		p.Subject = f.Subject
		p.Problem = pageWords(f, answer)
	}
	return p
}

// pageWords names a form's field by its label, where the answer to a program
// names the element.
func pageWords(f *fault.Fault, answer result) string {
	label := map[string]string{"name": "ユーザー名", "mail": "メールアドレス", "pass": "パスワード"}[f.Subject]
	switch f.Kind {
	case fault.Missing:
		return label + "を入力してください。"
	case fault.TooLong:
		return fmt.Sprintf("%sは%d文字以内で入力してください。", label, longest[f.Subject])
	case fault.Malformed:
		return label + "に使用できない文字が含まれています。"
	}
	return answer.Result
}

// pageVar is the Caddy variable in which an operation leaves the page that its
// refusal is drawn on.
const pageVar = "sekisho.ydits.page"

func pageOf(r *http.Request) *page {
	shown, _ := caddyhttp.GetVar(r.Context(), pageVar).(*page)
	return shown
}

// showForm answers GET regist.php and inquiry.php with g=true.
func (s *service) showForm(w http.ResponseWriter, r *http.Request, _ identity.Caller) error {
	_, forPeople, err := readForm(w, r)
	if err != nil {
		return err
	}
	if !forPeople {
		w.Header().Set("Allow", http.MethodPost)
		return fault.New(fault.MethodNotAllowed, "")
	}
	return s.writePage(w, page{Operation: operationAt(r)})
}

// readPosted reads the parameters of a posted operation, and whether a person
// posted it. A form of another site is refused.
func (s *service) readPosted(w http.ResponseWriter, r *http.Request) (params kit.Params, forPeople bool, err error) {
	params, forPeople, err = readForm(w, r)
	if err == nil && forPeople && crossOrigin.Check(r) != nil {
		err = errForeignForm
	}
	return params, forPeople, err
}

var crossOrigin http.CrossOriginProtection

// readForm reads the parameters and g: true is for people, false for programs.
// From where it is known to be true, refusals are drawn as pages.
func readForm(w http.ResponseWriter, r *http.Request) (params kit.Params, forPeople bool, err error) {
	shown := &page{Operation: operationAt(r)}
	if g, _ := query.Last(r.URL.RawQuery, "g"); g == "true" { // before the body is read, which may fail
		caddyhttp.SetVar(r.Context(), pageVar, shown)
	}
	params, err = kit.ReadParams(w, r, policy)
	if err != nil {
		return params, false, err
	}
	switch g, _ := params.Raw("g"); g {
	case "true":
		shown.Name, shown.Mail = entered(params, "name"), entered(params, "mail")
		caddyhttp.SetVar(r.Context(), pageVar, shown)
		return params, true, nil
	case "false":
		return params, false, nil
	case "":
		return params, false, fault.New(fault.Missing, "g")
	}
	return params, false, fault.New(fault.Malformed, "g")
}

// entered is what a person entered, or "" where it is not worth giving back.
func entered(params kit.Params, name string) string {
	value, _ := params.Raw(name)
	if !utf8.ValidString(value) || utf8.RuneCountInString(value) > maxEcho {
		return ""
	}
	return value
}

func operationAt(r *http.Request) string {
	if len(r.URL.Path) >= len(pathRegist) && r.URL.Path[:len(pathRegist)] == pathRegist {
		return opRegist
	}
	return opInquiry
}

// writePage sends a page.
func (s *service) writePage(w http.ResponseWriter, p page) error {
	var body bytes.Buffer
	if err := pageTemplates.ExecuteTemplate(&body, "layout.html", p); err != nil {
		return fmt.Errorf("drawing a page: %w", err)
	}
	header := w.Header()
	header.Set("Content-Security-Policy", pagePolicy)
	header.Set("X-Frame-Options", "DENY")
	header.Set("Cache-Control", "no-store")
	code := p.Code
	if code == 0 {
		code = http.StatusOK
	}
	return serve.Write(w, s.status(code), "text/html; charset=utf-8", body.Bytes())
}

func hashOf(style string) string {
	sum := sha256.Sum256([]byte(style))
	return base64.StdEncoding.EncodeToString(sum[:])
}

func mustRead(name string) string {
	content, err := pageFiles.ReadFile(name)
	if err != nil {
		panic(err) // the name stands in this file
	}
	return string(content)
}
