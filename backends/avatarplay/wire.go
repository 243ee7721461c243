package avatarplay

import (
	"errors"
	"fmt"
	"net/http"
	"unicode/utf8"

	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/serve"
)

const contentType = "application/json"

// The answers, as the document's definitions print them.
type (
	echoAnswer struct {
		Message string `json:"message"`
	}

	// avatarAnswer is an Avatar. Its URLs are there with status 200 only.
	avatarAnswer struct {
		AvatarID                   int64  `json:"avatarId"`
		AvatarImageURL             string `json:"avatarImageUrl,omitempty"`
		AvatarNonAnimationImageURL string `json:"avatarNonAnimationImageUrl,omitempty"`
		FaceImageURL               string `json:"faceImageUrl,omitempty"`
		Guest                      bool   `json:"guest"`
		Status                     int    `json:"status"`
	}

	avatarsAnswer struct {
		Avatars []avatarAnswer `json:"avatars"`
	}

	coordAnswer struct {
		CoordID       int64  `json:"coordId"`
		CoordImageURL string `json:"coordImageUrl"`
	}

	coordsAnswer struct {
		CoordImages []coordAnswer `json:"coordImages"`
	}

	itemAnswer struct {
		Have         bool   `json:"have"`
		ItemID       int64  `json:"itemId"`
		ThumbnailURL string `json:"thumbnailUrl"`
	}

	itemsAnswer struct {
		Items []itemAnswer `json:"items"`
	}

	itemResult struct {
		ItemID int64 `json:"itemId"`
		Status int   `json:"status"`
	}

	itemResults struct {
		Results []itemResult `json:"results"`
	}

	fittingRoomItem struct {
		ItemID       int64  `json:"itemId"`
		Selectable   bool   `json:"selectable"`
		ThumbnailURL string `json:"thumbnailUrl"`
	}

	fittingRoomAnswer struct {
		AvatarImageURL string            `json:"avatarImageUrl"`
		Items          []fittingRoomItem `json:"items"`
	}

	urlAnswer struct {
		URL string `json:"url"`
	}

	accessTokenAnswer struct {
		AccessToken string `json:"accessToken"`
		AvatarID    int64  `json:"avatarId"`
		Scope       string `json:"scope"`
		TokenType   string `json:"tokenType"`
	}
)

type (
	errorDetail struct {
		Domain  string `json:"domain"`
		Message string `json:"message"`
		Reason  string `json:"reason"`
	}

	errorBody struct {
		Code    int           `json:"code"`
		Errors  []errorDetail `json:"errors"`
		Message string        `json:"message"`
	}

	errorAnswer struct {
		Error errorBody `json:"error"`
	}
)

// What the rules refuse beyond what parameters are read for.
var (
	errNoAvatar    = fault.New(fault.NotFound, "avatarId")
	errNoItem      = fault.New(fault.NotFound, "itemId")
	errNoCoord     = fault.New(fault.NotFound, "coordId")
	errNoPicture   = fault.New(fault.NotFound, "picture")
	errMayNotLoad  = fault.New(fault.Forbidden, permissionLoad)
	errMayNotGrant = fault.New(fault.Forbidden, permissionGrant)
	errNotAllowed  = fault.New(fault.Forbidden, "scope")
	errNotOwned    = fault.New(fault.Forbidden, "item_id")
	errUnusable    = fault.New(fault.Conflict, "item_id")
	errRedirect    = fault.New(fault.Malformed, "redirectUri")
	errGrant       = fault.New(fault.Malformed, "token") // the token, or what was to go with it
)

// words are what an error says in English, as the family does.
var words = map[*fault.Fault]string{
	errNoAvatar:    "Avatar not found",
	errNoItem:      "Item not found",
	errNoCoord:     "Coord not found",
	errNoPicture:   "Image not found",
	errMayNotLoad:  "The avatar has no AvatarLoad permission for this app",
	errMayNotGrant: "The avatar has no ItemGrant permission for this app",
	errNotAllowed:  "The app may not ask for this scope",
	errNotOwned:    "The avatar does not have this item",
	errUnusable:    "The item cannot be selected",
	errRedirect:    "redirectUri is not registered for the app",
	errGrant:       "The token is invalid, expired or already used, or does not match the request",
}

// family is how the family answers one kind of fault.
type family struct {
	code   int
	reason string
}

