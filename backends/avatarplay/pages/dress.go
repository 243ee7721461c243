package pages

import (
	"net/http"

	"sekisho/caddymodules/serve"
)

// Dress is GET /fit/dress: the avatar as it is being tried on, and what it can
// wear. Its forms post to /fit/try, /fit/taste, /fit/undo and /fit/save, each
// with part, page, ticket and csrf, so that the answer can lead back to where
// the person was; the button that saves and goes on to the consent page posts
// next=consent to /fit/save.
//
// The script posts the same forms with Accept: application/json
// ([WantsState]), and is answered with [WriteState] or [WriteProblem].
type Dress struct {
	Visit
	Image      string // URL of the picture, 240×320
	StillImage string // URL of the one without animation, for who wants no motion; "" for none

	Tabs  []Tab
	Part  string // the tab that is shown, as forms post it
	Page  int    // of the tab, the first is 1
	Pages int    // how many there are
	Prev  string // URL of the page before, "" for none
	Next  string // URL of the page after, "" for none

	Items  []Item  // of this page
	Tastes []Taste // all, on the tab of tastes; nil on the others

	CanUndo bool // there is something to take back
	Changed bool // there is something to save
}

func (Dress) file() string { return "dress" }

// TabName is the name of the tab that is shown.
func (p Dress) TabName() string {
	for _, tab := range p.Tabs {
		if tab.Current {
			return tab.Name
		}
	}
	return ""
}

// Tab is a part of the avatar: 髪型, くつ, テイスト.
type Tab struct {
	Name    string
	Href    string // with the ticket, if there is one
	Current bool
}

// Item is an item that the person owns; its button posts item=ID to /fit/try.
type Item struct {
	ID         int64
	Name       string
	Thumbnail  string // URL, 60×60
	Worn       bool
	Selectable bool // false: worn and cannot come off, or not worn and cannot be put on
}

// Note is what is wrong with an item that cannot be selected.
func (i Item) Note() string {
	switch {
	case i.Selectable:
		return ""
	case i.Worn:
		return "外せません"
	}
	return "使えません"
}

// Taste is a way to move; its button posts taste=ID to /fit/taste.
type Taste struct {
	ID      int64
	Name    string
	Note    string // what it is like, in a few words; "" for nothing
	Current bool
}

// DressState is what the script is answered after a try, a taste, an undo or a
// save. It holds all that the page shows and that can have changed, so that the
// last answer is always right.
type DressState struct {
	Image      string  `json:"image"`      // as in Dress
	StillImage string  `json:"stillImage"` // as in Dress
	Worn       []int64 `json:"worn"`       // ids of all items that are worn, on whatever tab
	Fixed      []int64 `json:"fixed"`      // ids of those among them that cannot come off
	Taste      int64   `json:"taste"`      // id of the current one
	CanUndo    bool    `json:"canUndo"`
	Changed    bool    `json:"changed"`
	Message    string  `json:"message"` // what was done, to be read out: 試着しました
}

// dressProblem is what the script is answered where something was refused.
type dressProblem struct {
	Message string `json:"message"`
}

const stateType = "application/json"

// WantsState is true where the script asks, false where a form was posted
// plainly and a redirect to the page is due.
func WantsState(r *http.Request) bool { return r.Header.Get("Accept") == stateType }

// WriteState answers the script.
func WriteState(w http.ResponseWriter, state DressState) error {
	if state.Worn == nil {
		state.Worn = []int64{}
	}
	if state.Fixed == nil {
		state.Fixed = []int64{}
	}
	return writeJSON(w, http.StatusOK, state)
}

// WriteProblem answers the script where something was refused, with words for
// the person. After 401 the script loads the page anew, which is to lead to the
// sign-in; after any other status it shows the words and the page stays as it
// is.
func WriteProblem(w http.ResponseWriter, status int, message string) error {
	return writeJSON(w, status, dressProblem{message})
}

func writeJSON(w http.ResponseWriter, status int, answer any) error {
	body, err := serve.Encode(answer)
	if err != nil {
		return err
	}
	setHeaders(w.Header(), basePolicy, false)
	return serve.Write(w, status, stateType, body)
}
