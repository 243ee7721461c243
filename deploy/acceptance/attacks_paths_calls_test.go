package acceptance

import (
	"fmt"
	"slices"
)

// guardedCall is a call of an operation that takes a secret, complete, so that
// nothing but the secret is missing where that is left out.
type guardedCall struct {
	// asked is the request, written like those in backends/*/testdata/documented.txt
	// and with the path of the API's OpenAPI file. The secret stands between « and »,
	// behind a | what somebody says in its place who does not know it; {names} stand
	// for what [prepareCalls] found out or made.
	asked string

	// refused is how the answer to who lacks the secret begins: the status, and
	// where it leads or what it says. done is how that to who has it does.
	refused, done string

	// atTill calls go to the CRM's own port instead of the trying-out site.
	atTill bool
}

// guardedFamily are calls that are alike in how their paths are taken.
type guardedFamily struct {
	under string // what comes before the paths of the OpenAPI file
	folds bool   // the letter case of a path does not count: ASP.NET
	calls []guardedCall
}

var guardedFamilies = []guardedFamily{
	{calls: siteCalls},
	{calls: slices.Concat(memberCalls, cloakCalls, clientCalls), folds: true},
	{calls: slices.Concat(appCalls, visitorCalls)},
	{calls: softwareCalls},
	{
		calls: slices.Concat(sessionCalls("GET", "«\nCookie: ASP.NET_SessionId={session}»"), sessionCalls("POST", "«\nToken: {session}»"), customerCalls),
		folds: true, under: "/cv.net_adi-mo/isql/api",
	},
}

// alike are calls that are refused in the same words.
func alike(refused, done string, asked ...string) (calls []guardedCall) {
	for _, one := range asked {
		calls = append(calls, guardedCall{asked: one, refused: refused, done: done})
	}
	return calls
}

// siteCalls need a site's key.
var siteCalls = alike(
	`400 {"status":false,"message":"keyis used invalid character","data":"keyis used invalid character"}`, `200 {"status":true,"message":"success",`,
	"GET /user/list?sid=3«&key=00000000»",
	"GET /user/info?sid=3«&key=00000000»&email=userc@example.com",
	"GET /user/detail?sid=3«&key=00000000»&id=1",
	"POST /user/update?sid=3«&key=00000000»\nContent-Type: application/json\n\n{update}",
	"POST /user/create?sid=3«&key=00000000»\nContent-Type: application/json\n\n{create}",
	"GET /user/delete?sid=3«&key=00000000»&id={customer}",
)

// memberCalls need a member's access token. They begin with a cloak that the
// member has in the making, and one photo in it.
var memberCalls = alike(
	`401 {"error":"invalid_token","error_description":"不正なアクセストークンです。"}`, "200 ",
	"GET /api/v2/account«\nAuthorization: Bearer {member}»",
	"POST /api/v2/account/update«\nAuthorization: Bearer {member}»\n\nan=%E5%B1%B1%E7%94%B0",
	"POST /api/v2/mycloaks«\nAuthorization: Bearer {member}»\n\nnm=%E5%A4%8F%E3%81%AE%E6%97%85&dc=%E6%B5%B7%E3%81%B8",
	"POST /api/v2/mycloaks/list«\nAuthorization: Bearer {member}»\n\nvm=provisional",
	"POST /api/v2/mycloaks/addfollow«\nAuthorization: Bearer {member}»\n\nci=1",
	"POST /api/v2/mycloaks/delfollow«\nAuthorization: Bearer {member}»\n\nci=1",
	"POST /api/v2/photos?ci={cloak}«\nAuthorization: Bearer {member}»\nContent-Type: image/jpeg\n\n{jpeg}",
	"GET /api/v2/photos/export?ci={cloak}&cd={photo}«\nAuthorization: Bearer {member}»",
	"POST /api/v2/photos/delete«\nAuthorization: Bearer {member}»\n\nci={cloak}&cd={photo}",
	"POST /api/v2/mycloaks/complete«\nAuthorization: Bearer {member}»\n\nci={cloak}&sc=1&lk=himitsu&tg=%E6%97%85&dl=1&ul=0&ae=1&st=1",
	"POST /api/v2/mycloaks/delete«\nAuthorization: Bearer {member}»\n\nci={cloak}",
)

