package acceptance

import (
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"sekisho/caddymodules/stores/storetest"
	"sekisho/caddymodules/stores/storetest/servers"
)

// People link their avatars to an app, in a real browser, on a phone and at a
// desk: what they see, and what the app is then told.
func TestAvatarPlayInABrowser(t *testing.T) {
	chromium := startBrowser(t)
	g := startGateway(t)
	app := newPartner(t, g, "ひろばチャット")
	for _, s := range screens {
		t.Run(s.name, func(t *testing.T) {
			f := &fit{g, app, chromium, s}
			t.Run("a newcomer links, dresses and cuts the link", f.newcomer)
			t.Run("a guest becomes a user", f.guest)
			t.Run("with the keyboard alone", f.keyboard)
			t.Run("without a script", f.withoutScript)
			t.Run("in two tabs", f.twoTabs)
			t.Run("what is refused", f.refusals)
		})
	}
	t.Run("during an outage", func(t *testing.T) { fitDuringAnOutage(t, chromium) })
}

// fit is the dress-up site on one screen.
type fit struct {
	g       *gateway
	app     *partner
	browser *browser
	screen  screen
}

const fitPassword = "umbrella-2026"

func (f *fit) visitor(t *testing.T) *person {
	t.Helper()
	beyond, _, _ := strings.Cut(f.app.back, "/linked")
	return f.browser.visitor(t, f.screen, f.g.url, beyond+"/")
}

// login is the login of somebody on this screen.
func (f *fit) login(name string) string { return name + "@" + f.screen.name }

// signsUp fills in the form of the sign-up, and comes to the dressing page.
func (f *fit) signsUp(p *person, login, nickname string) {
	p.t.Helper()
	p.enters("ログインID", f.login(login))
	p.enters("ニックネーム", nickname)
	p.enters("パスワード", fitPassword)
	p.goes("button", "登録する", "/fit/dress")
	p.reads(nickname + " さん")
}

// signsIn fills in the form of the sign-in, and comes to a page.
func (f *fit) signsIn(p *person, login, to string) {
	p.t.Helper()
	p.enters("ログインID", f.login(login))
	p.enters("パスワード", fitPassword)
	p.goes("button", "ログイン", to)
}

// picture is the address of the avatar's picture on the dressing page, "" while it
// is on its way.
func picture(p *person) string {
	p.t.Helper()
	return ask[string](p, `document.getElementById("avatar").currentSrc`)
}

// turns waits until the picture is another one, without a page having been
// loaded for it, and gives its address.
func turns(p *person, doing func()) (address string) {
	p.t.Helper()
	before := picture(p)
	ask[chromedp.Void](p, "globalThis.samePage = true")
	doing()
	p.until("the picture is another one", func() bool {
		address = picture(p)
		return address != before && address != ""
	})
	if !ask[bool](p, "globalThis.samePage === true") {
		p.t.Error("a page was loaded for it")
	}
	return address
}

// isPressed waits until a button is pressed, or not.
func isPressed(p *person, name string, pressed bool) {
	p.t.Helper()
	button := p.find("button", name)
	p.until(fmt.Sprintf("%s is pressed: %t", name, pressed), func() bool {
		return button.attribute("aria-pressed") == strconv.FormatBool(pressed)
	})
}

// canPress waits until a button can be pressed, or cannot.
func canPress(p *person, name string, can bool) {
	p.t.Helper()
	button := p.find("button", name)
	p.until(fmt.Sprintf("%s can be pressed: %t", name, can), func() bool {
		return (button.attribute("aria-disabled") == "true") != can
	})
}

func (f *fit) newcomer(t *testing.T) {
	p := f.visitor(t)
	p.opens("/fit/", "/fit/")
	p.reads("わたしらしく、着せ替えよう。")
	p.looks("landing")

	l := f.app.connect()
	p.opens(l.address, "/fit/lp")
	p.reads("「ひろばチャット」と連携します")
	p.looks("landing-app")
	f.findsFaultsSigningUp(p)
	f.triesOn(p)

	p.presses("button", "ボーダーカットソー")
	p.goes("button", "保存して連携の確認へ", "/fit/consent")
	p.reads("「ひろばチャット」と連携しますか？", "アバター画像の表示", "アイテムの付与", "ゆき さん", strings.TrimSuffix(p.beyond[len("http://"):], "/"))
	if strings.Contains(p.text(), "ゲストのアイテム") {
		t.Error("a newcomer is told of a guest's items")
	}
	p.looks("consent")
	p.goes("button", "許諾する", f.app.back)
	avatar := l.linked()

	f.savesForTheApp(p, avatar)
	f.refuses(p)
	f.linksAgain(p, avatar)
	f.cuts(p, avatar)
	f.signsOut(p)
}

