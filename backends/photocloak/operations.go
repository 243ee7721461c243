package photocloak

import (
	"net/http"
	"slices"
	"time"

	"go.uber.org/zap"

	"sekisho/backends/kit"
	"sekisho/backends/photocloak/thumbnail"
	"sekisho/caddymodules/guard"
	"sekisho/caddymodules/identity"
	"sekisho/caddymodules/serve"
	"sekisho/caddymodules/stores"
)

// apiName is the API's name to its guards, in metrics and logs.
const apiName = "photocloak"

const contentType = "application/json; charset=utf-8"

// The operations' names in metrics and logs. The first of the document's, the
// token, is answered by the guard oauth2_token.
const (
	opMake          = "mycloaks_make"
	opComplete      = "mycloaks_complete"
	opDelete        = "mycloaks_delete"
	opList          = "mycloaks_list"
	opFollow        = "mycloaks_addfollow"
	opUnfollow      = "mycloaks_delfollow"
	opPrefixes      = "cloaks_prefix"
	opCheck         = "cloaks_check"
	opSearch        = "cloaks_search"
	opShow          = "cloaks_show"
	opDetail        = "cloaks_detail"
	opToken         = "cloaks_token"
	opPhoto         = "photos_show"
	opUpload        = "photos_upload"
	opExport        = "photos_export"
	opDeletePhoto   = "photos_delete"
	opLook          = "photos_look"
	opAccount       = "account_show"
	opUpdateAccount = "account_update"
	opPicture       = "picture"
)

// Where the document's tables list a status besides 200, 400 and 401.
var (
	lists404 = []string{opExport, opDeletePhoto, opLook}
	lists406 = []string{opDelete, opFollow, opUnfollow, opUpload, opExport, opDeletePhoto}

	// follows are the operations whose 406 also says that a cloak is not there.
	follows = []string{opFollow, opUnfollow}
)

// harmless are the parameters that may be logged with their values, and
// repeated in an error.
var harmless = []string{"ci", "cd", "sc", "dl", "ul", "ae", "st", "vm", "pd", "no", "s", "os", "li", "ps"}

// policy is how the API reads parameters. Its server was ASP.NET.
var policy = kit.Policy{FoldCase: true}

// service answers the operations.
type service struct {
	store    store
	sessions stores.Sessions
	counters stores.Counters
	blobs    stores.Blobs
	seal     *stores.Sealer

	verified       *kit.Verified
	cloakPasswords *guard.Door  // account: the cloak's id
	locking        *guard.Crowd // of members whose cloaks get a password, by member
	photos         *thumbnail.Budget
	uploads        chan struct{} // one for each upload that is being received
	uploadShares   *shares       // of the uploads, by member
	adding         *shares       // whose photos are added, by cloak
	sent           uploadSeries

	rules rules
	log   *zap.Logger
}

// rules are what the operator may set.
type rules struct {
	lifetime  time.Duration // of a cloak, from when it is first public, or extended
	making    time.Duration // of a cloak in the making
	rest      time.Duration // of a number after its cloak has ended
	prefixes  []prefix
	maxNo     int64
	maxPhotos int64       // in a cloak
	numbers   kit.Numbers // quoted or bare
}

// prefix is the first half of a cloak's number.
type prefix struct {
	Code string // ume
	Name string // 梅
}

// api is the table of operations.
func (s *service) api() *serve.API {
	get, post := http.MethodGet, http.MethodPost
	api := &serve.API{
		Name:     apiName,
		FoldCase: true,
		Operations: []serve.Operation{
			{Name: opMake, Method: post, Path: "/api/v2/mycloaks", Guarded: true, Handle: s.makeCloak},
			{Name: opComplete, Method: post, Path: "/api/v2/mycloaks/complete", Guarded: true, Handle: s.complete},
			{Name: opDelete, Method: post, Path: "/api/v2/mycloaks/delete", Guarded: true, Handle: s.deleteCloak},
			{Name: opList, Method: post, Path: "/api/v2/mycloaks/list", Guarded: true, Handle: s.list},
			{Name: opFollow, Method: post, Path: "/api/v2/mycloaks/addfollow", Guarded: true, Handle: s.follow},
			{Name: opUnfollow, Method: post, Path: "/api/v2/mycloaks/delfollow", Guarded: true, Handle: s.unfollow},
			{Name: opPrefixes, Method: get, Path: "/api/v2/cloaks/prefix", Reads: true, Open: true, Handle: s.prefixes},
			{Name: opCheck, Method: get, Path: "/api/v2/cloaks/check", Reads: true, Open: true, Handle: s.check},
			{Name: opSearch, Method: get, Path: "/api/v2/cloaks/search", Reads: true, Open: true, Handle: s.search},
			{Name: opShow, Method: get, Path: "/api/v2/cloaks", Reads: true, Open: true, Handle: s.show},
			{Name: opDetail, Method: post, Path: "/api/v2/cloaks/detail", Open: true, Handle: s.detail},
			{Name: opToken, Method: post, Path: "/api/v2/cloaks/token", Open: true, Handle: s.openCloak},
			{Name: opPhoto, Method: get, Path: "/api/v2/photos", Reads: true, Open: true, Handle: s.photo},
			{Name: opUpload, Method: post, Path: "/api/v2/photos", Guarded: true, Handle: s.upload},
			{Name: opExport, Method: get, Path: "/api/v2/photos/export", Reads: true, Guarded: true, Handle: s.export},
			{Name: opDeletePhoto, Method: post, Path: "/api/v2/photos/delete", Guarded: true, Handle: s.deletePhoto},
			{Name: opLook, Method: post, Path: "/api/v2/photos/look", Open: true, Handle: s.look},
			{Name: opAccount, Method: get, Path: "/api/v2/account", Reads: true, Guarded: true, Handle: s.account},
			{Name: opUpdateAccount, Method: post, Path: "/api/v2/account/update", Guarded: true, Handle: s.updateAccount},

			// What NoImageUrl and LockImageUrl name.
			{Name: opPicture, Method: get, Path: pathNoImage, Reads: true, Handle: s.picture},
			{Name: opPicture, Method: get, Path: pathLocked, Reads: true, Handle: s.picture},
		},
		Refuse: s.refuse,
	}
	for i := range api.Operations {
		api.Operations[i].Harmless = slices.Clone(harmless)
	}
	return api
}

// callerID gives the id of the member who is calling, 0 for nobody.
func callerID(caller identity.Caller) int64 {
	m, _ := caller.Extra.(signedIn)
	return m.id
}
