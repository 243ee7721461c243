package main

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"
)

// audit compares the database, the blobs and what the API shows with what the
// clients were told.
func (room *cloakroom) audit(r *result) error {
	for _, l := range room.logins {
		room.auditLogin(l)
	}
	r.counted("members who are still logged in", len(room.logins))
	for _, audit := range []func(*result) error{
		room.auditCloaks, room.auditPhotos, room.auditFollows, room.auditViews, room.auditBlobs,
	} {
		if err := audit(r); err != nil {
			return err
		}
	}
	room.auditShown(r)
	return nil
}

// auditLogin changes the tokens of a member once at each gateway: nobody has been
// logged out.
func (room *cloakroom) auditLogin(l *login) {
	for range room.w.gateways {
		if l.access != "" {
			l.change()
			l.showAccount()
		}
	}
}

// auditCloaks holds the rows of cloaks and tags against what was told.
func (room *cloakroom) auditCloaks(r *result) error {
	rows, err := room.w.rows(`SELECT id, name, status, scope, CASE WHEN deleted_at IS NULL THEN '' ELSE 'deleted' END
		FROM photocloak_cloaks WHERE member_id >= ` + itoa(firstMember) + ` ORDER BY id`)
	if err != nil {
		return err
	}
	tags, err := room.tagRows()
	if err != nil {
		return err
	}
	byID, byName := map[string][]string{}, map[string]int{}
	for _, row := range rows {
		byID[row[0]] = row
		byName[row[1]]++
	}
	late := 0
	for _, c := range room.cloaks {
		switch row := byID[c.id]; {
		case row == nil:
			r.lost("cloak %s (%s) is not there", c.id, c.name)
		case row[1] != c.name || row[2] != "1" || row[3] != c.scope() || (row[4] != "") != c.gone:
			r.lost("cloak %s is there as %q; it was answered as %s, scope %s, deleted %t", c.id, row, c.name, c.scope(), c.gone)
		case !c.gone && !slices.Equal(tags[c.id], c.tags):
			r.lost("cloak %s is there with the tags %q; answered were %q", c.id, tags[c.id], c.tags)
		}
		if more := byName[c.name] - 1; more > c.open {
			r.doubled("cloak %s (%s) is there %d times", c.id, c.name, more+1)
		} else {
			late += max(more, 0)
		}
		delete(byName, c.name)
	}
	for name, n := range byName {
		r.beyond("%d cloaks %s are there, and nobody was told", n, name)
	}
	r.counted("cloaks", len(room.cloaks))
	r.counted("cloaks made twice because the client asked again", late)
	return nil
}

func (c *toldCloak) scope() string {
	if c.locked {
		return "1"
	}
	return "0"
}

// tagRows are the tags of all cloaks, in their order.
func (room *cloakroom) tagRows() (map[string][]string, error) {
	rows, err := room.w.rows(`SELECT cloak_id, tag FROM photocloak_tags ORDER BY cloak_id, position`)
	tags := map[string][]string{}
	for _, row := range rows {
		tags[row[0]] = append(tags[row[0]], row[1])
	}
	return tags, err
}

