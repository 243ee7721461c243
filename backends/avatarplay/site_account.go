package avatarplay

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"go.uber.org/zap"

	"sekisho/backends/avatarplay/pages"
	"sekisho/backends/kit"
	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/guard"
)

const (
	shortestPassword = 8
	longestPassword  = 100
	longestNickname  = 20
	longestLogin     = 60
)

// loginForm is the form of a new login: a mail address fits, too.
var loginForm = regexp.MustCompile(`^[0-9A-Za-z._@+-]{4,60}$`)

// showStart answers GET /fit/.
func (s *service) showStart(v *visit) error {
	if v.who.ID != 0 {
		return v.redirect(pathDress)
	}
	return pages.Write(v.w, http.StatusOK, pages.Landing{Visit: s.page(v)})
}

// showLanding answers GET /fit/lp, where ConnectUrl leads: who is signed in reads
// what the app asks for, others read how to get there.
func (s *service) showLanding(v *visit) error {
	if v.secret == "" {
		return v.redirect(pathStart)
	}
	if v.who.ID != 0 {
		return v.redirect(pathConsent)
	}
	return pages.Write(v.w, http.StatusOK, pages.Landing{Visit: s.page(v)})
}

// showSignUp answers GET /fit/signup.
func (s *service) showSignUp(v *visit) error {
	if v.who.ID != 0 {
		return v.redirect(pathDress)
	}
	return pages.Write(v.w, http.StatusOK, pages.SignUp{Visit: s.page(v)})
}

// signUp answers POST /fit/signup: a new person, dressed in the default coord,
// who owns it and whatever is free.
func (s *service) signUp(v *visit) error {
	form := v.newcomer()
	if problems := form.problems(); len(problems) > 0 {
		return s.refuseSignUp(v, http.StatusBadRequest, form, problems...)
	}
	ctx := v.r.Context()
	closet, err := s.closets.get(ctx)
	if err != nil {
		return err
	}
	var made person
	err = s.signUps.Try(ctx, guard.Address(v.r), func() (err error) {
		made, err = s.addNewcomer(ctx, closet, form)
		return err
	})
	if errors.Is(err, errLoginTaken) {
		return s.refuseSignUp(v, http.StatusConflict, form, pages.Problem{
			Field: pages.FieldLogin, Words: "このログインIDはすでに使われています。",
		})
	}
	if err != nil {
		return err
	}
	if err := s.begin(v, made); err != nil {
		return err
	}
	return v.redirect(pathDress)
}

// addNewcomer makes a person of who fills the form in, dressed in the default coord.
func (s *service) addNewcomer(ctx context.Context, c *closet, form newcomer) (person, error) {
	hash, err := kit.HashPassword(ctx, form.password)
	if err != nil {
		return person{}, err
	}
	first := c.first.outfit
	owned := slices.Compact(sorted(append(c.freeItems(), first.Items...)))
	return s.store.addPerson(ctx, form.login, form.nickname, hash, first, owned)
}

func (s *service) refuseSignUp(v *visit, status int, form newcomer, problems ...pages.Problem) error {
	return pages.Write(v.w, status, pages.SignUp{Visit: s.page(v), Login: form.login, Nickname: form.nickname, Problems: problems})
}

// newcomer is what somebody entered to sign up.
type newcomer struct{ login, nickname, password string }

func (v *visit) newcomer() newcomer {
	return newcomer{
		login:    v.entered(pages.FieldLogin),
		nickname: strings.TrimSpace(v.entered(pages.FieldNickname)),
		password: v.entered(pages.FieldPassword),
	}
}

// mostEntered bounds what a form is read for, in characters.
const mostEntered = 1000

// entered is a text of a form, "" where it is no text or far too long.
func (v *visit) entered(name string) string {
	value, err := v.params.Text(name, mostEntered)
	if err != nil {
		return ""
	}
	return value
}