// findsFaultsSigningUp makes every mistake once before it signs up.
func (f *fit) findsFaultsSigningUp(p *person) {
	p.goes("link", "はじめての方（新規登録）", "/fit/signup")
	p.looks("signup")
	p.enters("ログインID", "あ")
	p.enters("ニックネーム", "ゆき")
	p.enters("パスワード", "short")
	p.goesRefused(http.StatusBadRequest, "button", "登録する")
	p.reads("入力内容をご確認ください", "4〜60文字で入力してください。", "パスワードは8〜100文字で入力してください。")
	if role := ask[string](p, `document.activeElement.getAttribute("role") ?? ""`); role != "alert" {
		p.t.Errorf("the focus is on a %q, not on what was wrong", role)
	}
	if title := ask[string](p, "document.title"); !strings.HasPrefix(title, "エラー: ") {
		p.t.Errorf("the title is %s", title)
	}
	for label, want := range map[string]string{"ログインID": "あ", "ニックネーム": "ゆき", "パスワード": ""} {
		if got := of[string](p.find("textbox", label), "function() { return this.value }"); got != want {
			p.t.Errorf("%s holds %q, want %q", label, got, want)
		}
	}
	p.looks("signup-errors")

	p.presses("button", "パスワードを表示")
	f.signsUp(p, "yuki", "ゆき")
	p.reads("「ひろばチャット」との連携の途中です")
	p.looks("dress-linking")
	for _, cookie := range call(p, "reading cookies", network.GetCookies, network.GetCookiesParams{}).Cookies {
		if !cookie.HTTPOnly || cookie.SameSite != network.CookieSameSiteLax || cookie.Path != "/" {
			p.t.Errorf("the cookie %s: %+v", cookie.Name, cookie)
		}
	}
}

// triesOn tries items on, one after the other and five at a time, and takes them
// all off again.
func (f *fit) triesOn(p *person) {
	first := picture(p)
	p.goes("link", "トップス", "/fit/dress")
	isPressed(p, "スターTシャツ（ホワイト）", true)
	second := turns(p, func() { p.presses("button", "ボーダーカットソー") })
	p.reads("試着しました")
	isPressed(p, "ボーダーカットソー", true)
	isPressed(p, "スターTシャツ（ホワイト）", false)
	if back := turns(p, func() { p.presses("button", "元に戻す") }); back != first || second == first {
		p.t.Errorf("undone, the picture is %s, not %s", back, first)
	}
	p.reads("ひとつ前に戻しました")
	canPress(p, "元に戻す", false)
	canPress(p, "保存する", false)

	f.tapsFast(p, first)
	p.goes("link", "顔", "/fit/dress")
	p.presses("button", "にこにこ 外せません")
	p.reads("これは外せません。ほかのものを選ぶと入れ替わります。")
	p.looks("dress-fixed")
	p.goes("link", "テイスト", "/fit/dress")
	turns(p, func() { p.presses("button", "げんき") })
	isPressed(p, "げんき", true)
	p.looks("dress-taste")
	p.presses("button", "元に戻す")
	isPressed(p, "のんびり", true)
	p.goes("link", "トップス", "/fit/dress")
}

// tapsFast puts five accessories on before the first is answered: all count, and
// so does each step back.
func (f *fit) tapsFast(p *person, first string) {
	five := []string{"リボンカチューシャ", "まるめがね", "チェックマフラー", "ショルダーバッグ", "ふうせん"}
	p.goes("link", "アクセサリー", "/fit/dress")
	p.slow(time.Second)
	p.presses("button", five...)
	if worn := ask[int](p, `document.querySelectorAll("button[name=item][aria-pressed=true]").length`); worn == len(five) {
		p.t.Error("the fifth tap came after all answers: the network is not slow")
	}
	for _, name := range five {
		isPressed(p, name, true)
	}
	p.slow(0)
	p.looks("dress-accessories")
	p.presses("button", slices.Repeat([]string{"元に戻す"}, len(five))...)
	p.until("everything is undone", func() bool { return picture(p) == first })
	canPress(p, "元に戻す", false)
	for _, name := range five {
		isPressed(p, name, false)
	}
}

