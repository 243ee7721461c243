package pages

import (
	"slices"
	"strings"
)

// Landing is GET /fit/ for who is not signed in: what this site is, and the two
// ways in. With a ticket it says which app asks.
type Landing struct{ Visit }

func (Landing) file() string { return "landing" }

// The fields of [SignUp] and [SignIn], as they are posted and as a [Problem]
// names them.
const (
	FieldLogin    = "login"
	FieldNickname = "nickname"
	FieldPassword = "password"
)

// Problem is why a form was not taken.
type Problem struct {
	Field string // FieldLogin, FieldNickname or FieldPassword; "" where it is about none
	Words string // a sentence for people
}

// SignUp is /fit/signup, which posts login, nickname, password and ticket to
// itself.
type SignUp struct {
	Visit
	Login    string // as entered, to be corrected
	Nickname string // as entered; a password is never given back
	Problems []Problem
}

func (SignUp) file() string { return "signup" }

// Fields are what there is to be filled in.
func (p SignUp) Fields() []field {
	return withProblems(p.Problems,
		field{
			Name: FieldLogin, Label: "ログインID", Hint: "4〜60文字。半角の英字・数字と . _ - @ + が使えます。",
			Type: "text", Autocomplete: "username", Value: p.Login,
		},
		field{
			Name: FieldNickname, Label: "ニックネーム", Hint: "1〜20文字。",
			Type: "text", Autocomplete: "nickname", Value: p.Nickname,
		},
		field{
			Name: FieldPassword, Label: "パスワード", Hint: "8〜100文字。",
			Type: "password", Autocomplete: "new-password",
		})
}

// SignIn is /fit/signin, which posts login, password and ticket to itself.
type SignIn struct {
	Visit
	Login    string // as entered, to be corrected
	Problems []Problem
}

func (SignIn) file() string { return "signin" }

// Fields are what there is to be filled in.
func (p SignIn) Fields() []field {
	return withProblems(p.Problems,
		field{Name: FieldLogin, Label: "ログインID", Type: "text", Autocomplete: "username", Value: p.Login},
		field{Name: FieldPassword, Label: "パスワード", Type: "password", Autocomplete: "current-password"})
}

// field is one of a form's.
type field struct {
	Name, Label, Hint, Type, Autocomplete, Value string

	Problem string // the words of what is wrong with it, "" for nothing
}

// Plain is true for what is typed in ASCII as it is, not written: no capitals
// and no corrections are wanted.
func (f field) Plain() bool { return f.Name == FieldLogin }

// DescribedBy are the ids of what a screen reader reads with it.
func (f field) DescribedBy() string {
	var ids []string
	if f.Problem != "" {
		ids = append(ids, f.Name+"-problem")
	}
	if f.Hint != "" {
		ids = append(ids, f.Name+"-hint")
	}
	return strings.Join(ids, " ")
}

// withProblems gives each field the first problem that is about it.
func withProblems(problems []Problem, fields ...field) []field {
	for i := range fields {
		at := slices.IndexFunc(problems, func(p Problem) bool { return p.Field == fields[i].Name })
		if at >= 0 {
			fields[i].Problem = problems[at].Words
		}
	}
	return fields
}
