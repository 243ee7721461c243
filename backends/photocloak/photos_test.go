package photocloak

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	stdimage "image"
	"image/color"
	"image/jpeg"
	"io"
	"mime/multipart"
	"net/http"
	"net/http/httptest"
	"net/textproto"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/uptrace/bun"
	"go.uber.org/zap"

	"sekisho/backends/kit"
	"sekisho/backends/kit/kittest"
	"sekisho/backends/photocloak/thumbnail"
	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/observe"
	"sekisho/caddymodules/serve"
	"sekisho/caddymodules/stores"
)

// house is PhotoCloak without Caddy and without chores, over stores that a test
// may break.
type house struct {
	*api
	service *service
}

func newHouse(t testing.TB, s *stores.Stores) *house {
	t.Helper()
	addMembers(t, s)
	options := new(Handler)
	options.setDefaults()
	svc := &service{
		store:    store{s.SQL},
		sessions: s.Sessions,
		counters: s.Counters,
		blobs:    s.Blobs,
		seal:     s.Seal,
		photos:   thumbnail.NewBudget(defaultDecodeMemory),
		uploads:  make(chan struct{}, uploadsAtOnce),
		rules:    options.rules(),
		log:      zap.NewNop(),

		uploadShares: newShares(uploadsOfOne),
		adding:       newShares(1),
		verified:     kit.NewVerified(),
	}
	var err error
	if svc.sent, err = newUploadSeries(s, prometheus.NewRegistry()); err != nil {
		t.Fatal(err)
	}
	metrics := observe.New()
	server := &serve.Server{API: svc.api(), Metrics: metrics.Serves("photocloak", nil, nil), Log: zap.NewNop(), Lease: func() func() { return func() {} }}
	guarded := &testGuard{store{s.SQL}}
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		err := guarded.ServeHTTP(w, r, caddyhttp.HandlerFunc(func(w http.ResponseWriter, r *http.Request) error {
			return server.ServeHTTP(w, r, caddyhttp.HandlerFunc(func(http.ResponseWriter, *http.Request) error {
				return errors.New("no such path")
			}))
		}))
		if err != nil {
			t.Error(err)
		}
	})
	return &house{&api{t: t, handler: kittest.Described(t, handler, openAPI), stores: s}, svc}
}

// memberID gives the id of a member by their mail address.
func (h *house) memberID(mail string) int64 {
	h.t.Helper()
	m, err := h.service.store.memberByMail(h.t.Context(), mail)
	if err != nil || m.ID == 0 {
		h.t.Fatalf("member %s: %v", mail, err)
	}
	return m.ID
}

var numbers atomic.Int64

// addCloak makes an open, public cloak of umiyama's that ends in a day, as
// change wants it.
func (h *house) addCloak(change func(*cloak)) cloak {
	h.t.Helper()
	now := clock.Now().UnixMilli()
	c := cloak{
		MemberID: h.memberID(umiyama), Name: "海", Prefix: "ume", No: numbers.Add(1), Status: statusPublic,
		CreatedAt: now, UpdatedAt: now, PublishedAt: now, EndsAt: now + 24*60*60*1000,
	}
	if change != nil {
		change(&c)
	}
	h.write(func(ctx context.Context, tx bun.Tx) error {
		if _, err := tx.NewInsert().Model(&c).Exec(ctx); err != nil {
			return err
		}
		_, err := tx.NewRaw("INSERT INTO photocloak_cloak_views (cloak_id, views) VALUES (?, 0)", c.ID).Exec(ctx)
		return err
	})
	return c
}

// changeCloak sets columns of a cloak.
func (h *house) changeCloak(id int64, set string, args ...any) {
	h.t.Helper()
	h.write(func(ctx context.Context, tx bun.Tx) error {
		_, err := tx.NewUpdate().Model((*cloak)(nil)).Set(set, args...).Where("id = ?", id).Exec(ctx)
		return err
	})
}

func (h *house) write(do func(ctx context.Context, tx bun.Tx) error) {
	h.t.Helper()
	if err := h.stores.SQL.Write(stores.Unhurried(h.t.Context()), do); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) cloak(id int64) cloak {
	h.t.Helper()
	c, err := h.service.store.cloak(h.t.Context(), id)
	if err != nil {
		h.t.Fatal(err)
	}
	return c
}