// savesForTheApp holds what the app is told of an avatar against what the person
// sees, before and after they save.
func (f *fit) savesForTheApp(p *person, avatar int64) {
	before := f.app.avatar(avatar)
	if before.Status != http.StatusOK || before.Guest {
		p.t.Fatalf("the avatar is %+v", before)
	}
	p.opens("/fit/", "/fit/dress")
	if shown := picture(p); shown != before.AvatarImageURL {
		p.t.Errorf("the person sees %s, the app %s", shown, before.AvatarImageURL)
	}
	p.goes("link", "トップス", "/fit/dress")
	tried := turns(p, func() { p.presses("button", "まるえりブラウス") })
	if now := f.app.avatar(avatar); now != before {
		p.t.Errorf("what was not saved is %+v for the app", now)
	}
	p.presses("button", "保存する")
	p.reads("保存しました")
	canPress(p, "保存する", false)
	p.looks("dress-saved")
	now := f.app.avatar(avatar)
	if now.AvatarImageURL != tried || now.AvatarImageURL == before.AvatarImageURL {
		p.t.Errorf("the person sees %s, the app %+v", tried, now)
	}
	if still := turns(p, func() { p.presses("button", "動きを止める") }); still != now.AvatarNonAnimationImageURL {
		p.t.Errorf("standing still, the person sees %s, the app %+v", still, now)
	}
	if moving := turns(p, func() { p.presses("button", "動きを止める") }); moving != tried {
		p.t.Errorf("moving again, the person sees %s, not %s", moving, tried)
	}
}

// refuses is a person who does not consent; the address they came by is used up.
func (f *fit) refuses(p *person) {
	l := f.app.connect()
	p.opens(l.address, "/fit/consent")
	p.goes("button", "許諾しない", f.app.back)
	if told := l.came(); told.Encode() != "error=access_denied" {
		p.t.Errorf("a refusal led back with %v", told)
	}
	p.opensRefused(http.StatusGone, l.address)
	p.reads("この連携の受付は終了しました")
	p.looks("notice-over")
}

// linksAgain is a person who has linked to the app before.
func (f *fit) linksAgain(p *person, avatar int64) {
	l := f.app.connect()
	p.opens(l.address, "/fit/consent")
	p.goes("button", "許諾する", f.app.back)
	if again := l.linked(); again != avatar {
		p.t.Errorf("linked again, the avatar is %d, not %d", again, avatar)
	}
}

// cuts is a person who has enough of the app, and then links after all.
func (f *fit) cuts(p *person, avatar int64) {
	p.opens("/fit/", "/fit/dress")
	p.goes("link", "連携アプリ", "/fit/links")
	p.reads("ひろばチャット", "から連携中", "アバター画像の表示")
	p.looks("links")
	p.presses("DisclosureTriangle", "連携を解除 （ひろばチャット）")
	p.reads("あなたのアバターが表示されなくなります。")
	p.looks("links-cutting")
	p.goes("button", "解除する （ひろばチャット）", "/fit/links")
	p.reads("連携を解除しました", "連携しているアプリはありません。")
	p.looks("links-none")
	if cut := f.app.avatar(avatar); cut != (partnersAvatar{AvatarID: avatar, Status: http.StatusUnauthorized}) {
		p.t.Errorf("the link is cut, and the avatar is %+v", cut)
	}
	f.linksAgain(p, avatar)
	if again := f.app.avatar(avatar); again.Status != http.StatusOK {
		p.t.Errorf("linked after a cut, the avatar is %+v", again)
	}
}

// signsOut is a person at somebody else's machine: nothing is left to be seen.
func (f *fit) signsOut(p *person) {
	p.opens("/fit/dress", "/fit/dress")
	p.goes("button", "ログアウト", "/fit/")
	p.back()
	p.until("the page before asks for a login", func() bool { return ask[string](p, "location.pathname") == "/fit/signin" })
	if text := p.text(); strings.Contains(text, "ゆき") {
		p.t.Errorf("after signing out, the page before shows %s", text)
	}
	p.looks("signin")
}