// cloakCalls need what opens a locked cloak.
var cloakCalls = slices.Concat(
	alike(
		`400 {"errors":[{"errorCode":"invalid_cloaktoken","message":"フォトクロークトークンが不正です。","moreInfo":"cloaktoken"}]}`, "200 ",
		"GET /api/v2/cloaks?ci=2«\nX-PhotoCloakToken: {opened}»",
		"GET /api/v2/photos?ci=2&cd=3&ps=1«\nX-PhotoCloakToken: {opened}»",
		"POST /api/v2/photos/look«\nX-PhotoCloakToken: {opened}»\n\ncd=3",
	),
	alike(
		`400 {"errors":[{"errorCode":"invalid_lk","message":"合言葉が不正です。","moreInfo":"lk"}]}`, "200 ",
		"POST /api/v2/cloaks/token\n\nci=2&lk=«umi2018|wrong»",
		"POST /api/v2/cloaks/detail\n\nci=2&lk=«umi2018|wrong»",
	),
)

// clientCalls need a client's secret.
var clientCalls = alike(
	`400 {"error":"invalid_client","error_description":"クライアント認証に失敗しました。"}`, `200 {"access_token":"`,
	"POST /api/v2/auth/token\nAuthorization: Basic «ZGVtby1jbGllbnQ6ZGVtby1zZWNyZXQ=|ZGVtby1jbGllbnQ6d3Jvbmc=»\n\ngrant_type=password&username=umiyama@example.com&password=umiyama1",
	"POST /oauth2/token\n\ngrant_type=password&username=umiyama@example.com&password=umiyama1&client_id=demo-client&client_secret=«demo-secret|wrong»",
)

// appCalls need an app's key. They begin with a guest of the app's.
var appCalls = alike(
	`401 {"error":{"code":401,"errors":[{"domain":"global","message":"Invalid Credentials","reason":"authError"}],"message":"Invalid Credentials"}}`, "200 ",
	"GET /avatar/v1/Echo?message=hello«&key=demo-api-key»",
	"GET /avatar/v1/Coords«?key=demo-api-key»",
	"POST /avatar/v1/Guest?scope=AvatarLoad,ItemGrant«&key=demo-api-key»",
	"GET /avatar/v1/Avatar/{avatarId}«?key=demo-api-key»",
	"GET /avatar/v1/Avatars?avatarId={avatarId}«&key=demo-api-key»",
	"GET /avatar/v1/Avatar/{avatarId}/FittingRoom?limit=2«&key=demo-api-key»",
	"POST /avatar/v1/Avatar/{avatarId}/FittingRoom/Select«?key=demo-api-key»\n\nitem_id=6214732461966244",
	"POST /avatar/v1/Avatar/{avatarId}/FittingRoom/Commit«?key=demo-api-key»",
	"POST /avatar/v1/Avatar/{avatarId}/Items?itemId=3118431282296816«&key=demo-api-key»",
	"GET /avatar/v1/Items?itemId=3118431282296816&avatarId={avatarId}«&key=demo-api-key»",
	"GET /avatar/v1/OpenUrl«?key=demo-api-key»",
	"GET /avatar/v1/ConnectUrl?codeChallenge=f39cbe2061f39cbe2061f39cbe2061f39cbe2061f39cbe2061f39cbe2061abcd&redirectUri=https%3A%2F%2Fexample.com%2Foauth_callback&scope=AvatarLoad,ItemGrant«&key=demo-api-key»",
	"POST /avatar/v1/AccessToken?{grant}«&key=demo-api-key»",
)

