package main

import (
	"bytes"
	"errors"
	"fmt"
	"image"
	"image/jpeg"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
)

// loads are what a gateway is asked for too often: from what costs it next to
// nothing to what costs it most.
var loads = []struct {
	name  string
	begin func(*siege) (load, error)
}{
	{"one customer", reading},
	{"a password that is checked", signingIn},
	{"a picture never drawn before", drawing},
	{"a photo of 12 megapixels", uploading},
}

// from is the n-th client's address.
func addressOf(n int) string { return fmt.Sprintf("10.1.%d.%d", n>>8&255, n&255) }

// callers are how many addresses the clients have.
const callers = 200

func reading(*siege) (load, error) {
	return load{clients: 32, call: func(n int) call {
		return call{operation: "detail", path: "/user/detail?id=1&" + shopQuery, header: []string{"X-Forwarded-For", addressOf(n % callers)}, judge: judgeShop}
	}}, nil
}

// signingIn are people whose passwords are right, each of which is hashed.
func signingIn(s *siege) (load, error) {
	return load{clients: 16, call: func(n int) call {
		address := addressOf(n / 2 % callers)
		if n%2 == 0 {
			return s.issue("example@example.com", "example_a", address)
		}
		return call{
			operation: "get_usertoken", crm: true, path: "/Get_UserToken.aspx?user_loginid=okamoto&user_pasword=okamoto1",
			header: append(s.cookie(), "X-Forwarded-For", address), judge: judgePage("Get_UserToken"),
		}
	}}, nil
}

// uploading are members who send a photo of 12 megapixels each.
func uploading(s *siege) (load, error) {
	photo, err := photograph(4000, 3000)
	return load{clients: 16, patience: 3 * patience, call: func(n int) call {
		i := n % len(s.albums)
		return call{
			operation: "upload", method: http.MethodPost, path: "/api/v2/photos?ci=" + s.albums[i], body: photo,
			header: []string{"Content-Type", "image/jpeg", "Authorization", "Bearer " + s.members[i], "X-Forwarded-For", addressOf(n % callers)}, judge: judgeCloak,
		}
	}}, err
}

// photograph is a photo with something in it, and small as a file: what costs the
// gateway are its pixels.
func photograph(width, height int) ([]byte, error) {
	picture := image.NewYCbCr(image.Rect(0, 0, width, height), image.YCbCrSubsampleRatio420)
	for y := range height {
		for x := range width {
			picture.Y[y*picture.YStride+x] = byte(x*255/width) ^ byte(x>>5*y>>6&31)
		}
	}
	for i := range picture.Cb {
		picture.Cb[i], picture.Cr[i] = byte(i%picture.CStride*255/picture.CStride), 120
	}
	var file bytes.Buffer
	err := jpeg.Encode(&file, picture, &jpeg.Options{Quality: 80})
	return file.Bytes(), err
}

// What the starter catalogue has to wear, of which each combination is a picture
// that nobody has seen.
var (
	styles  = strings.Fields("2896057427768491 8196192308914309 4511530878628790 1690305595530395 5643167691339497 6792752985487478 1042556644224991 7772087551246064")
	tops    = strings.Fields("1072553905130166 2477118546696151 1062569448713431 6249415452020808 1817628619509484 1758061589225024 8402594011502630 3579524865452839 4832013460037706 5805290501509729")
	bottoms = strings.Fields("4810461431375847 891682035676042 6161857386418702 1516432359607535 5990427406000941 7258575596383877 192346956510444 1763833457998035 8496113917811585 6711729659183634")
	shoes   = strings.Fields("6214732461966244 4404473247345905 6847549155791611 7921784395914455 324147667475097 6409952067218363 2306075034232779 6367284510592419")
)

// drawing are people who look at avatars in clothes that nobody has worn before. A
// picture that was refused is asked for again.
func drawing(s *siege) (load, error) {
	seconds := s.t.lastingPart(pressing, pressingAtLeast) + 3*s.t.lastingPart(measuring, measuringAtLeast)
	pictures := make(chan string, 200_000)
	if err := s.dress(int(seconds.Seconds())*40, pictures); err != nil {
		return load{}, fmt.Errorf("dressing guests: %w", err)
	}
	some := <-pictures
	return load{
		clients: 16,
		call: func(n int) call {
			path := some
			select {
			case path = <-pictures:
			default: // all are being drawn
			}
			return call{operation: "picture", path: path, header: []string{"X-Forwarded-For", addressOf(n % callers)}, judge: judgePicture}
		},
		after: func(k call, v verdict) {
			if v != done {
				pictures <- k.path
			}
		},
	}, nil
}

// dress has guests wear so many outfits one after the other, and gives the paths of
// the moving pictures.
func (s *siege) dress(outfits int, pictures chan<- string) error {
	each := outfits/len(styles) + 1
	var dressing sync.WaitGroup
	var failed atomic.Pointer[error]
	for _, style := range styles {
		dressing.Go(func() {
			if err := s.dressOne(style, each, pictures); err != nil {
				failed.Store(&err)
			}
		})
	}
	dressing.Wait()
	if err := failed.Load(); err != nil {
		return *err
	}
	return nil
}

// dressOne has one guest wear outfits with hair that no other guest has.
func (s *siege) dressOne(style string, outfits int, pictures chan<- string) error {
	client := newHTTPClient()
	defer client.CloseIdleConnections()
	do := func(method, path string) (answer, error) {
		separator := "?"
		if strings.Contains(path, "?") {
			separator = "&"
		}
		a, err := s.g.send(client, call{method: method, path: "/avatar/v1/" + path + separator + "key=" + siegeKey})
		if err == nil && judgeAvatarPlay(a) != done && a.status != http.StatusConflict { // it is worn already, and stays on
			err = fmt.Errorf("%s is answered %s", path, a)
		}
		return a, err
	}
	a, err := do(http.MethodPost, "Guest?scope=AvatarLoad,ItemGrant")
	if err != nil {
		return err
	}
	guest := "Avatar/" + numberIn(a, "avatarId")
	for items := range slices.Chunk(slices.Concat([]string{style}, tops, bottoms, shoes), 10) {
		if _, err = do(http.MethodPost, guest+"/Items?itemId="+strings.Join(items, "&itemId=")); err != nil {
			return err
		}
	}
	worn := map[int]string{}
	wear := func(part int, item string) {
		if worn[part] != item && err == nil {
			worn[part] = item
			_, err = do(http.MethodPost, guest+"/FittingRoom/Select?item_id="+item)
		}
	}
	for n := range outfits {
		wear(0, style)
		wear(1, tops[n/len(shoes)/len(bottoms)%len(tops)])
		wear(2, bottoms[n/len(shoes)%len(bottoms)])
		wear(3, shoes[n%len(shoes)])
		if err == nil {
			_, err = do(http.MethodPost, guest+"/FittingRoom/Commit")
		}
		if err != nil {
			return err
		}
		if a, err = do(http.MethodGet, guest); err != nil {
			return err
		}
		_, path, ok := strings.Cut(textIn(a, "avatarImageUrl"), "/avatar/images/")
		if !ok {
			return errors.New("an avatar has no picture: " + a.String())
		}
		pictures <- "/avatar/images/" + path
	}
	return nil
}