// guest links somebody who was the app's guest: their items come along.
func (f *fit) guest(t *testing.T) {
	p := f.visitor(t)
	guest := f.app.guest()
	f.app.grant(guest.AvatarID, lockedAccessories(t, f.g)...)
	l := f.app.connect("avatarId", strconv.FormatInt(guest.AvatarID, 10))
	p.opens(l.address, "/fit/lp")
	p.goes("link", "はじめての方（新規登録）", "/fit/signup")
	f.signsUp(p, "hana", "花")
	p.goes("link", "連携の確認へ進む", "/fit/consent")
	p.reads("ゲストのアイテムを引き継ぎます")
	p.looks("consent-guest")
	p.goes("button", "許諾する", f.app.back)
	avatar := l.linked()

	if avatar == guest.AvatarID || !f.app.has(avatar, catEars) {
		t.Errorf("the guest %d became %d without the guest's items", guest.AvatarID, avatar)
	}
	if status, answer := f.app.ask(f.g, http.MethodGet, "Avatar/"+strconv.FormatInt(guest.AvatarID, 10)); status != http.StatusNotFound {
		t.Errorf("the guest's id is answered %d %s", status, answer)
	}
	p.opens("/fit/", "/fit/dress")
	p.goes("link", "アクセサリー", "/fit/dress")
	p.reads("1 / 2ページ")
	p.goes("link", "次へ", "/fit/dress")
	p.reads("2 / 2ページ")
	p.looks("dress-page-2")
	turns(p, func() { p.presses("button", "てんしのはね") })
	p.goes("link", "前へ", "/fit/dress")
	turns(p, func() { p.presses("button", "ねこみみ") })
	isPressed(p, "ねこみみ", true)
}

// keyboard links somebody who has an account, and neither mouse nor finger.
func (f *fit) keyboard(t *testing.T) {
	p := f.visitor(t)
	l := f.app.connect()
	p.opens(l.address, "/fit/lp")
	p.tabsTo("link", "ログイン")
	p.goesByEnter("/fit/signin")
	p.tabsTo("textbox", "ログインID")
	p.do("typing", chromedp.KeyEvent(f.login("yuki")))
	p.tabsTo("textbox", "パスワード")
	p.do("typing", chromedp.KeyEvent(fitPassword))
	p.goesByEnter("/fit/consent")
	p.tabsTo("link", "先に着せ替えをする")
	p.goesByEnter("/fit/dress")

	p.tabsTo("link", "ボトムス")
	p.goesByEnter("/fit/dress")
	p.tabsTo("button", "デニムショートパンツ")
	tried := turns(p, func() { p.do("pressing Space", chromedp.KeyEvent(" ")) })
	p.tabsTo("button", "チノパン（ベージュ）")
	turns(p, func() { p.do("pressing Enter", chromedp.KeyEvent(kb.Enter)) })
	p.untabsTo("button", "元に戻す")
	p.do("pressing Enter", chromedp.KeyEvent(kb.Enter))
	p.until("the picture is the one before", func() bool { return picture(p) == tried })
	p.tabsTo("button", "保存して連携の確認へ")
	p.goesByEnter("/fit/consent")
	p.tabsTo("button", "許諾する")
	p.goesByEnter(f.app.back)
	if now := f.app.avatar(l.linked()); now.AvatarImageURL != tried {
		t.Errorf("the person saw %s, the app sees %+v", tried, now)
	}
}

// withoutScript does by loading pages what the script does without.
func (f *fit) withoutScript(t *testing.T) {
	p := f.visitor(t).withoutScript()
	l := f.app.connect()
	p.opens(l.address, "/fit/lp")
	p.goes("link", "ログイン", "/fit/signin")
	f.signsIn(p, "hana", "/fit/consent")
	p.goes("link", "先に着せ替えをする", "/fit/dress")
	p.goes("link", "くつ", "/fit/dress")
	first := picture(p)
	p.goes("button", "スニーカー（ネイビー）", "/fit/dress")
	p.reads("試着しました")
	tried := picture(p)
	isPressed(p, "スニーカー（ネイビー）", true)
	p.goes("button", "元に戻す", "/fit/dress")
	if now := picture(p); now != first || tried == first {
		t.Errorf("undone, the picture is %s; it was %s, and %s meanwhile", now, first, tried)
	}
	p.goes("button", "スニーカー（ネイビー）", "/fit/dress")
	p.goes("button", "保存する", "/fit/dress")
	p.reads("保存しました")
	p.goes("link", "連携の確認へ進む", "/fit/consent")
	p.goes("button", "許諾する", f.app.back)
	if now := f.app.avatar(l.linked()); now.AvatarImageURL != tried {
		t.Errorf("the person saw %s, the app sees %+v", tried, now)
	}
}

