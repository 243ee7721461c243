package photocloak

import (
	"encoding/hex"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/identity"
)

// photo sends one of the files of a photo. The original is for the owner, or
// where downloading is allowed.
func (s *service) photo(w http.ResponseWriter, r *http.Request, caller identity.Caller) error {
	p, err := readParams(w, r)
	if err != nil {
		return err
	}
	ci, cd, ps := p.id("ci"), p.id("cd"), p.oneOf("ps", "0", "1", "2")
	if err := p.err(); err != nil {
		return err
	}
	c, i, err := s.enterForPhoto(r, ci, cd, callerID(caller))
	if err != nil {
		return err
	}
	size := map[string]photoSize{"1": smallPhoto, "2": largePhoto}[ps] // else the original
	if size == originalPhoto && !c.givesOriginals(callerID(caller)) {
		return &fault.Fault{Kind: fault.Forbidden, Subject: "ps", Value: ps}
	}
	if i.ID == 0 {
		return unknownImage(cd)
	}
	return s.sendPhoto(w, r, i, size, "")
}

// export sends the original of a photo to be saved, to a member who may have it.
func (s *service) export(w http.ResponseWriter, r *http.Request, caller identity.Caller) error {
	p, err := readParams(w, r)
	if err != nil {
		return err
	}
	ci, cd := p.id("ci"), p.id("cd")
	if err := p.err(); err != nil {
		return err
	}
	c, i, err := s.enterForPhoto(r, ci, cd, callerID(caller))
	if err != nil {
		return err
	}
	if !c.givesOriginals(callerID(caller)) {
		return notAcceptable(ci)
	}
	if i.ID == 0 {
		return unknownImage(cd)
	}
	return s.sendPhoto(w, r, i, originalPhoto, attachment(i.Name))
}

// enterForPhoto is enter, and gives one of the cloak's images with it: the zero
// image where there is no such one.
func (s *service) enterForPhoto(r *http.Request, cloakID, imageID, memberID int64) (cloak, image, error) {
	c, i, err := s.store.heldIn(r.Context(), cloakID, imageID)
	if err == nil {
		err = s.admit(r, c, cloakID, memberID)
	}
	if err != nil {
		return cloak{}, image{}, err
	}
	return c, i, nil
}

// givesOriginals says whether a member who may look into the cloak may also have
// the photos as they were uploaded.
func (c cloak) givesOriginals(memberID int64) bool { return c.CanDownload || c.owned(memberID) }

// sendPhoto sends one of the files of a photo.
func (s *service) sendPhoto(w http.ResponseWriter, r *http.Request, i image, size photoSize, disposition string) error {
	content := &photoReader{ctx: r.Context(), blobs: s.blobs, key: blobKey(i.Blob, size), size: -1}
	defer content.close()
	if err := content.measure(r, i, size); err != nil {
		return err
	}
	err := jpegFile{
		content:      content,
		open:         content.open,
		etag:         etag(i, size),
		modified:     time.UnixMilli(i.CreatedAt),
		cacheControl: "private",
		disposition:  disposition,
	}.send(w, r)
	if err == nil {
		err = content.failed
	}
	return err
}

// measure finds out how long the file is. What is sent as a whole is opened for
// that already, so that the store is asked once.
func (p *photoReader) measure(r *http.Request, i image, size photoSize) error {
	switch {
	case r.Method == http.MethodHead:
		return p.stat()
	case size == originalPhoto:
		p.size = i.Size
		return nil
	}
	for _, name := range []string{"Range", "If-None-Match", "If-Modified-Since"} {
		if r.Header.Get(name) != "" {
			return p.stat()
		}
	}
	return p.open()
}

// etag tells the files of photos apart. Photos that are the same to the byte
// share it.
func etag(i image, size photoSize) string {
	return fmt.Sprintf(`"%s-%d-%d"`, hex.EncodeToString(i.Digest[:min(len(i.Digest), 16)]), i.Size, size)
}

// attachment gives the Content-Disposition of a file to be saved under a name
// (RFC 6266): as it is for clients that know RFC 8187, and in ASCII for the
// others.
func attachment(name string) string {
	plain := strings.Map(func(c rune) rune {
		if c < ' ' || c > '~' || c == '"' || c == '\\' || c == '%' {
			return '_'
		}
		return c
	}, name)
	disposition := `attachment; filename="` + plain + `"`
	if plain == name {
		return disposition
	}
	return disposition + `; filename*=UTF-8''` + extended(name)
}

// extended encodes a value as RFC 8187 has it.
func extended(value string) string {
	const plain = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$&+-.^_`|~"
	var b strings.Builder
	for _, c := range []byte(strings.ToValidUTF8(value, "\ufffd")) {
		if strings.IndexByte(plain, c) >= 0 {
			b.WriteByte(c)
		} else {
			b.WriteString("%" + strings.ToUpper(hex.EncodeToString([]byte{c})))
		}
	}
	return b.String()
}

// jpgName names a photo that came without a name.
func jpgName(id int64) string { return strconv.FormatInt(id, 10) + ".jpg" }