var families = map[fault.Kind]family{
	fault.Internal:         {http.StatusInternalServerError, "backendError"},
	fault.Missing:          {http.StatusBadRequest, "required"},
	fault.Malformed:        {http.StatusBadRequest, "badRequest"},
	fault.TooLong:          {http.StatusBadRequest, "badRequest"},
	fault.TooLarge:         {http.StatusBadRequest, "badRequest"},
	fault.Excess:           {http.StatusBadRequest, "badRequest"},
	fault.MethodNotAllowed: {http.StatusMethodNotAllowed, "httpMethodNotAllowed"},
	fault.Unauthorized:     {http.StatusUnauthorized, "authError"},
	fault.Forbidden:        {http.StatusForbidden, "forbidden"},
	fault.NotFound:         {http.StatusNotFound, "notFound"},
	fault.Conflict:         {http.StatusConflict, "conflict"},
	fault.TooMany:          {http.StatusTooManyRequests, "rateLimitExceeded"},
}

const (
	mostErrors = 50  // entries of one answer
	mostEcho   = 100 // characters of what a caller sent
)

// refusal gives the answer to a fault.
func refusal(f *fault.Fault) errorAnswer {
	if f.Kind == fault.Missing && f.Subject == "key" { // the guard's
		f = fault.New(fault.Unauthorized, "key")
	}
	head := familyOf(f)
	body := errorBody{Code: head.code, Message: headline(f)}
	for _, one := range append([]*fault.Fault{f}, f.Others...) {
		if len(body.Errors) == mostErrors {
			break
		}
		body.Errors = append(body.Errors, errorDetail{Domain: "global", Message: detail(one), Reason: familyOf(one).reason})
	}
	return errorAnswer{body}
}

func familyOf(f *fault.Fault) family {
	if f == errGrant {
		return family{http.StatusBadRequest, "invalid_grant"}
	}
	if drawn, known := families[f.Kind]; known {
		return drawn
	}
	return families[fault.Internal]
}

// headline is the message above the list.
func headline(f *fault.Fault) string {
	if isInteger(f) {
		return "Invalid string value" // the document's own
	}
	return detail(f)
}

// detail is the message of one entry.
func detail(f *fault.Fault) string {
	if said, known := words[f]; known {
		return said
	}
	switch f.Kind {
	case fault.Missing:
		return "Required parameter: " + f.Subject
	case fault.Malformed:
		return malformed(f)
	case fault.TooLong:
		return f.Subject + " is too long"
	case fault.TooLarge:
		return "The request is too large"
	case fault.Excess:
		return "Too many values of " + f.Subject
	case fault.MethodNotAllowed:
		return "Method not allowed"
	case fault.Unauthorized:
		return "Invalid Credentials"
	case fault.TooMany:
		return "Rate Limit Exceeded"
	}
	return "Backend Error"
}

func malformed(f *fault.Fault) string {
	switch {
	case isInteger(f):
		return fmt.Sprintf("String '%s' not a valid integer", echo(f.Value))
	case f.Subject == "limit" || f.Subject == "page":
		return f.Subject + " is out of range"
	case f.Subject == "":
		return "The request is malformed"
	}
	return "Invalid value of " + f.Subject
}

var errNotInteger = errors.New("not a whole number")

// notInteger is the fault of a parameter that should be a whole number. Its value
// is told back, as the document shows it: no number that the API asks for is a
// secret.
func notInteger(name, value string) *fault.Fault {
	return &fault.Fault{Kind: fault.Malformed, Subject: name, Value: value, Cause: errNotInteger}
}

func isInteger(f *fault.Fault) bool { return f.Cause == errNotInteger }

// echo is the head of what a caller sent.
func echo(value string) string {
	if utf8.RuneCountInString(value) <= mostEcho {
		return value
	}
	return string([]rune(value)[:mostEcho])
}

// write sends an answer.
func write(w http.ResponseWriter, status int, answer any) error {
	body, err := serve.Encode(answer)
	if err != nil {
		return err
	}
	w.Header().Set("Cache-Control", "no-store") // a ticket or a token may be in it
	return serve.Write(w, status, contentType, body)
}

// writeEmpty answers 200 without a body.
func writeEmpty(w http.ResponseWriter) error {
	w.Header().Set("X-Content-Type-Options", "nosniff")
	w.Header().Set("Content-Length", "0")
	w.WriteHeader(http.StatusOK)
	return nil
}