// problems gives what is wrong with a newcomer, one for each field.
func (n newcomer) problems() (all []pages.Problem) {
	add := func(field, words string) { all = append(all, pages.Problem{Field: field, Words: words}) }
	if !loginForm.MatchString(n.login) {
		add(pages.FieldLogin, "ログインIDは、半角の英字・数字と . _ - @ + を使って、4〜60文字で入力してください。")
	}
	switch letters := len([]rune(n.nickname)); {
	case letters == 0:
		add(pages.FieldNickname, "ニックネームを入力してください。")
	case letters > longestNickname:
		add(pages.FieldNickname, "ニックネームは20文字以内で入力してください。")
	case !isNickname(n.nickname):
		add(pages.FieldNickname, "ニックネームに使用できない文字が含まれています。")
	}
	if letters := len([]rune(n.password)); letters < shortestPassword || letters > longestPassword {
		add(pages.FieldPassword, "パスワードは8〜100文字で入力してください。")
	}
	return all
}

// isNickname says whether a text can be shown as a name: something of it is seen,
// and nothing of it controls how. Emoji are joined by U+200D, and blanks may be
// wide.
func isNickname(text string) bool {
	const joiner, wideBlank = '\u200d', '\u3000'
	const blanks = "\u115f\u1160\u2800\u3164\uffa0" // letters and symbols that look like nothing
	isSeen := func(c rune) bool {
		return unicode.In(c, unicode.L, unicode.N, unicode.S, unicode.P) && !strings.ContainsRune(blanks, c)
	}
	return strings.ContainsFunc(text, isSeen) &&
		!strings.ContainsFunc(text, func(c rune) bool { return !unicode.IsPrint(c) && c != joiner && c != wideBlank })
}

// showSignIn answers GET /fit/signin.
func (s *service) showSignIn(v *visit) error {
	if v.who.ID != 0 {
		return v.redirect(pathDress)
	}
	return pages.Write(v.w, http.StatusOK, pages.SignIn{Visit: s.page(v)})
}

// signIn answers POST /fit/signin.
func (s *service) signIn(v *visit) error {
	login, password := v.entered(pages.FieldLogin), v.entered(pages.FieldPassword)
	who, right, err := s.verify(v, login, password)
	if err != nil {
		return err
	}
	if !right {
		return pages.Write(v.w, http.StatusForbidden, pages.SignIn{
			Visit: s.page(v), Login: login,
			Problems: []pages.Problem{{Words: "ログインIDまたはパスワードが違います。"}},
		})
	}
	if err := s.begin(v, who); err != nil {
		return err
	}
	if v.secret != "" {
		return v.redirect(pathConsent)
	}
	return v.redirect(pathDress)
}

// verify lets a password be checked at the door that limits guessing. What nobody
// can have for a login is not looked up, and costs as much.
func (s *service) verify(v *visit, login, password string) (who person, right bool, err error) {
	ctx := v.r.Context()
	account := kit.MailKey(login)
	if len([]rune(login)) > longestLogin {
		account = ""
	}
	attempt, err := s.passwords.Begin(ctx, account, guard.Address(v.r))
	if err != nil {
		return who, false, err
	}
	defer attempt.End(ctx)
	who, right, err = s.compare(attempt.In(ctx), account, password)
	switch {
	case err != nil:
		return who, false, err
	case !right:
		return who, false, attempt.Wrong(ctx)
	}
	return who, true, attempt.Right(ctx)
}

func (s *service) compare(ctx context.Context, account, password string) (who person, right bool, err error) {
	if who, err = s.store.personByLogin(ctx, account); err != nil {
		return who, false, err
	}
	right, stale, err := kit.VerifyPassword(ctx, who.PassHash, password)
	if err != nil || !right {
		return who, false, notOurs(err)
	}
	if stale {
		s.renew(ctx, who, password)
	}
	return who, true, nil
}

// notOurs lets a password that is too long to be anybody's be a wrong one.
func notOurs(err error) error {
	if fault.Is(err, fault.TooLong) {
		return nil
	}
	return err
}

// renew puts a hash of ours in the place of an old one. Where that fails the old
// one goes on serving.
func (s *service) renew(ctx context.Context, who person, password string) {
	renewed, err := kit.HashPassword(ctx, password)
	if err == nil {
		err = s.store.renewHash(ctx, who, renewed)
	}
	if err != nil {
		s.log.Warn("renewing an old hash failed", zap.Error(err))
	}
}

// signOut answers POST /fit/signout.
func (s *service) signOut(v *visit) error {
	if err := s.end(v); err != nil {
		return err
	}
	if v.secret != "" {
		return v.redirect(pathLanding)
	}
	return v.redirect(pathStart)
}
