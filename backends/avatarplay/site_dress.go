package avatarplay

import (
	"net/http"
	"net/url"
	"slices"
	"strconv"

	"sekisho/backends/avatarplay/catalogue"
	"sekisho/backends/avatarplay/pages"
	"sekisho/caddymodules/fault"
)

// itemsOnPage is how many items a page of a tab shows.
const itemsOnPage = 12

// partTaste is the tab of the tastes, beside those of the parts.
const partTaste = "taste"

// tabs are the parts of an avatar in the order of their tabs. The first is shown
// where none is asked for.
var tabs = []struct{ part, name string }{
	{string(catalogue.PartHair), "髪型"},
	{string(catalogue.PartFace), "顔"},
	{string(catalogue.PartBody), "からだ"},
	{string(catalogue.PartTops), "トップス"},
	{string(catalogue.PartBottoms), "ボトムス"},
	{string(catalogue.PartDress), "ワンピース"},
	{string(catalogue.PartShoes), "くつ"},
	{string(catalogue.PartAccessory), "アクセサリー"},
	{string(catalogue.PartBackground), "背景"},
	{partTaste, "テイスト"},
}

// showDress answers GET /fit/dress.
func (s *service) showDress(v *visit) error {
	ctx := v.r.Context()
	closet, err := s.closets.get(ctx)
	if err != nil {
		return err
	}
	on, err := s.roomOfPerson(v.who).now(ctx)
	if err != nil {
		return err
	}
	shown := pages.Dress{
		Visit: s.page(v), Part: v.part(), Page: 1, Pages: 1, // of the tastes
		CanUndo: len(on.Past) > 0, Changed: !on.Outfit.equal(v.who.outfit),
	}
	for _, tab := range tabs {
		shown.Tabs = append(shown.Tabs, pages.Tab{Name: tab.name, Href: v.dressURL(tab.part, 1), Current: tab.part == shown.Part})
	}
	if shown.Part == partTaste {
		shown.Tastes = closet.tasteButtons(on.Outfit.Taste)
	} else if err := s.fillTab(v, closet, on, &shown); err != nil {
		return err
	}
	told, err := s.tell(ctx, closet, forNow, on.Outfit)
	if err != nil {
		return err
	}
	shown.Image, shown.StillImage = told[0].moving, told[0].still
	return pages.Write(v.w, http.StatusOK, shown)
}

// fillTab puts a page of what the person owns of a part into the page.
func (s *service) fillTab(v *visit, c *closet, on fitting, shown *pages.Dress) error {
	ctx := v.r.Context()
	ids, page, last, err := s.store.ownedPart(ctx, v.who.WearerID, shown.Part, v.pageNumber())
	if err != nil {
		return err
	}
	shown.Page, shown.Pages = int(page), int(last)
	if shown.Page > 1 {
		shown.Prev = v.dressURL(shown.Part, shown.Page-1)
	}
	if shown.Page < shown.Pages {
		shown.Next = v.dressURL(shown.Part, shown.Page+1)
	}
	fixed, err := s.fixed(v, c, on)
	if err != nil {
		return err
	}
	ids = slices.DeleteFunc(ids, func(id int64) bool { return c.items[id] == nil }) // taken from the catalogue by hand
	thumbnails, err := s.tellItems(ctx, c, forNow, ids)
	if err != nil {
		return err
	}
	for i, id := range ids {
		shown.Items = append(shown.Items, pages.Item{
			ID: id, Name: c.items[id].Name, Thumbnail: thumbnails[i], Worn: on.Outfit.wears(id), Selectable: !fixed[id],
		})
	}
	return nil
}

// fixed gives which of the worn items cannot come off.
func (s *service) fixed(v *visit, c *closet, on fitting) (map[int64]bool, error) {
	fixed := map[int64]bool{}
	for _, one := range c.wornBy(on.Outfit) {
		otherHair, err := s.otherHair(v.r.Context(), v.who.WearerID, one)
		if err != nil {
			return nil, err
		}
		if one.staysOn(otherHair) {
			fixed[one.ID] = true
		}
	}
	return fixed, nil
}

func (c *closet) tasteButtons(current int64) (buttons []pages.Taste) {
	for _, t := range c.tasteOrder {
		buttons = append(buttons, pages.Taste{ID: t.ID, Name: t.Name, Current: t.ID == current})
	}
	return buttons
}

// part is the tab that is asked for, or the first one.
func (v *visit) part() string {
	asked, _ := v.params.Raw("part")
	for _, tab := range tabs {
		if tab.part == asked {
			return asked
		}
	}
	return tabs[0].part
}