// visitorCalls need the session of somebody who has signed in. What their forms
// hold is there without it, too.
var visitorCalls = []guardedCall{
	{asked: "POST /fit/signin\n\nlogin={login}&password=«" + fitPassword + "|wrong»", refused: "403 <!", done: "303 /fit/dress"},
	{asked: "GET /fit/dress?part=tops«\nCookie: fit_session={visitor}»", refused: "303 /fit/signin", done: "200 <!"},
	{asked: "POST /fit/try«\nCookie: fit_session={visitor}»\n\ncsrf={csrf}&part=tops&item={item}", refused: "303 /fit/signin", done: "303 /fit/dress?done=tried&"},
	{asked: "POST /fit/taste«\nCookie: fit_session={visitor}»\n\ncsrf={csrf}&taste={taste}", refused: "303 /fit/signin", done: "303 /fit/dress?done=tried&"},
	{asked: "POST /fit/undo«\nCookie: fit_session={visitor}»\n\ncsrf={csrf}", refused: "303 /fit/signin", done: "303 /fit/dress?done=undone&"},
	{asked: "POST /fit/save«\nCookie: fit_session={visitor}»\n\ncsrf={csrf}", refused: "303 /fit/signin", done: "303 /fit/dress?done=saved&"},
	{asked: "GET /fit/consent?ticket={ticket}«\nCookie: fit_session={visitor}»", refused: "303 /fit/lp?ticket={ticket}", done: "200 <!"},
	{asked: "POST /fit/consent«\nCookie: fit_session={visitor}»\n\ncsrf={csrf}&ticket={ticket}&answer=allow", refused: "303 /fit/lp?ticket={ticket}", done: "303 https://example.com/oauth_callback?token="},
	{asked: "GET /fit/links«\nCookie: fit_session={visitor}»", refused: "303 /fit/signin", done: "200 <!"},
	{asked: "POST /fit/links/cut«\nCookie: fit_session={visitor}»\n\ncsrf={csrf}&app=5695024129900544", refused: "303 /fit/signin", done: "303 /fit/links?done=cut"},
	{asked: "POST /fit/signout«\nCookie: fit_session={visitor}»\n\ncsrf={csrf}", refused: "303 /fit/signin", done: "303 /fit/"},
}

// softwareCalls need a user's password, a user's uuid, or a software's key.
var softwareCalls = slices.Concat(
	alike(
		`200 {"result":"このメールアドレスは登録されていません。","resultcode":406}`, `200 {"result":"ユーザー照会に成功しました","resultcode":200,`,
		"POST /ydits-api/ydits-account/inquiry.php?g=false\nContent-Type: application/json\n\n"+`{"mail":"example@example.com","pass":"«example_a|wrong»"}`,
	),
	alike(
		`200 {"result":"このメールアドレスは登録されていません。","resultcode":406}`, `200 {"result":"ソフト利用登録を受け付けました","resultcode":200,`,
		"POST /ydits-api/ydits-account/auth.php?step=1\nContent-Type: application/json\n\n"+`{"mail":"example@example.com","pass":"«example_a|wrong»"}`,
	),
	alike(
		`200 {"result":"このユーザーは登録されていません。","resultcode":406}`, `200 {"result":"ソフトの登録を行いました。","resultcode":200,`,
		"POST /ydits-api/ydits-account/auth.php?step=2\nContent-Type: application/json\n\n"+`{"uuid":"«{uuid}|00000000-0000-4000-8000-000000000000»","softname":"Paths","key":"{key}"}`,
	),
	alike(
		`200 {"result":"このソフトは利用登録されていません","resultcode":406}`, `200 {"result":"認証に成功しました","resultcode":200}`,
		"POST /ydits-api/ydits-account/auth.php?step=3\nContent-Type: application/json\n\n"+`{"uuid":"{uuid}","key":"«softkey|wrong»"}`,
	),
)

// sessionCalls need a session of Auth, which comes as one of the ways that there
// are for it.
func sessionCalls(method, session string) (calls []guardedCall) {
	for _, page := range []struct {
		name, parameters string
		code             int
		null             string
	}{
		{"Get_UserToken", "user_loginid=okamoto&user_pasword=okamoto1", -26098, `,"TokenID":null`},
		{"Set_LoginInfo", "user_loginid=newby" + method + "&user_pasword=newby1&uuid=newby-phone", -27098, `,"Uuid":null`},
		{"Get_UserInfo2", "tokenid={okamoto}&uuid=000111222eeefff", -31098, `,"User":null`},
		{"Get_UserPoint", "user_code=1234567890123", -8098, `,"UserPoint":null`},
		{"Set_UserPoint", "user_code=1234567890123&sales_date=20140501&sales_division=10&sales_shop=0001&register_no=01&receipt_no=000123&get_point=58&use_point=1000", -9098, ""},
		{"Set_UserInfo2", "tokenid={okamoto}&user_code=1234567890123&Segment=2&tel1=03-1234-5678&Name=%E5%B2%A1%E6%9C%AC", -28098, `,"User":null`},
		{"Set_Password", "tokenid={token of changer" + method + "}&user_pasword=first1&user_new_pasword=second2&user_code={code of changer" + method + "}", -32098, ""},
		{"Set_DelFlg", "tokenid={token of leaver" + method + "}&user_code={code of leaver" + method + "}", -34098, ""},
		{"Get_SalesInfo", "tokenid={okamoto}&user_code=1234567890123&month=201404", -33098, `,"Sales":null`},
	} {
		call := guardedCall{
			asked:   method + " /" + page.name + ".aspx?" + page.parameters + session,
			refused: fmt.Sprintf(`200 {"StatusCode":"%d","Status":"内部エラー: セッションの接続が切れています"%s}`, page.code, page.null),
			done:    `200 {"StatusCode":"0",`,
		}
		if method == "POST" {
			call.asked = "POST /" + page.name + ".aspx" + session + "\n\n" + page.parameters
			call.atTill = true
		}
		calls = append(calls, call)
	}
	return calls
}

