package photocloak

import (
	"bytes"
	picture "image"
	"image/jpeg"
	"net/http"
	"regexp"
	"testing"

	"sekisho/backends/kit/kittest"
	"sekisho/caddymodules/stores/storetest"
)

// uploads are photos as clients send them, after another log-in, and a look at the
// cloak that is in the making.
var uploads = []string{
	"POST /api/v2/auth/token\nContent-Type: application/x-www-form-urlencoded\nAuthorization: Basic ZGVtby1jbGllbnQ6ZGVtby1zZWNyZXQ=\n\n" +
		"grant_type=password&username=umiyama@example.com&password=umiyama1",
	"POST /api/v2/photos?ci=1\nContent-Type: image/jpeg\nAuthorization: Bearer {access}\n\n" + tinyPhoto,
	"POST /api/v2/photos\nContent-Type: multipart/form-data; boundary=b\nAuthorization: Bearer {access}\n\n" +
		"--b\r\nContent-Disposition: form-data; name=\"f\"; filename=\"海.jpg\"\r\nContent-Type: image/jpeg\r\n\r\n" + tinyPhoto +
		"\r\n--b\r\nContent-Disposition: form-data; name=ci\r\n\r\n1\r\n--b--\r\n",
	"GET /api/v2/cloaks?ci=3\nAuthorization: Bearer {access}",
	"GET /api/v2/photos?ci=1&cd=4&ps=2\nRange: bytes=0-9\nIf-Modified-Since: Mon, 02 Jan 2006 15:04:05 GMT",
}

// tinyPhoto is 1 by 1 pixel.
var tinyPhoto = func() string {
	var file bytes.Buffer
	if err := jpeg.Encode(&file, picture.NewGray(picture.Rect(0, 0, 1, 1)), nil); err != nil {
		panic(err)
	}
	return file.String()
}()

// Whatever is sent for a cloak or a photo, the answer is one of openapi.yaml's,
// none comes of a failure of ours, and none tells of a cloak that another member
// has not published.
func FuzzRequests(f *testing.F) {
	const hidden = "kept-from-strangers"
	kittest.FuzzRequests(f, kittest.Fuzzed{
		Open: func(t testing.TB) http.Handler {
			s := storetest.Open(t, storetest.Embedded)
			if err := loadDemo(t.Context(), s); err != nil {
				t.Fatal(err)
			}
			unpublished := published(hidden)
			unpublished.Status, unpublished.MemberID, unpublished.Description = statusMaking, memberID(t, s, yamada), hidden
			addAlbum(t, s, unpublished, []string{hidden})
			const limits = "limits {\nper_address 10000 1s\nper_account 10000 1s\nper_source 10000 1s\n}\n"
			return kittest.Described(t, storetest.Gateway(t, s, `oauth2_token {
				paths /api/v2/auth/token /oauth2/token
				members photocloak
				client_`+limits+`
				member_`+limits+`
			}
			oauth2_bearer {
				members photocloak
			}
			photocloak {
				`+limits+`
			}`), openAPI)
		},
		Examples: "testdata/documented.txt",
		More:     uploads,
		Random:   random,
		Failed:   regexp.MustCompile(`"internal_error"|"server_error"`),
		Hidden:   []string{hidden},
	})
}
