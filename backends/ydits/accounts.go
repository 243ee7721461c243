package ydits

import (
	"context"
	"net/http"
	"net/mail"
	"regexp"
	"strings"

	"sekisho/backends/kit"
	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/guard"
	"sekisho/caddymodules/identity"
	"sekisho/caddymodules/stores"
)

// newcomer is who signs up.
type newcomer struct {
	name string
	credentials
}

func readNewcomer(params kit.Params) (n newcomer, err error) {
	if n.name, err = params.Required("name", maxName); err != nil {
		return n, err
	}
	n.credentials, err = readCredentials(params)
	return n, err
}

// regist answers POST regist.php: it signs a user up.
func (s *service) regist(w http.ResponseWriter, r *http.Request, _ identity.Caller) error {
	params, forPeople, err := s.readPosted(w, r)
	if err != nil {
		return err
	}
	n, err := readNewcomer(params)
	if err != nil {
		return err
	}
	if err := s.signUp(r.Context(), n, guard.Address(r)); err != nil {
		return err
	}
	if forPeople {
		return s.writePage(w, page{Operation: opRegist, Done: signedUpWords})
	}
	return s.write(w, http.StatusOK, success(signedUpWords))
}

// inquiry answers POST inquiry.php (登録情報照会API): the user's uuid and name.
func (s *service) inquiry(w http.ResponseWriter, r *http.Request, _ identity.Caller) error {
	params, forPeople, err := s.readPosted(w, r)
	if err != nil {
		return err
	}
	given, err := readCredentials(params)
	if err != nil {
		return err
	}
	u, err := s.login(r.Context(), given, guard.Address(r))
	if err != nil {
		return err
	}
	found := userData{UUID: u.UUID, Mail: u.Mail, Name: u.Name}
	if forPeople {
		return s.writePage(w, page{Operation: opInquiry, Done: inquiredWords, User: &found})
	}
	return s.write(w, http.StatusOK, inquired{success(inquiredWords), found})
}

// signUp makes a user, where the address may still make one. Of two with one mail
// address the unique index lets one through.
func (s *service) signUp(ctx context.Context, n newcomer, address string) error {
	if !usableMail(n.mail) {
		return errMailUnusable
	}
	return s.signUps.Try(ctx, address, func() error { return s.addNewcomer(ctx, n) })
}

// addNewcomer hashes the password first: who is told that there is no turn for it,
// which does not count, is told nothing of the address.
func (s *service) addNewcomer(ctx context.Context, n newcomer) error {
	u, err := newUser(ctx, n)
	if err != nil {
		return err
	}
	there, err := s.store.userByMail(ctx, n.mail)
	if err != nil {
		return err
	}
	if there.UUID != "" { // a disabled user's address is taken too
		return errMailTaken
	}
	err = s.store.addUsers(ctx, []user{u})
	if stores.IsTaken(err) {
		return errMailTaken
	}
	return err
}

// newUser gives a newcomer a uuid and hashes their password.
func newUser(ctx context.Context, n newcomer) (user, error) {
	hash, err := kit.HashPassword(ctx, n.pass)
	if err != nil {
		return user{}, err
	}
	return user{
		UUID:      kit.NewUUID(),
		Name:      n.name,
		Mail:      n.mail,
		MailKey:   kit.MailKey(n.mail),
		PassHash:  hash,
		CreatedAt: clock.Now().UnixMilli(),
	}, nil
}

var dots = regexp.MustCompile(`\.{2,}`)

// usableMail says whether a mail address could be one. Japan's carriers gave
// out addresses with dots in a row, and with one before the @, which no
// standard knows and which are still in use.
func usableMail(address string) bool {
	at := strings.LastIndexByte(address, '@')
	if at < 0 {
		return false
	}
	local, domain := address[:at], address[at+1:]
	if !strings.HasPrefix(local, `"`) {
		local = strings.TrimSuffix(dots.ReplaceAllString(local, "."), ".")
	}
	parsed, err := mail.ParseAddress(local + "@" + domain)
	// A bare address parses to itself; "Name <a@example.com>", comments and
	// white space do not. Nobody has mail in a domain without a dot.
	return err == nil && parsed.Name == "" && strings.HasSuffix(parsed.Address, "@"+domain) &&
		!strings.ContainsAny(address, " <>()\t\r\n") && strings.Contains(domain, ".") && !strings.HasPrefix(domain, "[")
}
