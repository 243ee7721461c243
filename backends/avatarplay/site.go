package avatarplay

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"

	"sekisho/backends/avatarplay/pages"
	"sekisho/backends/kit"
	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/guard"
	"sekisho/caddymodules/identity"
	"sekisho/caddymodules/serve"
)

// The paths of the dress-up site beyond those that answers point to.
const (
	pathSignUp  = "/fit/signup"
	pathSignIn  = "/fit/signin"
	pathSignOut = "/fit/signout"
	pathDress   = "/fit/dress"
	pathTry     = "/fit/try"
	pathTaste   = "/fit/taste"
	pathUndo    = "/fit/undo"
	pathSave    = "/fit/save"
	pathConsent = "/fit/consent"
	pathLinks   = "/fit/links"
	pathCut     = "/fit/links/cut"
)

// visits are what people ask for on the dress-up site.
func (s *service) visits() []serve.Operation {
	const get, post = http.MethodGet, http.MethodPost
	shown := []string{"part", "page", "done"}
	return []serve.Operation{
		{Name: "fit_start", Method: get, Path: "/fit", Reads: true, Handle: s.visit(s.showStart)},
		{Name: "fit_landing", Method: get, Path: pathLanding, Reads: true, Handle: s.visit(s.showLanding)},
		{Name: "fit_sign_up_page", Method: get, Path: pathSignUp, Reads: true, Handle: s.visit(s.showSignUp)},
		{Name: "fit_sign_up", Method: post, Path: pathSignUp, Handle: s.visit(s.signUp)},
		{Name: "fit_sign_in_page", Method: get, Path: pathSignIn, Reads: true, Handle: s.visit(s.showSignIn)},
		{Name: "fit_sign_in", Method: post, Path: pathSignIn, Handle: s.visit(s.signIn)},
		{Name: "fit_sign_out", Method: post, Path: pathSignOut, Handle: s.visit(s.signedIn(s.signOut))},
		{Name: "fit_dress", Method: get, Path: pathDress, Reads: true, Harmless: shown, Handle: s.visit(s.signedIn(s.showDress))},
		{Name: "fit_try", Method: post, Path: pathTry, Harmless: shown, Handle: s.visit(s.signedIn(s.fits(s.try, "tried")))},
		{Name: "fit_taste", Method: post, Path: pathTaste, Harmless: shown, Handle: s.visit(s.signedIn(s.fits(s.changeTaste, "tried")))},
		{Name: "fit_undo", Method: post, Path: pathUndo, Harmless: shown, Handle: s.visit(s.signedIn(s.fits(s.undo, "undone")))},
		{Name: "fit_save", Method: post, Path: pathSave, Harmless: shown, Handle: s.visit(s.signedIn(s.save))},
		{Name: "fit_consent_page", Method: get, Path: pathConsent, Reads: true, Handle: s.visit(s.signedIn(s.showConsent))},
		{Name: "fit_consent", Method: post, Path: pathConsent, Handle: s.visit(s.signedIn(s.consent))},
		{Name: "fit_links", Method: get, Path: pathLinks, Reads: true, Harmless: shown, Handle: s.visit(s.signedIn(s.showLinks))},
		{Name: "fit_cut", Method: post, Path: pathCut, Handle: s.visit(s.signedIn(s.cutLink))},
		{Name: "fit_asset", Method: get, Path: pages.AssetPath + "{name}", Reads: true, Handle: s.getAsset},
	}
}

// visit is one request of a person: who they are, and which linking is under way.
type visit struct {
	w      http.ResponseWriter
	r      *http.Request
	params kit.Params

	session session
	who     person // the zero value is nobody

	secret string // of the ticket; "" for none
	ticket ticket
	app    app // that the ticket is of
}

// errForeignForm is a form that another site posted, or whose token is old.
var errForeignForm = fault.New(fault.Forbidden, "csrf")

var crossOrigin http.CrossOriginProtection

// visit makes of what answers a visit the handler of an operation.
func (s *service) visit(answer func(*visit) error) func(http.ResponseWriter, *http.Request, identity.Caller) error {
	return func(w http.ResponseWriter, r *http.Request, _ identity.Caller) error {
		if crossOrigin.Check(r) != nil {
			return errForeignForm
		}
		given, err := kit.ReadParams(w, r, policy)
		if err != nil {
			return err
		}
		v := &visit{w: w, r: r, params: given}
		caddyhttp.SetVar(r.Context(), visitVar, v)
		if err := s.readSession(v); err != nil {
			return err
		}
		if err := s.readTicket(v); err != nil {
			return err
		}
		return answer(v)
	}
}

// visitVar is the Caddy variable in which a visit is left for its refusal.
const visitVar = "sekisho.avatarplay.visit"

// signedIn lets only those through who are signed in, and of what they post only
// what their own pages post; others are led to where they can sign in.
func (s *service) signedIn(answer func(*visit) error) func(*visit) error {
	return func(v *visit) error {
		switch {
		case v.who.ID != 0 && v.r.Method == http.MethodPost && !s.hasToken(v):
			return errForeignForm
		case v.who.ID != 0:
			return answer(v)
		case pages.WantsState(v.r):
			return fault.New(fault.Unauthorized, "session")
		case v.secret != "":
			return v.redirect(pathLanding)
		}
		return v.redirect(pathSignIn)
	}
}

