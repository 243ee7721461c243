package pages

import (
	"strings"
	"testing"
	"time"
)

func TestNotices(t *testing.T) {
	t.Parallel()
	visit := Visit{Who: "ハナ", Ticket: testTicket, App: "Demo"}
	for _, test := range []struct {
		notice Notice
		words  string
		back   string // where the link leads, and what it says
	}{
		{NotFound(visit), "ページが見つかりません", "/fit/?ticket=" + testTicket + " トップページへ"},
		{LinkingOver(visit), "この連携の受付は終了しました", "/fit/ トップページへ"},
		{TooMany(visit, 45*time.Second), "45秒後に、もう一度お試しください。", "/fit/?ticket=" + testTicket + " トップページへ"},
		{Foreign(visit), "送信を受け付けられませんでした", "/fit/?ticket=" + testTicket + " トップページへ"},
		{Failed(visit, "7h3k9xw2pd"), "お問い合わせ番号: 7h3k9xw2pd", "/fit/?ticket=" + testTicket + " トップページへ"},
		{Notice{Heading: "見出し", Words: "言葉", Back: "/fit/signin", BackLabel: "ログインへ"}, "言葉", "/fit/signin ログインへ"},
	} {
		d, _ := written(t, test.notice)
		main := d.all("main")[0]
		if !strings.Contains(text(main), test.words) {
			t.Errorf("%s, want %s", text(main), test.words)
		}
		link := within(main, "a")[0]
		if got := attr(link, "href") + " " + text(link); got != test.back {
			t.Errorf("%s: the way back is %s, want %s", test.notice.Heading, got, test.back)
		}
		if test.notice.Reference == "" && strings.Contains(text(main), "お問い合わせ番号") {
			t.Errorf("%s: a reference without there being one", test.notice.Heading)
		}
	}
}

// Nobody is told to come back too early.
func TestWaits(t *testing.T) {
	t.Parallel()
	for wait, want := range map[time.Duration]string{
		-time.Second:            "1秒",
		0:                       "1秒",
		1500 * time.Millisecond: "2秒",
		90 * time.Second:        "90秒",
		91 * time.Second:        "約2分",
		5 * time.Minute:         "約5分",
		301 * time.Second:       "約6分",
		time.Hour:               "約60分",
	} {
		if got := inJapanese(wait); got != want {
			t.Errorf("%v: %s, want %s", wait, got, want)
		}
	}
}
