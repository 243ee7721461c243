package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"math/rand/v2"
	"mime/multipart"
	"net/url"
	"slices"
	"sync"
	"time"
)

// digest is the SHA-256 of a file.
type digest [sha256.Size]byte

// picture is a photo that is to be uploaded.
type picture struct {
	name    string
	content []byte
}

// draw draws a picture that no other is like: noise, of a size at random.
func (room *cloakroom) draw(random randomness) picture {
	number := room.numbers.next()
	noise := rand.New(rand.NewPCG(random.Uint64(), uint64(number)))
	drawn := image.NewGray(image.Rect(0, 0, 40+noise.IntN(200), 30+noise.IntN(150)))
	for y := range drawn.Rect.Dy() {
		for x := range drawn.Rect.Dx() {
			drawn.SetGray(x, y, color.Gray{Y: uint8(x + y + noise.IntN(40))})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, drawn, &jpeg.Options{Quality: 50 + noise.IntN(50)}); err != nil {
		panic(err) // a buffer takes everything
	}
	return picture{name: fmt.Sprintf("写真%d.jpg", number), content: b.Bytes()}
}

// upload uploads a photo as it is, or up to three in a form: all of them come to
// be, or none.
func (k *keeper) upload(c *toldCloak, random randomness) {
	pictures := []picture{k.room.draw(random)}
	sent := k.as(photoBody(c, pictures[0]))
	if random.IntN(3) > 0 {
		for range random.IntN(3) {
			pictures = append(pictures, k.room.draw(random))
		}
		sent = k.as(photosForm(c, pictures))
	} else {
		pictures[0].name = ""
	}
	open := 0
	for begun := time.Now(); k.c.goesOn(begun, "uploading to cloak "+c.id); {
		a, v := k.c.once(sent)
		switch v {
		case done:
			k.uploaded(c, pictures, open, lastImageIn(a.body))
			return
		case tooMany:
			time.Sleep(100 * time.Millisecond)
			continue
		case refused:
			k.room.result().lost("cloak %s takes no photo of its owner: %s", c.id, a)
			return
		case strange:
			return
		}
		open++
		k.c.turn++ // the next try goes to the other gateway
		c.late += len(pictures)
		if k.uploaded(c, pictures, open, "") {
			return
		}
	}
}

func photoBody(c *toldCloak, p picture) call {
	return call{
		operation: "photos_upload", about: c.id, method: "POST", path: "/api/v2/photos?ci=" + c.id, body: p.content,
		header: []string{"Content-Type", "image/jpeg"}, judge: judgeCloak,
	}
}

func photosForm(c *toldCloak, pictures []picture) call {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	for _, p := range pictures {
		part, _ := form.CreateFormFile("file", p.name) // a buffer takes everything
		_, _ = part.Write(p.content)
	}
	_ = form.Close()
	k := photoBody(c, picture{content: body.Bytes()})
	k.header = []string{"Content-Type", form.FormDataContentType()}
	return k
}

func lastImageIn(body []byte) string {
	var kept struct{ CloakImageID string }
	_ = json.Unmarshal(body, &kept) // what has none is strange
	return kept.CloakImageID
}

// uploaded reads from the cloak which ids photos have, and keeps them; last is that
// of the last one where it was answered. It says whether they are there.
func (k *keeper) uploaded(c *toldCloak, pictures []picture, open int, last string) bool {
	shown := k.readWhile(c, len(pictures), last != "")
	if shown == nil {
		return false
	}
	var told []*toldPhoto
	for i, p := range pictures {
		id := ""
		if i == len(pictures)-1 {
			id = last
		}
		if id == "" {
			id = k.find(c, shown, p)
		}
		if id == "" || !shown.has(id) {
			break
		}
		told = append(told, &toldPhoto{cloak: c, id: id, name: p.name, digest: sha256.Sum256(p.content), size: len(p.content), open: open})
	}
	if len(told) < len(pictures) {
		if last != "" || len(told) > 0 {
			k.room.result().lost("of an upload of %d photos to cloak %s, answered with %q, %d are there", len(pictures), c.id, last, len(told))
		}
		return last != ""
	}
	if last == "" {
		c.late -= len(told) // which are these
	}
	c.photos = append(c.photos, told...)
	k.room.tellPhotos(told)
	return true
}

// readWhile is read where so many photos may be there that were not told yet.
func (k *keeper) readWhile(c *toldCloak, more int, answered bool) *shownCloak {
	if answered {
		c.late += more
		defer func() { c.late -= more }()
	}
	return k.read(c)
}

// find finds a photo among those of a cloak that were not told: by its name, and
// one that was sent without by what is in it.
func (k *keeper) find(c *toldCloak, shown *shownCloak, p picture) string {
	for _, i := range shown.Images {
		switch {
		case slices.ContainsFunc(c.photos, func(told *toldPhoto) bool { return told.id == i.CloakImageID }):
		case p.name != "":
			if i.ImageName == p.name {
				return i.CloakImageID
			}
		case i.ImageName == i.CloakImageID+".jpg":
			a, v := k.until(photoCall(&toldPhoto{cloak: c, id: i.CloakImageID}, originalFile))
			if v == done && bytes.Equal(a.body, p.content) {
				return i.CloakImageID
			}
		}
	}
	return ""
}

// deletePhoto deletes one photo of a cloak. A second try is refused where the first
// has done it, and the cloak then shows it no more.
func (k *keeper) deletePhoto(c *toldCloak, at int) {
	p := c.photos[at]
	p.ending.Store(true)
	form := url.Values{"ci": {c.id}, "cd": {p.id}}
	a, v, tries := k.c.until(k.as(posting("photos_delete", p.id, "photos/delete", form)))
	if v != done && (tries == 0 || !refusedAs(a, "notfound_image")) {
		if v == refused {
			k.room.result().lost("photo %s cannot be deleted: %s", p.id, a)
		}
		return
	}
	p.gone = true
	c.photos = slices.Delete(c.photos, at, at+1)
	if shown := k.read(c); shown != nil && shown.has(p.id) {
		k.room.result().lost("photo %s was deleted and is shown", p.id)
	}
}

// The files of a photo, as the parameter ps names them.
const (
	originalFile = 0
	smallFile    = 1
	largeFile    = 2
)

func photoCall(p *toldPhoto, file int) call {
	return getting("photos_show", p.id+" "+itoa(file), "photos", url.Values{"ci": {p.cloak.id}, "cd": {p.id}, "ps": {itoa(file)}})
}

// served are the files of a photo as they were first served.
type served struct {
	mu    sync.Mutex
	files [largeFile + 1]digest
}

// same says whether a file is the one that was served before, if one was.
func (s *served) same(file int, now digest) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	before := s.files[file]
	s.files[file] = now
	return before == digest{} || before == now
}

