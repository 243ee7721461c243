package avatarplay

import (
	"context"
	"regexp"
	"testing"

	"sekisho/backends/kit/kittest"
	"sekisho/caddymodules/serve"
	"sekisho/caddymodules/stores"
	"sekisho/caddymodules/stores/storetest"
)

// random is what no two runs have alike.
var random = kittest.Random{
	"guest":   regexp.MustCompile(`"avatarId":([0-9]{9,16}),"avatarImageUrl":"[^"]*","avatarNonAnimationImageUrl":"[^"]*","faceImageUrl":"[^"]*","guest":true,"status":200}$`),
	"picture": regexp.MustCompile(`/avatar/images/([0-9a-f]{32}(?:-[0-9a-f]{32})?)`),
	"ticket":  regexp.MustCompile(`ticket=([0-9a-f]{64})`),
}

// The documented operations and every error that an app can provoke alone, as
// one conversation. Every combination of stores gives the same bytes.
func TestDocumented(t *testing.T) {
	storetest.Each(t, func(t *testing.T, s *stores.Stores) {
		if err := loadDemo(context.Background(), s); err != nil {
			t.Fatal(err)
		}
		storetest.Widen(t, s)
		kittest.Converse(t, "testdata/documented.txt", kittest.To(gateway(t, s)), random)
	})
}

// The document's examples of its definitions, word for word: what old clients
// parse.
func TestDefinitions(t *testing.T) {
	const gif = "https://example.com/avatar.gif"
	for _, c := range []struct {
		answer any
		want   string
	}{
		{echoAnswer{Message: "hello"}, `{"message":"hello"}`},
		{echoAnswer{}, `{"message":""}`},
		{
			avatarAnswer{1234567890, gif, gif, "https://example.com/face.gif", true, 200},
			`{"avatarId":1234567890,"avatarImageUrl":"https://example.com/avatar.gif",` +
				`"avatarNonAnimationImageUrl":"https://example.com/avatar.gif","faceImageUrl":"https://example.com/face.gif","guest":true,"status":200}`,
		},
		{avatarAnswer{AvatarID: 1, Status: 401}, `{"avatarId":1,"guest":false,"status":401}`},
		{coordAnswer{1234567890, "https://example.com/coord.gif"}, `{"coordId":1234567890,"coordImageUrl":"https://example.com/coord.gif"}`},
		{
			itemAnswer{false, 1234567890, "https://example.com/thumbnail.png"},
			`{"have":false,"itemId":1234567890,"thumbnailUrl":"https://example.com/thumbnail.png"}`,
		},
		{itemResult{1234567890, 200}, `{"itemId":1234567890,"status":200}`},
		{
			fittingRoomItem{1234567890, true, "https://example.com/thumbnail.png"},
			`{"itemId":1234567890,"selectable":true,"thumbnailUrl":"https://example.com/thumbnail.png"}`,
		},
		{urlAnswer{"https://sdk.avatarplay3d.com/fit/lp"}, `{"url":"https://sdk.avatarplay3d.com/fit/lp"}`},
		{
			accessTokenAnswer{"d030073d5d1", 1234567890, "AvatarLoad,ItemGrant", "Bearer"},
			`{"accessToken":"d030073d5d1","avatarId":1234567890,"scope":"AvatarLoad,ItemGrant","tokenType":"Bearer"}`,
		},
		{
			refusal(notInteger("avatarId", "abc")),
			`{"error":{"code":400,"errors":[{"domain":"global","message":"String 'abc' not a valid integer","reason":"badRequest"}],"message":"Invalid string value"}}`,
		},
	} {
		if got, err := serve.Encode(c.answer); err != nil || string(got) != c.want {
			t.Errorf("%s, want %s (%v)", got, c.want, err)
		}
	}
}
