package photocloak

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/serve"
)

// drawn is a fault as a client sees it: status, then body.
func drawn(t *testing.T, operation string, f *fault.Fault) (int, string) {
	t.Helper()
	var op *serve.Operation
	if operation != "" {
		op = &serve.Operation{Name: operation}
	}
	status, body, _ := draw(op, f)
	encoded, err := serve.Encode(body)
	if err != nil {
		t.Fatal(err)
	}
	return status, strings.TrimSpace(string(encoded))
}

// Each reason has the code, the message and the status of the documents.
func TestFaults(t *testing.T) {
	for _, test := range []struct {
		what, operation string
		fault           *fault.Fault
		status          int
		body            string
	}{
		{
			"the sibling's example", opShow, unknownCloak(12), 400,
			`{"errors":[{"errorCode":"notfound_cloak","message":"指定されたクロークが見つかりません。","moreInfo":"ci=12"}]}`,
		},
		{
			"an unknown image", opLook, unknownImage(7), 404,
			`{"errors":[{"errorCode":"notfound_image","message":"指定された画像が見つかりません。","moreInfo":"cd=7"}]}`,
		},
		{
			"missing", opComplete, fault.New(fault.Missing, "ci"), 400,
			`{"errors":[{"errorCode":"required_ci","message":"クロークIDが未指定です。","moreInfo":"ci"}]}`,
		},
		{
			"malformed", opComplete, &fault.Fault{Kind: fault.Malformed, Subject: "st", Value: "5"}, 400,
			`{"errors":[{"errorCode":"invalid_st","message":"公開ステータスが不正です。","moreInfo":"st=5"}]}`,
		},
		{
			"too long", opMake, &fault.Fault{Kind: fault.TooLong, Subject: "nm", Value: "x"}, 400,
			`{"errors":[{"errorCode":"toolong_nm","message":"クローク名が長すぎます。","moreInfo":"nm"}]}`,
		},
		{
			"too short", opComplete, fault.New(fault.TooShort, "lk"), 400,
			`{"errors":[{"errorCode":"tooshort_lk","message":"合言葉が短すぎます。","moreInfo":"lk"}]}`,
		},
		{
			"too many tags", opComplete, fault.New(fault.Excess, "tg"), 400,
			`{"errors":[{"errorCode":"toomany_tg","message":"フリーワードが多すぎます。","moreInfo":"tg"}]}`,
		},
		{
			"too many cloaks", opMake, fault.New(fault.Excess, subjectCloak), 400,
			`{"errors":[{"errorCode":"limit_cloak","message":"クロークが上限に達しています。","moreInfo":"cloak"}]}`,
		},
		{
			"no number left", opMake, fault.New(fault.Excess, subjectCloakNo), 400,
			`{"errors":[{"errorCode":"limit_cloakno","message":"クローク番号が上限に達しています。","moreInfo":"cloakno"}]}`,
		},
		{
			"not theirs", opDelete, notAcceptable(3), 406,
			`{"errors":[{"errorCode":"notacceptable_cloak","message":"指定されたクロークへの操作は許可されていません。","moreInfo":"ci=3"}]}`,
		},
		{
			"no cloak token", opShow, fault.New(fault.Malformed, subjectCloakToken), 400,
			`{"errors":[{"errorCode":"invalid_cloaktoken","message":"フォトクロークトークンが不正です。","moreInfo":"cloaktoken"}]}`,
		},
		{
			"a file of the wrong kind", opUpload, fault.New(fault.Unsupported, subjectFile), 400,
			`{"errors":[{"errorCode":"unsupported_file","message":"画像ファイルの形式が対応していません。","moreInfo":"file"}]}`,
		},
		{
			"a body too large", opMake, fault.New(fault.TooLarge, ""), 400,
			`{"errors":[{"errorCode":"toolarge_request","message":"リクエストが大きすぎます。","moreInfo":""}]}`,
		},
		{
			"a wrong method", "", fault.New(fault.MethodNotAllowed, ""), 405,
			`{"errors":[{"errorCode":"notallowed_method","message":"メソッドが許可されていません。","moreInfo":""}]}`,
		},
		{
			"too many guesses", opToken, fault.New(fault.TooMany, ""), 429,
			`{"errors":[{"errorCode":"toomany_requests","message":"リクエストが多すぎます。しばらくしてからお試しください。","moreInfo":""}]}`,
		},
		{
			"our own", opShow, fault.Because(errors.New("a password in an error")), 500,
			`{"errors":[{"errorCode":"internal_error","message":"サーバ内部エラーが発生しました。","moreInfo":""}]}`,
		},
		{
			"a bad token", opList, fault.New(fault.Unauthorized, ""), 401,
			`{"error":"invalid_token","error_description":"不正なアクセストークンです。"}`,
		},
		{
			"no token", opList, fault.New(fault.Missing, subjectAuthorization), 401,
			`{"error":"invalid_token","error_description":"不正なアクセストークンです。"}`,
		},
		{
			"two tokens", opList, fault.New(fault.Malformed, subjectAuthorization), 400,
			`{"error":"invalid_request","error_description":"リクエストのパラメーターが重複しています。"}`,
		},
	} {
		status, body := drawn(t, test.operation, test.fault)
		if status != test.status || body != test.body {
			t.Errorf("%s: %d %s\nwant %d %s", test.what, status, body, test.status, test.body)
		}
	}
}