// auditPhotos holds the rows of photos against what was told. The photos of a cloak
// that was deleted stay until the janitor takes both.
func (room *cloakroom) auditPhotos(r *result) error {
	rows, err := room.w.rows(`SELECT id, cloak_id, name, size, digest FROM photocloak_images WHERE member_id >= ` + itoa(firstMember))
	if err != nil {
		return err
	}
	byID, byDigest := map[string][]string{}, map[string]int{}
	for _, row := range rows {
		byID[row[0]] = row
		byDigest[row[4]]++
	}
	late := 0
	for _, p := range room.photos {
		row, name := byID[p.id], p.name
		if name == "" {
			name = p.id + ".jpg"
		}
		switch {
		case p.gone && row != nil:
			r.lost("photo %s was deleted and is there", p.id)
		case !p.gone && row == nil:
			r.lost("photo %s of cloak %s is not there", p.id, p.cloak.id)
		case !p.gone && (row[1] != p.cloak.id || row[2] != name || row[3] != itoa(p.size) || row[4] != string(p.digest[:])):
			r.lost("photo %s is there as %q; it was answered as of cloak %s, %s with %d bytes", p.id, row[:4], p.cloak.id, name, p.size)
		}
		more := byDigest[string(p.digest[:])]
		if row != nil {
			more--
		}
		if more > p.open {
			r.doubled("photo %s is there %d times more", p.id, more)
		} else {
			late += more
		}
		delete(byDigest, string(p.digest[:]))
	}
	for digest, n := range byDigest {
		r.beyond("%d photos %x are there, and nobody was told", n, digest)
	}
	r.counted("photos", len(room.photos))
	r.counted("photos there twice because the client asked again", late)
	return nil
}

// auditFollows holds who follows what against what was told.
func (room *cloakroom) auditFollows(r *result) error {
	rows, err := room.w.rows(`SELECT member_id, cloak_id FROM photocloak_follows WHERE member_id >= ` + itoa(firstMember))
	if err != nil {
		return err
	}
	there := map[string]bool{}
	for _, row := range rows {
		there[row[0]+" "+row[1]] = true
	}
	n := 0
	for _, o := range room.owners {
		for cloak, told := range o.follows {
			key := fmt.Sprint(o.who.id, " ", cloak)
			if told != followsMaybe && there[key] != (told == follows) {
				r.lost("%s follows cloak %s: %t; answered was the contrary", o.who.mail, cloak, there[key])
			}
			delete(there, key)
			n++
		}
	}
	for key := range there {
		r.beyond("member and cloak %s: a follow is there, and nobody was told", key)
	}
	r.counted("follows", n)
	return nil
}

// viewsPatience is how long a batch of views may wait for its gateway to find
// everything again.
const viewsPatience = 20 * time.Second

// auditViews holds the views that are counted against the looks that were answered.
func (room *cloakroom) auditViews(r *result) error {
	var wrong []string
	var counted int64
	for begun := time.Now(); ; time.Sleep(500 * time.Millisecond) {
		photos, err := room.views(`SELECT image_id, views FROM photocloak_image_views`)
		if err != nil {
			return err
		}
		cloaks, err := room.views(`SELECT cloak_id, views FROM photocloak_cloak_views`)
		if err != nil {
			return err
		}
		wrong, counted = room.compareViews(photos, cloaks)
		if len(wrong) == 0 || time.Since(begun) > viewsPatience {
			break
		}
	}
	for _, what := range wrong {
		r.lost("%s", what)
	}
	r.counted("views", int(counted))
	return nil
}

func (room *cloakroom) views(query string) (map[string]int64, error) {
	rows, err := room.w.rows(query)
	if err != nil {
		return nil, err
	}
	views := map[string]int64{}
	for _, row := range rows {
		if views[row[0]], err = strconv.ParseInt(row[1], 10, 64); err != nil {
			return nil, err
		}
	}
	return views, nil
}

// compareViews gives what is wrong with the views of photos and cloaks, and how
// many views photos have. A deleted photo has none any more, its cloak has.
func (room *cloakroom) compareViews(photos, cloaks map[string]int64) (wrong []string, counted int64) {
	compare := func(what, id string, l *looks, views map[string]int64) {
		if !l.holds(views[id]) {
			wrong = append(wrong, fmt.Sprintf("%s %s has %d views; answered were %d looks, and %d were not answered",
				what, id, views[id], l.answered.Load(), l.unanswered.Load()))
		}
	}
	for _, p := range room.photos {
		if !p.gone {
			compare("photo", p.id, &p.looks, photos)
			counted += photos[p.id]
		}
	}
	for _, c := range room.cloaks {
		compare("cloak", c.id, &c.looks, cloaks)
	}
	return wrong, counted
}

