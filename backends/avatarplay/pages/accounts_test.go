package pages

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
)

func TestAccountForms(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		page   Page
		action string
		want   []string // name, type and autocomplete of each field
	}{
		{SignUp{}, "/fit/signup", []string{"login text username", "nickname text nickname", "password password new-password"}},
		{SignIn{}, "/fit/signin", []string{"login text username", "password password current-password"}},
	} {
		d, _ := written(t, test.page)
		inputs := within(d.form(t, test.action), "input")
		if len(inputs) != len(test.want) {
			t.Fatalf("%s: %d inputs", test.action, len(inputs))
		}
		for i, input := range inputs {
			got := strings.Join([]string{attr(input, "name"), attr(input, "type"), attr(input, "autocomplete")}, " ")
			if got != test.want[i] || !has(input, "required") || has(input, "aria-invalid") || attr(input, "value") != "" {
				t.Errorf("%s: %v, want %s", test.action, input.Attr, test.want[i])
			}
		}
		if len(d.alerts()) > 0 {
			t.Errorf("%s: an alert before anything was entered", test.action)
		}
	}
}

func (d document) alerts() []*html.Node {
	var alerts []*html.Node
	for _, node := range d.nodes {
		if attr(node, "role") == "alert" {
			alerts = append(alerts, node)
		}
	}
	return alerts
}

// What was wrong stands in a summary that leads to the fields and takes the
// focus, and at each field.
func TestProblems(t *testing.T) {
	t.Parallel()
	d, _ := written(t, SignUp{Login: "hana", Nickname: "ハナ", Problems: []Problem{
		{FieldLogin, "このログインIDはすでに使われています。"},
		{FieldLogin, "二つ目"},
		{FieldPassword, "パスワードは8文字以上で入力してください。"},
		{"", "もう一度お試しください。"},
	}})
	alerts := d.alerts()
	if len(alerts) != 1 || !has(alerts[0], "autofocus") || attr(alerts[0], "tabindex") != "-1" {
		t.Fatalf("%d alerts", len(alerts))
	}
	var links []string
	for _, link := range within(alerts[0], "a") {
		links = append(links, attr(link, "href"))
	}
	if got := strings.Join(links, " "); got != "#login #login #password" {
		t.Errorf("the summary leads to %s", got)
	}
	if !strings.Contains(text(alerts[0]), "もう一度お試しください。") {
		t.Errorf("the summary: %s", text(alerts[0]))
	}
	for id, want := range map[string][3]string{ // value, aria-invalid, aria-describedby
		"login":    {"hana", "true", "login-problem login-hint"},
		"nickname": {"ハナ", "", "nickname-hint"},
		"password": {"", "true", "password-problem password-hint"},
	} {
		input := d.the(id)
		if got := [3]string{attr(input, "value"), attr(input, "aria-invalid"), attr(input, "aria-describedby")}; got != want {
			t.Errorf("%s: %v, want %v", id, got, want)
		}
	}
	if got := text(d.the("login-problem")); got != "このログインIDはすでに使われています。" {
		t.Errorf("the problem of login: %s", got)
	}
	if title := text(d.all("title")[0]); !strings.HasPrefix(title, "エラー: 新規登録") {
		t.Errorf("title %q", title)
	}
}