// fetch fetches a file of a photo with a call that is photoCall's, and holds it
// against what was uploaded, or was served before. It says whether it was served.
func (c *caller) fetch(k call, p *toldPhoto) bool {
	a, v, _ := c.until(k)
	if v == done {
		p.check(c.w.found.of(c.api), k, a)
	}
	if v == refused && !p.ending.Load() && !p.cloak.ending.Load() {
		c.w.found.of(c.api).lost("photo %s of cloak %s is refused: %s", k.about, p.cloak.id, a)
	}
	return v == done
}

func (k *keeper) fetch(as call, p *toldPhoto) bool { return k.c.fetch(as, p) }

// check holds a file that was served against what was uploaded. k names the file
// at its end.
func (p *toldPhoto) check(r *result, k call, a answer) {
	file, got := int(k.about[len(k.about)-1]-'0'), digest(sha256.Sum256(a.body))
	if kind := a.header.Get("Content-Type"); kind != "image/jpeg" {
		r.strange("photo %s is served as %q", k.about, kind)
	}
	switch {
	case file == originalFile && got != p.digest:
		r.lost("photo %s is served with %d bytes that are not those of the %d uploaded", k.about, len(a.body), p.size)
	case !p.files.same(file, got):
		r.lost("photo %s is served otherwise than before", k.about)
	case file != originalFile:
		if drawn, kind, err := image.DecodeConfig(bytes.NewReader(a.body)); err != nil || kind != "jpeg" || max(drawn.Width, drawn.Height) > 640 {
			r.lost("photo %s is no thumbnail, with %d bytes: %v", k.about, len(a.body), err)
		}
	}
}