// The document lists for each operation which statuses it has; what it does not
// list is 400.
func TestStatuses(t *testing.T) {
	for operation, want := range map[string]struct{ notTheirs, noCloak, noImage int }{
		opMake:          {400, 400, 400},
		opComplete:      {400, 400, 400},
		opDelete:        {406, 400, 400},
		opList:          {400, 400, 400},
		opFollow:        {406, 406, 406},
		opUnfollow:      {406, 406, 406},
		opPrefixes:      {400, 400, 400},
		opCheck:         {400, 400, 400},
		opSearch:        {400, 400, 400},
		opShow:          {400, 400, 400},
		opDetail:        {400, 400, 400},
		opToken:         {400, 400, 400},
		opPhoto:         {400, 400, 400},
		opUpload:        {406, 400, 400},
		opExport:        {406, 404, 404},
		opDeletePhoto:   {406, 404, 404},
		opLook:          {400, 404, 404},
		opAccount:       {400, 400, 400},
		opUpdateAccount: {400, 400, 400},
	} {
		for what, asked := range map[string]struct {
			fault *fault.Fault
			want  int
		}{
			"not theirs": {notAcceptable(1), want.notTheirs},
			"no cloak":   {unknownCloak(1), want.noCloak},
			"no image":   {unknownImage(1), want.noImage},
		} {
			if got, _ := drawn(t, operation, asked.fault); got != asked.want {
				t.Errorf("%s: %s is %d, want %d", operation, what, got, asked.want)
			}
		}
	}
}

// Every code that can be drawn has a message: no subject and no reason was
// forgotten.
func TestEveryFaultHasWords(t *testing.T) {
	for subject, label := range labels {
		for kind, reason := range reasons {
			f := drawError(fault.New(kind, subject))
			if kind == fault.Excess && subject == "tg" {
				continue
			}
			if f.ErrorCode != reason+"_"+subject || !strings.Contains(f.Message, label) || strings.Contains(f.Message, "%") {
				t.Errorf("%v of %s is drawn %+v", kind, subject, f)
			}
		}
	}
}

// All faults of a request are listed; the first decides on the status.
func TestAllFaultsAreListed(t *testing.T) {
	f := fault.New(fault.Missing, "nm")
	f.Others = []*fault.Fault{fault.New(fault.TooLong, "dc"), unknownCloak(1)}
	status, body := drawn(t, opComplete, f)
	var listed refusal
	if err := json.Unmarshal([]byte(body), &listed); err != nil {
		t.Fatal(err)
	}
	if status != 400 || len(listed.Errors) != 3 || listed.Errors[1].ErrorCode != "toolong_dc" || listed.Errors[2].ErrorCode != "notfound_cloak" {
		t.Errorf("%d %s", status, body)
	}
}

// moreInfo repeats what is harmless, shortened, and never a secret, free text or
// what is no UTF-8.
func TestMoreInfo(t *testing.T) {
	for _, test := range []struct{ name, value, want string }{
		{"ci", "abc", "ci=abc"},
		{"vm", "すべて", "vm=すべて"},
		{"st", strings.Repeat("梅", 101), "st=" + strings.Repeat("梅", 100)},
		{"st", "\xff", "st"},
		{"lk", "himitsu", "lk"},
		{"nm", "夏の旅", "nm"},
		{"tg", "海", "tg"},
		{"an", "太郎", "an"},
	} {
		got := drawError(&fault.Fault{Kind: fault.Malformed, Subject: test.name, Value: test.value}).MoreInfo
		if got != test.want {
			t.Errorf("%s %q: %q, want %q", test.name, test.value, got, test.want)
		}
	}
}
