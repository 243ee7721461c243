package avatarplay

import (
	"net/http"
	"strings"

	"go.uber.org/zap"

	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/guard"
	"sekisho/caddymodules/serve"
	"sekisho/caddymodules/stores"
)

const apiName = "avatarplay"

// The paths that answers point to.
const (
	pathPictures = "/avatar/images/"
	pathStart    = "/fit/"
	pathLanding  = "/fit/lp"
)

// service answers the operations.
type service struct {
	store    store
	sessions stores.Sessions
	seal     *stores.Sealer
	closets  *closets
	gallery  *gallery
	lanes    lanes

	guests      *guard.SignUps  // POST Guest
	signUps     *guard.SignUps  // the dress-up site's
	fittings    *guard.SignUps  // of a person, by their id
	connects    *guard.SignUps  // of an app, by its id
	passwords   *guard.Door     // account: the login in lower case
	grantTokens *guard.OpenDoor // AccessToken
	tickets     *guard.OpenDoor // the URL of ConnectUrl

	site string // what absolute URLs begin with; "": as the request was made
	log  *zap.Logger
}

// api is the table of operations.
func (s *service) api() *serve.API {
	return &serve.API{Name: apiName, Operations: append(s.calls(), s.visits()...), Refuse: s.refuse}
}

// calls are what apps ask for, behind the guard api_key, and the pictures that
// their answers point to.
func (s *service) calls() []serve.Operation {
	const (
		get, post = http.MethodGet, http.MethodPost
		root      = "/avatar/v1/"
		one       = root + "Avatar/{avatarId}"
	)
	return []serve.Operation{
		{Name: "access_token", Method: post, Path: root + "AccessToken", Guarded: true, Harmless: []string{"requestDate"}, Handle: s.postAccessToken},
		{Name: "avatar", Method: get, Path: one, Reads: true, Guarded: true, Handle: s.getAvatar},
		{Name: "fitting_room", Method: get, Path: one + "/FittingRoom", Reads: true, Guarded: true, Harmless: []string{"limit", "page"}, Handle: s.getFittingRoom},
		{Name: "commit", Method: post, Path: one + "/FittingRoom/Commit", Guarded: true, Handle: s.postCommit},
		{Name: "select", Method: post, Path: one + "/FittingRoom/Select", Guarded: true, Harmless: []string{"item_id"}, Handle: s.postSelect},
		{Name: "grant_items", Method: post, Path: one + "/Items", Guarded: true, Harmless: []string{"itemId"}, Handle: s.postItems},
		{Name: "avatars", Method: get, Path: root + "Avatars", Reads: true, Guarded: true, Harmless: []string{"avatarId"}, Handle: s.getAvatars},
		{Name: "connect_url", Method: get, Path: root + "ConnectUrl", Guarded: true, Harmless: []string{"avatarId"}, Handle: s.getConnectURL},
		{Name: "coords", Method: get, Path: root + "Coords", Reads: true, Guarded: true, Harmless: []string{"coordId"}, Handle: s.getCoords},
		{Name: "echo", Method: get, Path: root + "Echo", Reads: true, Guarded: true, Handle: s.echo},
		{Name: "guest", Method: post, Path: root + "Guest", Guarded: true, Harmless: []string{"coordId"}, Handle: s.postGuest},
		{Name: "items", Method: get, Path: root + "Items", Reads: true, Guarded: true, Harmless: []string{"itemId", "avatarId"}, Handle: s.getItems},
		{Name: "open_url", Method: get, Path: root + "OpenUrl", Reads: true, Guarded: true, Handle: s.getOpenURL},
		{Name: "picture", Method: get, Path: pathPictures + "{name}", Reads: true, Handle: s.getPicture},
	}
}

// refuse draws a fault: as a page for people, as the family's error for apps.
func (s *service) refuse(w http.ResponseWriter, r *http.Request, _ *serve.Operation, f *fault.Fault) {
	var err error
	if strings.HasPrefix(r.URL.Path+"/", pathStart) {
		err = s.refusePage(w, r, f)
	} else {
		answer := refusal(f)
		serve.NoteCode(w, answer.Error.Errors[0].Reason)
		err = write(w, answer.Error.Code, answer)
	}
	if err != nil {
		s.log.Debug("writing a refusal failed", zap.Error(err))
	}
}