// images gives the rows of all images, by id.
func (h *house) images() (images []image) {
	h.t.Helper()
	err := h.stores.SQL.Read(h.t.Context(), func(ctx context.Context, db bun.IDB) error {
		images = nil
		return db.NewSelect().Model(&images).Order("id").Scan(ctx)
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return images
}

// views gives the view count of a cloak or image.
func (h *house) views(table, column string, id int64) (views int64) {
	h.t.Helper()
	err := h.stores.SQL.Read(h.t.Context(), func(ctx context.Context, db bun.IDB) error {
		return db.NewSelect().Table(table).Column("views").Where("? = ?", bun.Ident(column), id).Scan(ctx, &views)
	})
	if err != nil {
		h.t.Fatal(err)
	}
	return views
}

func (h *house) imageViews(id int64) int64 { return h.views("photocloak_image_views", "image_id", id) }

func (h *house) cloakViews(id int64) int64 { return h.views("photocloak_cloak_views", "cloak_id", id) }

// blobs gives the keys of all files in the store.
func (h *house) blobs() []string {
	h.t.Helper()
	found, err := h.stores.Blobs.List(h.t.Context(), "", "", 1000)
	if err != nil {
		h.t.Fatal(err)
	}
	keys := make([]string, len(found))
	for i, info := range found {
		keys[i] = info.Key
	}
	return keys
}

// token gives a token that opens a cloak.
func (h *house) token(c cloak) string {
	h.t.Helper()
	token, err := h.service.issueCloakToken(h.t.Context(), c)
	if err != nil {
		h.t.Fatal(err)
	}
	return token
}

// uploadRaw sends a photo as the body itself.
func (h *house) uploadRaw(member string, cloakID int64, photo []byte, headers ...string) answer {
	h.t.Helper()
	return h.sendBody(member, fmt.Sprintf("?ci=%d", cloakID), "image/jpeg", bytes.NewReader(photo), headers...)
}

func (h *house) sendBody(member, query, contentType string, body io.Reader, headers ...string) answer {
	h.t.Helper()
	r := httptest.NewRequest(http.MethodPost, "/api/v2/photos"+query, body)
	r.Header.Set("Content-Type", contentType)
	if member != "" {
		r.Header.Set("X-Test-Member", member)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	return h.do(r)
}

// mustUpload gives the image that an upload by umiyama made.
func (h *house) mustUpload(member string, cloakID int64, photo []byte, headers ...string) image {
	h.t.Helper()
	got := h.uploadRaw(member, cloakID, photo, headers...)
	if got.status != 200 {
		h.t.Fatalf("uploading: %d %s", got.status, got.body)
	}
	images := h.images()
	last := images[len(images)-1]
	if want := fmt.Sprintf(`{"CloakImageID":"%d"}`, last.ID); got.body != want {
		h.t.Fatalf("uploading: %s, want %s", got.body, want)
	}
	return last
}

// formPart is a part of a multipart body: a field, or a file.
type formPart struct{ name, file, contentType, content string }

// multipartBody writes a multipart body as a browser does.
func multipartBody(t testing.TB, parts ...formPart) (contentType string, body []byte) {
	t.Helper()
	var b bytes.Buffer
	w := multipart.NewWriter(&b)
	for _, p := range parts {
		header := textproto.MIMEHeader{}
		disposition := `form-data; name="` + p.name + `"`
		if p.file != "" {
			disposition += `; filename="` + p.file + `"`
		}
		header.Set("Content-Disposition", disposition)
		if p.contentType != "" {
			header.Set("Content-Type", p.contentType)
		}
		part, err := w.CreatePart(header)
		if err == nil {
			_, err = io.WriteString(part, p.content)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return w.FormDataContentType(), b.Bytes()
}

func (h *house) uploadParts(member, query string, parts ...formPart) answer {
	h.t.Helper()
	contentType, body := multipartBody(h.t, parts...)
	return h.sendBody(member, query, contentType, bytes.NewReader(body))
}

// drawJPEG draws a photo whose pixels depend on shade.
func drawJPEG(t testing.TB, width, height int, shade byte) []byte {
	t.Helper()
	picture := stdimage.NewRGBA(stdimage.Rect(0, 0, width, height))
	for y := range height {
		for x := range width {
			picture.Set(x, y, color.RGBA{byte(x), byte(y), shade, 255})
		}
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, picture, nil); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// padJPEG makes a photo exactly size bytes long, with comments in it.
func padJPEG(photo []byte, size int) []byte {
	padded := bytes.Clone(photo[:2])
	for missing := size - len(photo); missing > 0; {
		segment := min(missing, 65537)
		if rest := missing - segment; rest > 0 && rest < 4 {
			segment -= 4 // what remains must be a segment, too
		}
		padded = append(padded, 0xff, 0xfe, byte((segment-2)>>8), byte(segment-2))
		padded = append(padded, make([]byte, segment-4)...)
		missing -= segment
	}
	return append(padded, photo[2:]...)
}

// brokenBlobs are blobs of which some calls fail.
type brokenBlobs struct {
	stores.Blobs
	put, get func(key string) error
}

var errBroken = errors.New("the disk is on fire")

func (b brokenBlobs) Put(ctx context.Context, key string, r io.Reader) error {
	if b.put != nil {
		if err := b.put(key); err != nil {
			return err
		}
	}
	return b.Blobs.Put(ctx, key, r)
}

func (b brokenBlobs) Get(ctx context.Context, key string, offset, length int64) (io.ReadCloser, stores.BlobInfo, error) {
	if b.get != nil {
		if err := b.get(key); err != nil {
			return nil, stores.BlobInfo{}, err
		}
	}
	return b.Blobs.Get(ctx, key, offset, length)
}

func (b brokenBlobs) Stat(ctx context.Context, key string) (stores.BlobInfo, error) {
	if b.get != nil {
		if err := b.get(key); err != nil {
			return stores.BlobInfo{}, err
		}
	}
	return b.Blobs.Stat(ctx, key)
}

// want holds an answer against a status and the code of its one error.
func (a answer) want(t testing.TB, what string, status int, code string) {
	t.Helper()
	if a.status != status || !strings.HasPrefix(a.body, `{"errors":[{"errorCode":"`+code+`",`) {
		t.Errorf("%s: %d %s, want %d %s", what, a.status, a.body, status, code)
	}
}

func (a answer) wantEmpty(t testing.TB, what string) {
	t.Helper()
	if a.status != 200 || a.body != "" || a.header.Get("Content-Length") != "0" {
		t.Errorf("%s: %d %q, want 200 and nothing", what, a.status, a.body)
	}
}

func query(pairs ...any) string {
	values := url.Values{}
	for i := 0; i+1 < len(pairs); i += 2 {
		values.Set(pairs[i].(string), fmt.Sprint(pairs[i+1]))
	}
	return values.Encode()
}

func decodeConfig(t testing.TB, photo string) stdimage.Config {
	t.Helper()
	config, err := jpeg.DecodeConfig(strings.NewReader(photo))
	if err != nil {
		t.Errorf("what should be a JPEG file: %v", err)
	}
	return config
}
