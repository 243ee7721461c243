package photocloak

import (
	"context"
	"errors"
	"mime"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"go.uber.org/zap"

	"sekisho/backends/kit"
	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/identity"
)

// guardMemory is after what time of receiving the guard is asked again: a member
// who was disabled is refused within 5 seconds. It is a variable for the tests.
var guardMemory = 5 * time.Second

// uploadJSON is what an upload answers. The document shows no body; the id is
// that of the last photo.
type uploadJSON struct {
	CloakImageID kit.Number `json:"CloakImageID"`
}

// upload adds photos to a cloak, all that a request holds or none. Where ci is
// in the query, who may not do that is refused before the body is read.
func (s *service) upload(w http.ResponseWriter, r *http.Request, caller identity.Caller) error {
	memberID := callerID(caller)
	if media, _ := bodyType(r); media == "application/x-www-form-urlencoded" {
		return s.uploadNothing(w, r, memberID)
	}
	asked, err := readQuery(w, r, r.URL.RawQuery)
	if err != nil {
		return err
	}
	var then cloak
	_, early := asked.Raw("ci")
	if media, _ := bodyType(r); early || !isMultipart(media) {
		if then, err = s.mayUpload(r, asked, memberID); err != nil {
			return err
		}
	}
	leave, err := s.uploadPlace(r.Context(), memberID)
	if err != nil {
		return err
	}
	defer leave()

	var sent received
	defer sent.forget()
	start := time.Now()
	if err := sent.receive(w, r); err != nil {
		return err
	}
	if time.Since(start) > guardMemory {
		if _, err := identity.Again(r.Context(), apiName); err != nil {
			return err
		}
	}
	if then.ID == 0 {
		if asked, err = readQuery(w, r, sent.query()); err != nil {
			return err
		}
		if then, err = s.mayUpload(r, asked, memberID); err != nil {
			return err
		}
	}
	if len(sent.files) == 0 {
		return fault.New(fault.Missing, subjectFile)
	}
	last, err := s.addPhotos(r.Context(), then, memberID, sent.files)
	if err != nil {
		return err
	}
	return write(w, uploadJSON{s.rules.numbers.Of(last.ID)})
}

// uploadNothing refuses a form, which holds no file.
func (s *service) uploadNothing(w http.ResponseWriter, r *http.Request, memberID int64) error {
	p, err := readParams(w, r)
	if err != nil {
		return err
	}
	if _, err := s.mayUpload(r, p, memberID); err != nil {
		return err
	}
	return fault.New(fault.Missing, subjectFile)
}

// readQuery reads the parameters of a query alone, and leaves the body to be
// read.
func readQuery(w http.ResponseWriter, r *http.Request, query string) (*params, error) {
	return readParams(w, &http.Request{Method: r.Method, URL: &url.URL{RawQuery: query}, Header: http.Header{}, Body: http.NoBody})
}

// query gives the parameter that stood among the files as a query.
func (u *received) query() string {
	if u.ci == nil {
		return ""
	}
	return url.Values{"ci": {*u.ci}}.Encode()
}

// mayUpload gives the cloak that ci names if this member may upload to it: its
// owner, and where uploading is allowed everyone who may look into it.
func (s *service) mayUpload(r *http.Request, p *params, memberID int64) (cloak, error) {
	ci := p.id("ci")
	if err := p.err(); err != nil {
		return cloak{}, err
	}
	c, err := s.enter(r, ci, memberID)
	if err == nil && !c.takesPhotos(memberID) {
		err = notAcceptable(ci)
	}
	return c, err
}

// takesPhotos says whether a member who may look into the cloak may add to it.
func (c cloak) takesPhotos(memberID int64) bool { return c.CanUpload || c.owned(memberID) }

// stillTakes is the fault of a cloak that does not take photos of this member
// any more, who was let into it as it was then: its password may be another one
// since.
func (c cloak) stillTakes(then cloak, memberID int64) error {
	locked := c.Scope == scopeLocked && (then.Scope != scopeLocked || c.LockGeneration != then.LockGeneration)
	switch {
	case !c.exists(memberID):
		return unknownCloak(then.ID)
	case locked && !c.owned(memberID):
		return fault.New(fault.Malformed, subjectCloakToken)
	case !c.takesPhotos(memberID):
		return notAcceptable(then.ID)
	}
	return nil
}

// addPhotos keeps files and adds them to a cloak, all or none, and gives the
// last. The first file that is no photo is the fault.
func (s *service) addPhotos(ctx context.Context, then cloak, memberID int64, files []receivedFile) (last image, err error) {
	var kept []image
	for _, file := range files {
		i, err := keepPhoto(ctx, s.blobs, s.photos, file)
		if err != nil {
			s.forgetPhotos(ctx, kept)
			return image{}, err
		}
		i.Name = photoName(file.name)
		kept = append(kept, i)
	}
	added, err := s.addInTurn(ctx, then, memberID, kept)
	if err != nil {
		if !errors.Is(err, errMaybeAdded) { // else the janitor finds out
			s.forgetPhotos(ctx, kept)
		}
		return image{}, err
	}
	s.sent.kept(added)
	return added[len(added)-1], nil
}

// addInTurn adds photos whose files are kept to a cloak. Who uploads to one cloak
// at the same time does so one after the other, and waits here: a wait for the row
// would end with the store's patience, after all the work is done.
func (s *service) addInTurn(ctx context.Context, then cloak, memberID int64, kept []image) ([]image, error) {
	leave, err := s.adding.take(ctx, then.ID, addingPatience)
	if err != nil {
		return nil, err
	}
	defer leave()
	now := clock.Now()
	return s.store.addPhotos(ctx, then, memberID, kept, now.UnixMilli(), now.Add(s.rules.lifetime).UnixMilli(), s.rules.maxPhotos)
}

// forgetPhotos deletes the files of photos that did not come to be.
func (s *service) forgetPhotos(ctx context.Context, kept []image) {
	for _, i := range kept {
		if err := forgetPhoto(ctx, s.blobs, i.Blob); err != nil {
			s.log.Warn("deleting the files of a refused upload failed; the janitor will", zap.Error(err))
		}
	}
}

// longestPhotoName is how long the name of a photo may be, in characters.
const longestPhotoName = 255

// photoName gives the name of a photo of the name that its file was sent with:
// the last part of a path of whatever system, without what cannot be seen. It is
// "" where nothing is left, and for what is no UTF-8.
func photoName(sent string) string {
	if strings.HasPrefix(sent, "=?") { // as .NET's HttpClient writes Japanese names
		if decoded, err := new(mime.WordDecoder).DecodeHeader(sent); err == nil {
			sent = decoded
		}
	}
	if !utf8.ValidString(sent) {
		return ""
	}
	name := sent[strings.LastIndexAny(sent, `/\`)+1:]
	name = strings.Map(func(c rune) rune {
		if unicode.IsControl(c) || unicode.Is(unicode.Bidi_Control, c) {
			return -1
		}
		return c
	}, name)
	name = strings.TrimSpace(name)
	if name == "." || name == ".." {
		return ""
	}
	if all := []rune(name); len(all) > longestPhotoName {
		name = strings.TrimSpace(string(all[:longestPhotoName]))
	}
	return name
}
