package crm

import (
	"strings"
	"unicode"
	"unicode/utf8"

	"sekisho/backends/kit"
	"sekisho/caddymodules/fault"
)

const (
	longestAttributes  = 20_000 // characters of a JSON list of attributes
	mostAttributes     = 200    // of one kind
	longestAttributeID = 10     // characters
)

// setUserInfo2 changes what a customer says of themselves (7.7 Set_UserInfo2):
// only what is sent, but for 会員登録日, which is set where it is missing, and
// 最終更新日, which is today.
func (s *service) setUserInfo2(c *call) (any, error) {
	shown, err := readOwner(c)
	if err != nil {
		return nil, err
	}
	changes, err := s.readChange(c)
	if err != nil {
		return nil, err
	}
	login, err := s.ownLogin(c, shown, errCustomerUnknown)
	if err != nil {
		return nil, err
	}
	p, err := c.store.change(c.r.Context(), login, changes, datesOf)
	if err != nil {
		return nil, err
	}
	plain, err := c.store.open(p.login)
	if err != nil {
		return nil, err
	}
	return s.user(p, plain.hintAns), nil
}

// datesOf are the dates that are set by themselves.
func datesOf(row customer) []columnValue {
	day := today()
	dates := []columnValue{{"updated_date", day}}
	if isNoDate(row.ResistDate) {
		dates = append(dates, columnValue{"resist_date", day})
	}
	return dates
}

// readChange reads what is sent to be changed.
func (s *service) readChange(c *call) (ch change, err error) {
	segment, err := c.number("Segment", segmentUnused, segmentUnregistered)
	if err != nil {
		return ch, err
	}
	if !isSegment(segment) {
		return ch, fault.New(fault.Malformed, "Segment")
	}
	ch.columns = append(ch.columns, columnValue{"segment", segment})
	if err := s.readTexts(c, &ch); err != nil {
		return ch, err
	}
	if err := readGender(c, &ch); err != nil {
		return ch, err
	}
	if ch.hintCode, err = s.sent(c, "hintcode", longestHintCode); err != nil {
		return ch, err
	}
	if ch.hintAns, err = s.sent(c, "hintans", longestHintAns); err != nil {
		return ch, err
	}
	return ch, readAttributes(c, &ch)
}

// sent gives a text where it was sent at all, empty or not.
func (s *service) sent(c *call, name string, most int) (*string, error) {
	if _, there := c.params.Raw(name); !there {
		return nil, nil
	}
	text, err := c.text(name, most)
	text = s.given(text)
	return &text, err
}

func (s *service) readTexts(c *call, ch *change) error {
	for _, column := range textColumns {
		if column.param == "" {
			continue
		}
		text, err := s.sent(c, column.param, column.mostSent())
		if err != nil {
			return err
		}
		if text == nil || column.column == "resist_date" && isNoDate(*text) {
			continue // an app sends back the 会員登録日 that it was given, which may be none
		}
		if column.date && *text != "" && !isDate(*text) {
			return fault.New(fault.Malformed, column.param)
		}
		ch.columns = append(ch.columns, columnValue{column.column, *text})
		if column.column == "tel1" || column.column == "tel2" {
			ch.columns = append(ch.columns, columnValue{column.column + "_digits", telDigits(*text)})
		}
	}
	return nil
}

// mostSent is how many characters Set_UserInfo2 takes.
func (t textColumn) mostSent() int {
	if t.settable != 0 {
		return t.settable
	}
	return t.most
}

func readGender(c *call, ch *change) error {
	sent, there := c.params.Raw("Gender")
	if !there {
		return nil
	}
	var gender int64
	if sent != "" {
		var err error
		if gender, err = c.number("Gender", 0, mostGender); err != nil {
			return err
		}
	}
	ch.columns = append(ch.columns, columnValue{"gender", gender})
	return nil
}

// readAttributes reads Attribute1 and Attribute2, JSON lists like those that
// Get_UserInfo2 gives. Of each element only the id counts, names are the
// master's; an empty text is an empty list.
func readAttributes(c *call, ch *change) error {
	ch.attributes = map[string][]string{}
	for _, list := range []struct{ name, kubun string }{{"Attribute1", kubunAttribute1}, {"Attribute2", kubunAttribute2}} {
		name, kubun := list.name, list.kubun
		if _, there := c.params.Raw(name); !there {
			continue
		}
		text, err := c.text(name, longestAttributes)
		if err != nil {
			return err
		}
		if ch.attributes[kubun], err = attributeIDs(text); err != nil {
			return fault.New(fault.Malformed, name)
		}
	}
	return nil
}

// attributeIDs reads the ids of a JSON list of attributes, each once.
func attributeIDs(text string) ([]string, error) {
	if strings.TrimSpace(text) == "" {
		return nil, nil
	}
	var list []struct {
		AttrID string // whatever its letter case
	}
	if err := kit.DecodeJSON([]byte(text), &list); err != nil {
		return nil, err
	}
	if len(list) > mostAttributes {
		return nil, fault.New(fault.Excess, "")
	}
	var ids []string
	seen := map[string]bool{}
	for _, a := range list {
		if !isAttributeID(a.AttrID) {
			return nil, fault.New(fault.Malformed, "")
		}
		if !seen[a.AttrID] {
			ids = append(ids, a.AttrID)
		}
		seen[a.AttrID] = true
	}
	return ids, nil
}

// isAttributeID says whether a customer can have an attribute of this id. "." is
// none, and between the ids in an export stand spaces.
func isAttributeID(id string) bool {
	return !isNone(id) && kit.IsText(id) && utf8.RuneCountInString(id) <= longestAttributeID && !strings.ContainsFunc(id, unicode.IsSpace)
}