// twoTabs lets somebody leave in one tab, and another come, while the other tab
// shows what was: it does nothing as somebody else.
func (f *fit) twoTabs(t *testing.T) {
	p := f.visitor(t)
	p.opens("/fit/signin", "/fit/signin")
	f.signsIn(p, "yuki", "/fit/dress")
	other := p.tab()
	other.opens("/fit/", "/fit/dress")
	other.goes("button", "ログアウト", "/fit/")
	p.watch.mayRefuse(http.StatusUnauthorized)
	p.goes("button", "ツインテール（オレンジ）", "/fit/signin")

	f.signsIn(p, "yuki", "/fit/dress")
	other.opens("/fit/", "/fit/dress")
	other.goes("button", "ログアウト", "/fit/")
	other.goes("link", "ログイン", "/fit/signin")
	f.signsIn(other, "hana", "/fit/dress")
	before := picture(other)
	p.watch.mayRefuse(http.StatusForbidden)
	p.presses("button", "ツインテール（オレンジ）")
	p.reads("ページを開き直して、もう一度お試しください。")
	p.looks("dress-refused")
	p.goesRefused(http.StatusForbidden, "button", "ログアウト")
	p.reads("送信を受け付けられませんでした")
	p.looks("notice-foreign")
	other.opens("/fit/", "/fit/dress")
	if now := picture(other); now != before {
		t.Errorf("somebody else's tab changed the picture from %s to %s", before, now)
	}
}

// refusals are the pages of those who mistype or guess.
func (f *fit) refusals(t *testing.T) {
	p := f.visitor(t)
	p.opens("/fit/signin", "/fit/signin")
	p.enters("ログインID", f.login("nobody"))
	p.enters("パスワード", "not-a-password")
	p.goesRefused(http.StatusForbidden, "button", "ログイン")
	p.reads("ログインIDまたはパスワードが違います。")
	p.looks("signin-errors")
	for range 9 { // one was made above
		response, err := client.PostForm(f.g.url+"/fit/signin", url.Values{"login": {f.login("nobody")}, "password": {"not-a-password"}})
		if err != nil {
			t.Fatal(err)
		}
		response.Body.Close()
		if response.StatusCode != http.StatusForbidden {
			t.Fatalf("a wrong password is answered %s", response.Status)
		}
	}
	p.enters("パスワード", "not-a-password")
	p.goesRefused(http.StatusTooManyRequests, "button", "ログイン")
	p.reads("しばらくお待ちください")
	p.looks("notice-wait")

	p.opensRefused(http.StatusNotFound, "/fit/assets/nothing.css")
	p.reads("ページが見つかりません")
	p.looks("notice-not-found")
	p.goes("link", "トップページへ", "/fit/")
}

// fitDuringAnOutage takes the sessions away while people dress: they are told so,
// and find everything again afterwards.
func fitDuringAnOutage(t *testing.T, chromium *browser) {
	redis := startServer(t, servers.Redis) // one to be killed
	config := storetest.Config(t, storetest.PostgresRedis)
	env := []string{"SEKISHO_DATABASE=" + config.Database, "SEKISHO_SESSIONS=" + redis.URL, "SEKISHO_SECRET=" + config.Secret}
	migrate(t, env...)
	g := startGateway(t, env...)
	for _, s := range screens {
		t.Run(s.name, func(t *testing.T) {
			f := &fit{g: g, browser: chromium, screen: s}
			p := chromium.visitor(t, s, g.url, "")
			p.opens("/fit/signup", "/fit/signup")
			f.signsUp(p, "yuki", "ゆき")
			tried := turns(p, func() { p.presses("button", "ツインテール（オレンジ）") })
			redis.Kill()
			p.watch.mayRefuse(http.StatusInternalServerError)
			p.presses("button", "ショート（モカ）")
			p.reads("時間をおいて、もう一度お試しください。")
			p.opensRefused(http.StatusInternalServerError, "/fit/dress")
			p.reads("ただいまご利用になれません", "お問い合わせ番号")
			p.looks("notice-failed")
			if err := redis.Restart(); err != nil {
				t.Fatal(err)
			}
			eventually(t, patience, "the sessions are back", func() bool {
				status, _ := g.get(connectCall)
				return status == http.StatusOK
			})
			p.opens("/fit/", "/fit/dress")
			if now := picture(p); now != tried {
				t.Errorf("after the outage the picture is %s, not %s", now, tried)
			}
		})
	}
}