// customerCalls need a system login's password, or what only one customer knows.
var customerCalls = []guardedCall{
	refusedBy(-2, "ID/PASSが間違っています", "", "GET /Auth.aspx?login_id=demo&password=«demo1234|wrong»"),
	refusedBy(-2, "ID/PASSが間違っています", "", "POST /Auth.aspx\n\nlogin_id=demo&password=«demo1234|wrong»"),
	refusedBy(-26003, "パスワードが間違っています", `,"TokenID":null`, "GET /Get_UserToken.aspx?user_loginid=okamoto&user_pasword=«okamoto1|wrong»\nToken: {session}"),
	refusedBy(-31002, "ログインIDが存在しません", `,"User":null`, "GET /Get_UserInfo2.aspx?tokenid=«{okamoto}|0123456789»&uuid=000111222eeefff\nToken: {session}"),
	refusedBy(-31003, "パスワードが間違っています", `,"User":null`, "GET /Get_UserInfo2.aspx?tokenid={okamoto}&uuid=«000111222eeefff|another-device»\nToken: {session}"),
	refusedBy(-28002, "ログインIDが存在しません", `,"User":null`, "POST /Set_UserInfo2.aspx\nToken: {session}\n\ntokenid=«{okamoto}|0123456789»&user_code=1234567890123&Segment=2&tel1=03-1234-5678&Name=%E5%B2%A1%E6%9C%AC"),
	refusedBy(-32002, "ログインIDが存在しません", "", "GET /Set_Password.aspx?tokenid=«{token of changer}|0123456789»&user_pasword=first1&user_new_pasword=second2&user_code={code of changer}\nToken: {session}"),
	refusedBy(-34002, "ログインIDが存在しません", "", "GET /Set_DelFlg.aspx?tokenid=«{token of leaver}|0123456789»&user_code={code of leaver}\nToken: {session}"),
	refusedBy(-33002, "顧客CDが存在しません", `,"Sales":null`, "GET /Get_SalesInfo.aspx?tokenid=«{okamoto}|0123456789»&user_code=1234567890123&month=201404\nToken: {session}"),
}

// refusedBy is a call of a CRM's page.
func refusedBy(code int, words, null, asked string) guardedCall {
	return guardedCall{asked: asked, refused: fmt.Sprintf(`200 {"StatusCode":"%d","Status":"%s"%s}`, code, words, null), done: `200 {"StatusCode":"0",`}
}

// openOperations are those that nothing guards, and why.
var openOperations = map[string]string{
	"GET /api/v2/cloaks/prefix":                "the first halves of numbers are no secret",
	"GET /api/v2/cloaks/check":                 "who was told a number learns whether it is one, before anything is asked for",
	"GET /api/v2/cloaks/search":                "it finds what is open to everybody",
	"GET /api/v2/pictures/noimage.jpg":         "a picture for everybody",
	"GET /api/v2/pictures/locked.jpg":          "a picture for everybody",
	"GET /avatar/images/{name}":                "pictures are public to whoever knows their URL",
	"GET /fit":                                 "where people begin",
	"GET /fit/lp":                              "where an app sends those who have not signed in",
	"GET /fit/signup":                          "the form to sign up",
	"POST /fit/signup":                         "who signs up has no secret yet",
	"GET /fit/signin":                          "the form to sign in",
	"GET /fit/assets/{name}":                   "styles and scripts",
	"GET /ydits-api/ydits-account/regist.php":  "the form to sign up",
	"POST /ydits-api/ydits-account/regist.php": "who signs up has no secret yet",
	"GET /ydits-api/ydits-account/inquiry.php": "the form that asks for the password",
}