// auditBlobs holds the files of photos against the rows: each row has three files,
// and what no row has is what was in flight. The janitor takes those, once they are
// old enough, and nothing else.
func (room *cloakroom) auditBlobs(r *result) error {
	rows, err := room.w.rows(`SELECT blob FROM photocloak_images`)
	if err != nil {
		return err
	}
	orphans, err := room.orphans(r, rows)
	if err != nil {
		return err
	}
	if err := room.purge(); err != nil {
		return err
	}
	left, err := room.orphans(r, rows)
	if err != nil {
		return err
	}
	if left > 0 {
		r.beyond("%d files that no photo has are left by the janitor", left)
	}
	r.counted("files of photos", 3*len(rows))
	r.counted("files of unanswered uploads and of deletions, which the janitor took", orphans)
	return nil
}

// orphans counts the files that no row has, and notes the rows that lack files.
func (room *cloakroom) orphans(r *result, rows [][]string) (orphans int, err error) {
	files, err := room.w.blobs("photocloak/")
	if err != nil {
		return 0, err
	}
	have := map[string]int{}
	for _, file := range files {
		have[file[:strings.LastIndexByte(file, '/')]]++
	}
	for _, row := range rows {
		if n := have[row[0]]; n != 3 {
			r.lost("the photo in %s has %d of its 3 files", row[0], n)
		}
		delete(have, row[0])
	}
	for _, n := range have {
		orphans += n
	}
	return orphans, nil
}

// purge has the janitor come two hours from now.
func (room *cloakroom) purge() error {
	clock := filepath.Join(room.w.folder, "janitor.clock")
	if err := os.WriteFile(clock, []byte("2h"), 0o644); err != nil {
		return err
	}
	g := room.w.gateways[0]
	env := append(slices.Clone(g.env), "SEKISHO_TORTURE_CLOCK="+clock, fmt.Sprint("SEKISHO_TORTURE_LATER=", room.w.later))
	return runCommand(g.binary(), env, "photocloak", "purge")
}

// goneShown is how many of what is gone are asked for.
const goneShown = 100

// auditShown asks the API for every cloak and photo that is there, to the byte, and
// for some of those that are gone.
func (room *cloakroom) auditShown(r *result) {
	var asking sync.WaitGroup
	for _, l := range room.logins {
		k := &keeper{login: l}
		asking.Go(func() {
			gone := 0
			for _, c := range room.cloaks {
				if c.keeper != l || l.access == "" {
					continue
				}
				if !c.gone {
					k.auditCloak(r, c)
				} else if gone++; gone < goneShown {
					k.showGone(c)
				}
			}
		})
	}
	asking.Wait()
}

// filePatience bounds how often a file is asked for now that everything works: one
// that is not there is a failure for ever.
const filePatience = 10

func (k *keeper) auditFile(r *result, p *toldPhoto, file int) {
	asked := k.as(photoCall(p, file))
	for tries := 1; ; tries++ {
		a, v := k.c.once(asked)
		if v == done {
			p.check(r, asked, a)
			return
		}
		if tries == filePatience {
			r.lost("photo %s of cloak %s is not served: %s", asked.about, p.cloak.id, a)
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
}

// auditCloak asks for a cloak and all that is in it.
func (k *keeper) auditCloak(r *result, c *toldCloak) {
	k.read(c)
	k.search(c)
	for _, p := range c.photos {
		for file := range largeFile + 1 {
			k.auditFile(r, p, file)
		}
		r.counted("photos served to the byte", 1)
	}
	if c.locked {
		word, _ := c.lock.known()
		form := url.Values{"ci": {c.id}, "lk": {word}}
		if a, v, _ := k.c.until(posting("cloaks_token", c.id, "cloaks/token", form)); v == refused {
			r.lost("cloak %s is not opened by its password: %s", c.id, a)
		}
	}
}
