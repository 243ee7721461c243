package ydits

import (
	"crypto/sha256"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"sekisho/caddymodules/golden"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// postForm sends a form as a browser does, from the page itself.
func postForm(gateway http.Handler, target, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(http.MethodPost, "/ydits-api/ydits-account/"+target, strings.NewReader(body))
	r.Header.Set("Content-Type", formBody)
	r.Header.Set("Sec-Fetch-Site", "same-origin")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	gateway.ServeHTTP(w, r)
	return w
}

func get(gateway http.Handler, target string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	gateway.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/ydits-api/ydits-account/"+target, nil))
	return w
}

// shown is what a page holds, as a browser would read it.
type shown struct {
	lang, title, text, style string
	inputs                   map[string]map[string]string // by id, their attributes
	labels                   map[string]string            // by the id of their input
	alert                    string
	links                    []string
	form                     map[string]string
	elements                 map[string]bool
	ids                      map[string]bool
}

func read(t *testing.T, w *httptest.ResponseRecorder) shown {
	t.Helper()
	if media := w.Header().Get("Content-Type"); media != "text/html; charset=utf-8" {
		t.Fatalf("%s: %s", media, w.Body)
	}
	root, err := html.Parse(w.Body)
	if err != nil {
		t.Fatal(err)
	}
	s := shown{inputs: map[string]map[string]string{}, labels: map[string]string{}, elements: map[string]bool{}, ids: map[string]bool{}}
	for node := range root.Descendants() {
		if node.Type != html.ElementNode {
			continue
		}
		s.elements[node.Data] = true
		attributes := map[string]string{}
		for _, a := range node.Attr {
			attributes[a.Key] = a.Val
		}
		s.ids[attributes["id"]] = true
		switch node.Data {
		case "html":
			s.lang = attributes["lang"]
		case "title":
			s.title = textOf(node)
		case "style":
			s.style = textOf(node)
		case "main":
			s.text = textOf(node)
		case "input":
			s.inputs[attributes["id"]] = attributes
		case "label":
			s.labels[attributes["for"]] = textOf(node)
		case "a":
			s.links = append(s.links, attributes["href"])
		case "form":
			s.form = attributes
		}
		if attributes["role"] == "alert" {
			s.alert = textOf(node)
		}
	}
	return s
}

func textOf(node *html.Node) string {
	var text strings.Builder
	for inner := range node.Descendants() {
		if inner.Type == html.TextNode {
			_, _ = io.WriteString(&text, inner.Data)
		}
	}
	return text.String()
}

func TestForms(t *testing.T) {
	g := gateway(t, storetest.Open(t, storetest.Embedded))
	for target, want := range map[string]struct {
		title  string
		inputs map[string][3]string // label, type, autocomplete
	}{
		"regist.php?g=true": {"ユーザー登録", map[string][3]string{
			"name": {"ユーザー名", "text", "nickname"},
			"mail": {"メールアドレス", "email", "email"},
			"pass": {"パスワード", "password", "new-password"},
		}},
		"inquiry.php?g=true": {"登録情報の照会", map[string][3]string{
			"mail": {"メールアドレス", "email", "username"},
			"pass": {"パスワード", "password", "current-password"},
		}},
	} {
		t.Run(target, func(t *testing.T) {
			w := get(g, target)
			header := w.Header()
			s := read(t, w)
			if w.Code != 200 || s.lang != "ja" || !strings.HasPrefix(s.title, want.title) || s.alert != "" {
				t.Errorf("%d, lang %q, title %q, alert %q", w.Code, s.lang, s.title, s.alert)
			}
			if s.form["method"] != "post" || s.form["action"] != "?g=true" {
				t.Errorf("form: %v", s.form)
			}
			if len(s.inputs) != len(want.inputs) {
				t.Errorf("%d inputs, want %d", len(s.inputs), len(want.inputs))
			}
			for name, expected := range want.inputs {
				input := s.inputs[name]
				got := [3]string{s.labels[name], input["type"], input["autocomplete"]}
				_, required := input["required"]
				if got != expected || input["name"] != name || !required || input["value"] != "" {
					t.Errorf("%s: %v %v, want %v", name, got, input, expected)
				}
				checkDescriptions(t, s)
			}
			if s.elements["script"] || s.elements["img"] || s.elements["link"] {
				t.Errorf("a page loads nothing and runs nothing: %v", s.elements)
			}
			checkHeaders(t, header, s)
		})
	}
}

func checkDescriptions(t *testing.T, s shown) {
	t.Helper()
	for id, input := range s.inputs {
		for _, by := range strings.Fields(input["aria-describedby"]) {
			if !s.ids[by] {
				t.Errorf("%s is described by %s, which is not there", id, by)
			}
		}
	}
}

func checkHeaders(t *testing.T, header http.Header, s shown) {
	t.Helper()
	hash := sha256.Sum256([]byte(s.style))
	policy := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) +
		"'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
	for name, want := range map[string]string{
		"Content-Security-Policy": policy,
		"X-Frame-Options":         "DENY",
		"X-Content-Type-Options":  "nosniff",
		"Cache-Control":           "no-store",
	} {
		if got := header.Get(name); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
	}
}

