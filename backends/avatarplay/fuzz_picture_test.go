package avatarplay

import (
	"path"
	"strings"
	"testing"
)

// A picture's name that is taken says what it says and no more, and is a file in
// the folder of the pictures.
func FuzzPictureName(f *testing.F) {
	const look, motion = "0123456789abcdef0123456789abcdef", "fedcba9876543210fedcba9876543210"
	for _, name := range []string{
		look + ".gif", look + ".png", look + "-face.gif", look + "-" + motion + ".gif", look + "-" + motion + ".png", look + ".gif\n", look + "..gif",
		"nothing.gif", "", "../" + look + ".gif", strings.ToUpper(look) + ".gif", look + "%2egif", look + ".gif::$DATA",
	} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		o, ok := parseName(name)
		if !ok {
			if o != (order{}) {
				t.Errorf("%q is refused and read as %+v", name, o)
			}
			return
		}
		endings := map[string]string{kindMoving: "-" + o.motion + ".gif", kindFace: "-face.gif", kindStill: ".gif", kindThumbnail: ".png"}
		if o.name != name || o.look+endings[o.kind] != name || (o.motion != "") != (o.kind == kindMoving) {
			t.Errorf("%q is read as %+v", name, o)
		}
		if key := pictureKey(name); path.Clean(key) != key || path.Dir(path.Dir(key)) != "avatarplay/pictures" {
			t.Errorf("%q is kept as %q", name, key)
		}
	})
}
