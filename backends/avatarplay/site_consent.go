package avatarplay

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"sekisho/backends/avatarplay/pages"
	"sekisho/caddymodules/fault"
)

// showConsent answers GET /fit/consent: the person reads which app asks for what.
func (s *service) showConsent(v *visit) error {
	if v.secret == "" {
		return v.redirect(pathDress)
	}
	closet, err := s.closets.get(v.r.Context())
	if err != nil {
		return err
	}
	told, err := s.tell(v.r.Context(), closet, forNow, v.who.outfit)
	if err != nil {
		return err
	}
	asked, _ := parseScope(v.ticket.Scope) // checked when the app asked
	return pages.Write(v.w, http.StatusOK, pages.Consent{
		Visit:       s.page(v),
		Permissions: asked.names(),
		FaceImage:   told[0].face,
		TakesOver:   v.ticket.GuestID != 0,
		RedirectURI: v.ticket.RedirectURI,
	})
}

// consent answers POST /fit/consent: 許諾する leads back to the app with a grant
// token, 許諾しない with an error. The ticket is used up either way.
func (s *service) consent(v *visit) error {
	answer, _ := v.params.Raw("answer")
	if v.secret == "" || answer != "allow" && answer != "deny" {
		return fault.New(fault.Malformed, "answer")
	}
	taken, err := s.takeTicket(v.r.Context(), v.secret)
	if err != nil {
		return err
	}
	if answer == "deny" {
		return v.leave(withParameter(taken.RedirectURI, "error", "access_denied"))
	}
	token, err := s.store.consent(v.r.Context(), taken, v.who.ID)
	if err != nil {
		return errors.Join(err, s.giveBack(v.r.Context(), v.secret, taken))
	}
	return v.leave(withParameter(taken.RedirectURI, "token", token))
}

// withParameter appends a parameter to a URI without a fragment, and leaves the
// rest of it as it is.
func withParameter(uri, name, value string) string {
	separator := "?"
	if strings.HasSuffix(uri, "?") || strings.HasSuffix(uri, "&") {
		separator = ""
	} else if strings.Contains(uri, "?") {
		separator = "&"
	}
	return uri + separator + url.Values{name: {value}}.Encode()
}

// showLinks answers GET /fit/links: the apps that the person is linked to.
func (s *service) showLinks(v *visit) error {
	linked, err := s.store.links(v.r.Context(), v.who.ID)
	if err != nil {
		return err
	}
	shown := pages.Links{Visit: s.page(v)}
	for _, one := range linked {
		shown.Linked = append(shown.Linked, pages.Link{
			ID: one.AppID, App: one.Name, Since: time.UnixMilli(one.LinkedAt),
			Permissions: scope{avatarLoad: one.AvatarLoad, itemGrant: one.ItemGrant}.names(),
		})
	}
	return pages.Write(v.w, http.StatusOK, shown)
}

// cutLink answers POST /fit/links/cut. A link that is cut already stays so.
func (s *service) cutLink(v *visit) error {
	appID, err := v.number("app")
	if err != nil {
		return err
	}
	if err := s.store.cut(v.r.Context(), v.who.ID, appID); err != nil {
		return err
	}
	return v.redirect(pathLinks, "done", "cut")
}