// A person signs up, is told so, and finds their data.
func TestPagesWork(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		g := gateway(t, s)
		w := postForm(g, "regist.php?g=true", form("name", `<i>太郎</i> & "co"`, "mail", "Taro@example.com", "pass", "ひみつ"))
		if done := read(t, w); w.Code != 200 || !strings.Contains(done.text, signedUpWords) || done.form != nil {
			t.Errorf("regist: %d %s", w.Code, done.text)
		}
		w = postForm(g, "inquiry.php?g=true", form("mail", "taro@EXAMPLE.com", "pass", "ひみつ"))
		uuid := inquire(t, g, "taro@example.com", "ひみつ").UserData.UUID
		done := read(t, w)
		for _, want := range []string{inquiredWords, uuid, "Taro@example.com", `<i>太郎</i> & "co"`} {
			if !strings.Contains(done.text, want) {
				t.Errorf("inquiry does not show %q: %s", want, done.text)
			}
		}
		if done.elements["i"] {
			t.Error("a name became markup")
		}
		checkHeaders(t, w.Header(), done)
	})
}

// What was wrong stands in a summary that is read out, and leads to its field;
// what was entered is there to be corrected, but for the password.
func TestPagesExplain(t *testing.T) {
	s := storetest.Open(t, storetest.Embedded)
	g := gateway(t, s)
	newcomerUUID(t, g, "taken@example.com", "pass")
	const name, secret = `"><script>alert(1)</script>`, "secret-canary"
	for _, test := range []struct {
		target, body, alert, field string
	}{
		{"regist.php?g=true", form("name", name, "mail", "taken@example.com", "pass", secret), wordsMailTaken, "mail"},
		{"regist.php?g=true", form("name", name, "mail", "no address", "pass", secret), "指定されたメールアドレスは使用できません。", "mail"},
		{"regist.php?g=true", form("name", name, "mail", `"><script>"@example`, "pass", secret), "指定されたメールアドレスは使用できません。", "mail"},
		{"inquiry.php?g=true", form("mail", `"><script>"@example.com`, "pass", secret), wordsMailUnknown, "mail"},
		{"regist.php?g=true", form("name", name, "pass", secret), "メールアドレスを入力してください。", "mail"},
		{"regist.php?g=true", form("name", name, "mail", strings.Repeat("a", 51), "pass", secret), "メールアドレスは50文字以内で入力してください。", "mail"},
		{"regist.php?g=true", form("name", name, "mail", "new@example.com", "pass", secret+secret), "パスワードは20文字以内で入力してください。", "pass"},
		{"regist.php?g=true", form("name", name, "mail", "new@example.com"), "パスワードを入力してください。", "pass"},
		{"regist.php?g=true", "name=%ff&mail=new%40example.com&pass=" + secret, "ユーザー名に使用できない文字が含まれています。", "name"},
		{"inquiry.php?g=true", form("mail", "taken@example.com", "pass", secret), wordsMailUnknown, "mail"},
		{"inquiry.php?g=true", form("mail", "taken@example.com", "pass", ""), "パスワードを入力してください。", "pass"},
		{"inquiry.php?g=true", `{"mail":`, "URL引数またはPOSTデータの形式が正しくありません。", ""},
		{"inquiry.php?g=true", "pass=" + secret + strings.Repeat("x", 1<<20), "POSTデータが大きすぎます。", ""},
	} {
		w := postForm(g, test.target, test.body)
		body := w.Body.String()
		s := read(t, w)
		if w.Code != 200 || !strings.Contains(s.alert, test.alert) || !strings.HasPrefix(s.title, "エラー: ") {
			t.Errorf("%d, title %q, alert %q, want %q", w.Code, s.title, s.alert, test.alert)
		}
		for id, input := range s.inputs {
			_, invalid := input["aria-invalid"]
			if invalid != (id == test.field) {
				t.Errorf("%s: %s is marked invalid: %v", test.alert, id, invalid)
			}
		}
		if test.field != "" && (len(s.links) != 1 || s.links[0] != "#"+test.field) {
			t.Errorf("%s: the summary leads to %v, want #%s", test.alert, s.links, test.field)
		}
		if strings.Contains(body, secret) || s.elements["script"] {
			t.Errorf("%s: the page gives back what it must not: %s", test.alert, body)
		}
		if strings.Contains(test.body, "name=%22") && s.inputs["name"]["value"] != name {
			t.Errorf("%s: the name to be corrected is %q", test.alert, s.inputs["name"]["value"])
		}
		checkDescriptions(t, s)
		checkHeaders(t, w.Header(), s)
	}
}