// pageNumber is the page that is asked for, 1 to 1,000, or the first one.
func (v *visit) pageNumber() int64 {
	asked, _ := v.params.Raw("page")
	number, err := strconv.ParseInt(asked, 10, 64)
	if err != nil || number < 1 || number > 1000 {
		return 1
	}
	return number
}

// dressURL is where a page of a tab is, with further parameters, which are pairs
// of names and values.
func (v *visit) dressURL(part string, page int, pairs ...string) string {
	query := url.Values{"part": {part}}
	for i := 0; i < len(pairs); i += 2 {
		query.Set(pairs[i], pairs[i+1])
	}
	if page > 1 {
		query.Set("page", strconv.Itoa(page))
	}
	if v.secret != "" {
		query.Set("ticket", v.secret)
	}
	return pathDress + "?" + query.Encode()
}

// try does POST /fit/try: an item is put on, or taken off.
func (s *service) try(v *visit, c *closet) (on fitting, err error) {
	ctx := v.r.Context()
	chosen, err := s.ownItem(v, c)
	if err != nil {
		return on, err
	}
	otherHair, err := s.otherHair(ctx, v.who.WearerID, chosen)
	if err != nil {
		return on, err
	}
	return s.roomOfPerson(v.who).change(ctx, func(on fitting) (fitting, error) {
		return on.toggled(c, chosen, otherHair)
	})
}

// ownItem gives the item of the form, which the person must own.
func (s *service) ownItem(v *visit, c *closet) (*item, error) {
	id, err := v.number("item")
	if err != nil {
		return nil, err
	}
	owned, err := s.store.have(v.r.Context(), v.who.WearerID, []int64{id})
	if err != nil {
		return nil, err
	}
	if one := c.items[id]; owned[id] && one != nil {
		return one, nil
	}
	return nil, errNotOwned
}

func (v *visit) number(name string) (int64, error) {
	written, _ := v.params.Raw(name)
	number, err := strconv.ParseInt(written, 10, 64)
	if err != nil {
		return 0, fault.New(fault.Malformed, name)
	}
	return number, nil
}

// changeTaste does POST /fit/taste.
func (s *service) changeTaste(v *visit, c *closet) (on fitting, err error) {
	id, err := v.number("taste")
	if err != nil {
		return on, err
	}
	if c.tastes[id] == nil {
		return on, fault.New(fault.NotFound, "taste")
	}
	return s.roomOfPerson(v.who).change(v.r.Context(), func(on fitting) (fitting, error) {
		return on.step(outfit{Items: on.Outfit.Items, Taste: id}), nil
	})
}

// undo does POST /fit/undo.
func (s *service) undo(v *visit, _ *closet) (fitting, error) {
	return s.roomOfPerson(v.who).change(v.r.Context(), func(on fitting) (fitting, error) { return on.back(), nil })
}

// save answers POST /fit/save: what is tried on becomes the main coord. The
// button that goes on to the consent posts next=consent.
func (s *service) save(v *visit) error {
	ctx := v.r.Context()
	closet, err := s.closets.get(ctx)
	if err != nil {
		return err
	}
	worn, err := s.roomOfPerson(v.who).commit(ctx)
	if err != nil {
		return err
	}
	v.who.outfit = worn
	if next, _ := v.params.Raw("next"); next == "consent" && v.secret != "" {
		return v.redirect(pathConsent)
	}
	return s.dressed(v, closet, fitting{Outfit: worn}, "saved")
}

// dressed answers what was done: the script with how the avatar looks now, a form
// with the page that it came from.
func (s *service) dressed(v *visit, c *closet, on fitting, done string) error {
	if !pages.WantsState(v.r) {
		return v.leave(v.dressURL(v.part(), int(v.pageNumber()), "done", done) + "#shown") // at the items, not above them
	}
	fixed, err := s.fixed(v, c, on)
	if err != nil {
		return err
	}
	told, err := s.tell(v.r.Context(), c, forNow, on.Outfit)
	if err != nil {
		return err
	}
	state := pages.DressState{
		Image: told[0].moving, StillImage: told[0].still, Worn: on.Outfit.Items, Taste: on.Outfit.Taste,
		CanUndo: len(on.Past) > 0, Changed: !on.Outfit.equal(v.who.outfit), Message: flashes[done],
	}
	for _, id := range on.Outfit.Items {
		if fixed[id] {
			state.Fixed = append(state.Fixed, id)
		}
	}
	return pages.WriteState(v.w, state)
}