// fits bounds how much a person tries on, and answers what they have on then.
func (s *service) fits(change func(*visit, *closet) (fitting, error), done string) func(*visit) error {
	return func(v *visit) error {
		closet, err := s.closets.get(v.r.Context())
		if err != nil {
			return err
		}
		var on fitting
		err = s.fittings.Try(v.r.Context(), strconv.FormatInt(v.who.ID, 10), func() (err error) {
			on, err = change(v, closet)
			return err
		})
		if err != nil {
			return err
		}
		return s.dressed(v, closet, on, done)
	}
}

// needTicket are the paths that a linking cannot do without.
var needTicket = []string{pathLanding, pathSignUp, pathSignIn, pathConsent}

// readTicket reads the ticket that the request names. One that is over, or that
// leads nowhere any more, ends the linking: who only dresses, or signs out, goes on
// without it.
func (s *service) readTicket(v *visit) (err error) {
	if v.secret, _ = v.params.Raw("ticket"); v.secret == "" {
		return nil
	}
	v.ticket, v.app, err = s.livingTicket(v.r.Context(), v.secret)
	if settled := s.tickets.Settle(v.r.Context(), guard.Address(v.r), err != errNoTicket); settled != nil {
		return settled
	}
	if err == errNoTicket && !slices.Contains(needTicket, strings.TrimSuffix(v.r.URL.Path, "/")) {
		v.secret, v.ticket, v.app, err = "", ticket{}, app{}, nil
	}
	return err
}

// livingTicket gives a ticket and the app that it is of. errNoTicket is one that
// is over, whose app was disabled, or lost the redirect URI.
func (s *service) livingTicket(ctx context.Context, secret string) (t ticket, of app, err error) {
	if t, err = s.ticket(ctx, secret); err != nil {
		return t, of, err
	}
	if of, err = s.store.app(ctx, t.AppID); err != nil {
		return t, of, err
	}
	leads, err := s.store.hasRedirect(ctx, t.AppID, t.RedirectURI)
	if err == nil && (of.ID == 0 || !leads) {
		err = errNoTicket
	}
	return t, of, err
}

// page is what every page shows.
func (s *service) page(v *visit) pages.Visit {
	shown := pages.Visit{Who: v.who.Nickname, Ticket: v.secret, App: v.app.Name}
	if v.who.ID != 0 {
		shown.CSRF = s.token(v.session)
	}
	if done, _ := v.params.Raw("done"); done != "" {
		shown.Flash = flashes[done]
	}
	return shown
}

// flashes are what was just done, by the word that the redirect to a page holds.
var flashes = map[string]string{
	"tried":  "試着しました",
	"undone": "ひとつ前に戻しました",
	"saved":  "保存しました",
	"cut":    "連携を解除しました",
}

// redirect leads to a page of the site, with the ticket and further parameters,
// which are pairs of names and values.
func (v *visit) redirect(path string, pairs ...string) error {
	query := url.Values{}
	if v.secret != "" {
		query.Set("ticket", v.secret)
	}
	for i := 0; i < len(pairs); i += 2 {
		query.Set(pairs[i], pairs[i+1])
	}
	if len(query) > 0 {
		path += "?" + query.Encode()
	}
	return v.leave(path)
}

// leave redirects to a URL, and lets the browser ask for it with GET.
func (v *visit) leave(to string) error {
	header := v.w.Header()
	header.Set("Location", to)
	header.Set("Cache-Control", "no-store")
	header.Set("Referrer-Policy", "same-origin")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("Content-Length", "0")
	v.w.WriteHeader(http.StatusSeeOther)
	return nil
}

// refusePage draws a fault for people, or for the site's own script.
func (s *service) refusePage(w http.ResponseWriter, r *http.Request, f *fault.Fault) error {
	shown := pages.Visit{}
	if v, ok := caddyhttp.GetVar(r.Context(), visitVar).(*visit); ok {
		shown = s.page(v)
	}
	notice, status := noticeOf(shown, f)
	if pages.WantsState(r) {
		return pages.WriteProblem(w, status, notice.Words)
	}
	return pages.Write(w, status, notice)
}

// unfit are the words for what cannot be put on or taken off.
var unfit = map[*fault.Fault]string{
	errNotOwned: "このアイテムは持っていないため、着られません。",
	errUnusable: "このアイテムは外せません。ほかのものを選ぶと、入れ替わります。",
}

func noticeOf(v pages.Visit, f *fault.Fault) (pages.Notice, int) {
	status := familyOf(f).code
	if words, known := unfit[f]; known {
		return pages.Notice{Visit: v, Heading: "着せ替えできませんでした", Words: words, Back: pathDress, BackLabel: "着せ替えへもどる"}, status
	}
	switch {
	case f == errNoTicket:
		return pages.LinkingOver(v), http.StatusGone
	case f.Kind == fault.TooMany:
		return pages.TooMany(v, f.RetryAfter), status
	case f.Kind == fault.NotFound:
		return pages.NotFound(v), status
	case f.Kind == fault.Internal:
		return pages.Failed(v, f.Reference), status
	case f == errForeignForm:
		return pages.Foreign(v), status
	}
	return pages.Notice{
		Visit: v, Heading: "受け付けられませんでした", Words: "送信された内容を読み取れませんでした。もう一度はじめからお試しください。",
	}, status
}

// getAsset answers GET /fit/assets/{name}.
func (s *service) getAsset(w http.ResponseWriter, r *http.Request, _ identity.Caller) error {
	body, contentType, ok := pages.Asset(r.PathValue("name"))
	if !ok {
		return fault.New(fault.NotFound, "asset")
	}
	w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	return serve.Write(w, http.StatusOK, contentType, body)
}