// Another site's form gets no page done, whatever the browser tells by.
func TestForeignForms(t *testing.T) {
	s := storetest.Open(t, storetest.Embedded)
	g := gateway(t, s, "http_status mirror")
	before := everything(t, s)
	body := form("name", "n", "mail", "new@example.com", "pass", "pass")
	for _, headers := range [][]string{
		{"Sec-Fetch-Site", "cross-site"},
		{"Sec-Fetch-Site", "same-site"},
		{"Sec-Fetch-Site", "", "Origin", "https://evil.example"},
		{"Sec-Fetch-Site", "", "Origin", "null"},
	} {
		w := postForm(g, "regist.php?g=true", body, headers...)
		if s := read(t, w); w.Code != 403 || !strings.Contains(s.alert, "ほかのサイト") {
			t.Errorf("%v: %d %s", headers, w.Code, s.alert)
		}
	}
	if after := everything(t, s); after != before {
		t.Errorf("a foreign form changed something: %s", after)
	}
	for _, headers := range [][]string{
		{"Sec-Fetch-Site", "", "Origin", "http://example.com"}, // the recorder's host
		{"Sec-Fetch-Site", "none"},
	} {
		if w := postForm(g, "regist.php?g=true", body, headers...); w.Code != 200 && w.Code != 409 {
			t.Errorf("%v: %d", headers, w.Code)
		}
	}
	// A program's answer is nobody's page, and no browser is asked.
	if w := postForm(g, "regist.php?g=false", body, "Sec-Fetch-Site", "cross-site"); w.Code != 409 {
		t.Errorf("g=false: %d %s", w.Code, w.Body)
	}
}

// A JSON client that says g=true in its body is answered with a page too.
func TestPageByBody(t *testing.T) {
	g := gateway(t, storetest.Open(t, storetest.Embedded))
	w := postForm(g, "regist.php", `{"g":"true","name":"n","mail":"a@example.com","pass":"p"}`)
	if s := read(t, w); !strings.Contains(s.text, signedUpWords) {
		t.Errorf("%s", s.text)
	}
}

// What says that it is for people decides alike about the answer and about a
// refusal: the last g, in which a semicolon is a character like others.
func TestPageOrProgram(t *testing.T) {
	g := gateway(t, storetest.Open(t, storetest.Embedded))
	for _, test := range []struct {
		query string
		page  bool
		words string
	}{
		{"g=true", true, "ユーザー名を入力してください。"},
		{"g=false&g=true", true, "ユーザー名を入力してください。"},
		{"g=true&x=a;b&y=%zz", true, "ユーザー名を入力してください。"},
		{"%67=%74rue", true, "ユーザー名を入力してください。"},
		{"g=true&g=false", false, "nameが指定されていません。"},
		{"g=true&g=", false, "gが指定されていません。"},
		{"g=true&g=false;x", false, "gが正しくありません。"},
		{"g=true&g=%zz", false, "gが正しくありません。"},
	} {
		for body, words := range map[string]string{"mail=a%40example.com": test.words, `{"name":`: "形式が正しくありません。"} {
			w := postForm(g, "regist.php?"+test.query, body)
			page := strings.HasPrefix(w.Header().Get("Content-Type"), "text/html")
			if page != test.page || !strings.Contains(w.Body.String(), words) {
				t.Errorf("%s with %s: a page: %v, %s; want %v, %s", test.query, body, page, w.Body, test.page, words)
			}
		}
	}
}

// The pages as they are, to be read by people.
func TestPageGolden(t *testing.T) {
	g := gateway(t, storetest.Open(t, storetest.Embedded))
	style := regexp.MustCompile(`(?s)<style>.*</style>`)
	for file, w := range map[string]*httptest.ResponseRecorder{
		"testdata/regist.html":  postForm(g, "regist.php?g=true", form("name", "太郎", "mail", "no address", "pass", "x")),
		"testdata/inquiry.html": get(g, "inquiry.php?g=true"),
	} {
		golden.File(t, file, style.ReplaceAllString(w.Body.String(), "<style></style>"))
	}
}
