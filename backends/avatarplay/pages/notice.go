package pages

import (
	"fmt"
	"math"
	"time"
)

// Notice is a page that only tells something, with a way back.
type Notice struct {
	Visit
	Heading   string
	Words     string
	Reference string // by which the log tells what happened, "" for none
	Back      string // path of the site, to which the ticket is added; "" for the top
	BackLabel string // what the link says, "" for トップページへ
}

func (Notice) file() string { return "notice" }

// NotFound is for a path of the site that does not exist.
func NotFound(v Visit) Notice {
	return Notice{
		Visit: v, Heading: "ページが見つかりません",
		Words: "アドレスが間違っているか、ページがなくなった可能性があります。",
	}
}

// LinkingOver is for a ticket that has expired, was used or never was. The
// visit's ticket is dropped.
func LinkingOver(v Visit) Notice {
	v.Ticket, v.App = "", ""
	return Notice{
		Visit: v, Heading: "この連携の受付は終了しました",
		Words: "受付の時間が過ぎたか、手続きがすでに終わっています。お使いのアプリに戻り、もう一度はじめからお試しください。",
	}
}

// TooMany is for who has to wait: too many wrong passwords or sign-ups.
func TooMany(v Visit, wait time.Duration) Notice {
	return Notice{
		Visit: v, Heading: "しばらくお待ちください",
		Words: "操作の回数が多すぎるため、受け付けを止めています。" + inJapanese(wait) + "後に、もう一度お試しください。",
	}
}

// inJapanese is a time to wait: 45秒, 約5分; never less than it is.
func inJapanese(wait time.Duration) string {
	seconds := max(1, int(math.Ceil(wait.Seconds())))
	if seconds <= 90 {
		return fmt.Sprintf("%d秒", seconds)
	}
	return fmt.Sprintf("約%d分", (seconds+59)/60)
}

// Foreign is for a form whose token is missing or old, or that another site
// sent.
func Foreign(v Visit) Notice {
	return Notice{
		Visit: v, Heading: "送信を受け付けられませんでした",
		Words: "ページを開いてから時間がたったか、ほかのサイトから送信された可能性があります。ページを開き直して、もう一度お試しください。",
	}
}

// Failed is for a failure of ours; reference is what the log knows it by.
func Failed(v Visit, reference string) Notice {
	return Notice{
		Visit: v, Heading: "ただいまご利用になれません", Reference: reference,
		Words: "申し訳ありません。処理の途中で問題が起きました。時間をおいて、もう一度お試しください。",
	}
}
