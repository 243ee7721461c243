package photocloak

import (
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.uber.org/zap"

	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/serve"
)

// reasons are the first halves of an errorCode; the second is the subject.
var reasons = map[fault.Kind]string{
	fault.Missing:     "required",
	fault.Malformed:   "invalid",
	fault.TooLong:     "toolong",
	fault.TooShort:    "tooshort",
	fault.TooLarge:    "toolarge",
	fault.NotFound:    "notfound",
	fault.Forbidden:   "notacceptable",
	fault.Excess:      "limit",
	fault.Unsupported: "unsupported",
}

// The subjects of faults that are no parameters.
const (
	subjectCloak      = "cloak"
	subjectImage      = "image"
	subjectFile       = "file"
	subjectCloakToken = "cloaktoken"
	subjectCloakNo    = "cloakno"
	subjectRequest    = "request" // what cannot be read at all
)

// labels are what the messages call the subjects.
var labels = map[string]string{
	"ci": "クロークID", "cd": "クロークイメージID", "nm": "クローク名", "dc": "紹介文", "lk": "合言葉",
	"tg": "フリーワード", "sc": "公開", "dl": "ダウンロード可否", "ul": "アップロード可否", "ae": "自動延長可否",
	"st": "公開ステータス", "vm": "表示モード", "pd": "クローク番号・先頭辞", "no": "クローク番号・番号",
	"s": "ソート", "os": "OFFSET", "li": "LIMIT", "ps": "写真サイズ", "an": "アカウント名",
	subjectCloak: "クローク", subjectImage: "画像", subjectFile: "画像ファイル", subjectRequest: "リクエスト",
	subjectCloakToken: "フォトクロークトークン", subjectCloakNo: "クローク番号",
}

// sentences are the messages by kind: 〇〇が●●です.
var sentences = map[fault.Kind]string{
	fault.Missing:     "%sが未指定です。",
	fault.Malformed:   "%sが不正です。",
	fault.TooLong:     "%sが長すぎます。",
	fault.TooShort:    "%sが短すぎます。",
	fault.TooLarge:    "%sが大きすぎます。",
	fault.NotFound:    "指定された%sが見つかりません。",
	fault.Forbidden:   "指定された%sへの操作は許可されていません。",
	fault.Excess:      "%sが上限に達しています。",
	fault.Unsupported: "%sの形式が対応していません。",
}

// refusal is the envelope of the API's errors.
type refusal struct {
	Errors []refusalError `json:"errors"`
}

type refusalError struct {
	ErrorCode string `json:"errorCode"`
	Message   string `json:"message"`
	MoreInfo  string `json:"moreInfo"`
}

// tokenRefusal is the envelope of errors of the access token.
type tokenRefusal struct {
	Error       string `json:"error"`
	Description string `json:"error_description"`
}

// refuse draws a fault.
func (s *service) refuse(w http.ResponseWriter, _ *http.Request, op *serve.Operation, f *fault.Fault) {
	status, body, code := draw(op, f)
	serve.NoteCode(w, code)
	if status == http.StatusUnauthorized {
		w.Header().Set("WWW-Authenticate", `Bearer error="invalid_token"`)
	}
	encoded, err := serve.Encode(body)
	if err == nil {
		err = serve.Write(w, status, contentType, encoded)
	}
	if err != nil {
		s.log.Debug("writing a refusal failed", zap.Error(err))
	}
}

// draw gives the status and the body of a fault, and the code in it, of several
// the first.
func draw(op *serve.Operation, f *fault.Fault) (status int, body any, code string) {
	switch {
	case f.Kind == fault.Unauthorized, f.Kind == fault.Missing && f.Subject == subjectAuthorization:
		return http.StatusUnauthorized, tokenRefusal{errorToken, "不正なアクセストークンです。"}, errorToken
	case f.Kind == fault.Malformed && f.Subject == subjectAuthorization:
		return http.StatusBadRequest, tokenRefusal{errorRequest, "リクエストのパラメーターが重複しています。"}, errorRequest
	}
	all := append([]*fault.Fault{f}, f.Others...)
	drawn := refusal{}
	for _, one := range all {
		drawn.Errors = append(drawn.Errors, drawError(one))
	}
	return statusOf(op, f), drawn, drawn.Errors[0].ErrorCode
}

// The codes of faults about the access token.
const (
	errorToken   = "invalid_token"
	errorRequest = "invalid_request"
)

// subjectAuthorization is what the guard's faults about the header
// Authorization are about.
const subjectAuthorization = "Authorization"

func drawError(f *fault.Fault) refusalError {
	switch f.Kind {
	case fault.Internal:
		return refusalError{"internal_error", "サーバ内部エラーが発生しました。", ""}
	case fault.MethodNotAllowed:
		return refusalError{"notallowed_method", "メソッドが許可されていません。", ""}
	case fault.TooMany:
		return refusalError{"toomany_requests", "リクエストが多すぎます。しばらくしてからお試しください。", ""}
	}
	subject := f.Subject
	if subject == "" {
		subject = subjectRequest
	}
	if f.Kind == fault.Excess && subject == "tg" {
		return refusalError{"toomany_tg", "フリーワードが多すぎます。", "tg"}
	}
	return refusalError{
		ErrorCode: reasons[f.Kind] + "_" + subject,
		Message:   strings.Replace(sentences[f.Kind], "%s", labels[subject], 1),
		MoreInfo:  moreInfo(f),
	}
}

// longestEcho is how much of a value moreInfo repeats, in characters.
const longestEcho = 100

// moreInfo names the parameter, with its value where that is no secret.
func moreInfo(f *fault.Fault) string {
	name := f.Subject
	switch name {
	case subjectCloak:
		name = "ci"
	case subjectImage:
		name = "cd"
	}
	if !slices.Contains(harmless, name) || f.Value == "" || !utf8.ValidString(f.Value) {
		return f.Subject
	}
	value := []rune(f.Value)
	return name + "=" + string(value[:min(len(value), longestEcho)])
}

// statusOf gives the status of a fault: the document lists for each operation
// which there are, and an unlisted reason takes 400.
func statusOf(op *serve.Operation, f *fault.Fault) int {
	switch f.Kind {
	case fault.Internal:
		return http.StatusInternalServerError
	case fault.MethodNotAllowed:
		return http.StatusMethodNotAllowed
	case fault.TooMany:
		return http.StatusTooManyRequests
	}
	if op == nil {
		return http.StatusBadRequest
	}
	switch {
	case f.Kind == fault.Forbidden && slices.Contains(lists406, op.Name),
		f.Kind == fault.NotFound && slices.Contains(follows, op.Name):
		return http.StatusNotAcceptable
	case f.Kind == fault.NotFound && slices.Contains(lists404, op.Name):
		return http.StatusNotFound
	}
	return http.StatusBadRequest
}

// unknownCloak is the fault of a cloak that is not there for this caller.
func unknownCloak(id int64) *fault.Fault {
	return &fault.Fault{Kind: fault.NotFound, Subject: subjectCloak, Value: strconv.FormatInt(id, 10)}
}

// unknownImage is the fault of an image that is not there for this caller.
func unknownImage(id int64) *fault.Fault {
	return &fault.Fault{Kind: fault.NotFound, Subject: subjectImage, Value: strconv.FormatInt(id, 10)}
}

// notAcceptable is the fault of a caller who may not do this with a cloak that
// is there.
func notAcceptable(id int64) *fault.Fault {
	return &fault.Fault{Kind: fault.Forbidden, Subject: subjectCloak, Value: strconv.FormatInt(id, 10)}
}
