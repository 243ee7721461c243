package ydits

import (
	"fmt"
	"net/http"
	"strconv"

	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/serve"
)

const contentType = "application/json; charset=utf-8"

// The longest values of each element, in characters.
const (
	maxMail     = 50
	maxPass     = 20
	maxName     = 50
	maxUUID     = 50
	maxSoftname = 20
	maxKey      = 50
	maxSoftid   = 50 // the documents do not know it; as long as the other ids
)

var longest = map[string]int{
	"mail": maxMail, "pass": maxPass, "name": maxName, "uuid": maxUUID,
	"softname": maxSoftname, "key": maxKey, "softid": maxSoftid,
}

// result is the head of every answer, and the whole of most.
type result struct {
	Result     string `json:"result"`
	ResultCode int    `json:"resultcode"`
}

// softKey is the answer of steps 1 and 2.
type softKey struct {
	result
	UUID string `json:"uuid"`
	Key  string `json:"key"`
}

// inquired is the answer of inquiry.php.
type inquired struct {
	result
	UserData userData `json:"userdata"`
}

type userData struct {
	UUID string `json:"uuid"`
	Mail string `json:"mail"`
	Name string `json:"name"`
}

// What success is called, for each operation.
const (
	issuedWords        = "ソフト利用登録を受け付けました"
	registeredWords    = "ソフトの登録を行いました。"
	authenticatedWords = "認証に成功しました"
	signedUpWords      = "ユーザー登録が完了しました"
	inquiredWords      = "ユーザー照会に成功しました"
)

func success(words string) result { return result{Result: words, ResultCode: http.StatusOK} }

// The refusals that the documents name, as the rules give them.
var (
	errMailUnknown       = fault.New(fault.Unauthorized, "mail")
	errUserUnknown       = fault.New(fault.NotFound, "uuid")
	errAlreadyRegistered = fault.New(fault.Conflict, "softname")
	errNotRegistered     = fault.New(fault.Unauthorized, "key")
	errMailUnusable      = fault.New(fault.Forbidden, "mail")
	errMailTaken         = fault.New(fault.Conflict, "mail")
	errForeignForm       = fault.New(fault.Forbidden, "origin")
)

// documented are the answers to those refusals.
var documented = []struct {
	refusal *fault.Fault
	answer  result
}{
	{errMailUnknown, result{"このメールアドレスは登録されていません。", http.StatusNotAcceptable}},
	{errUserUnknown, result{"このユーザーは登録されていません。", http.StatusNotAcceptable}},
	{errAlreadyRegistered, result{"このソフトはすでに登録されています", http.StatusNotAcceptable}},
	{errNotRegistered, result{"このソフトは利用登録されていません", http.StatusNotAcceptable}},
	{errMailUnusable, result{"指定されたメールアドレスは使用できません。", http.StatusNotAcceptable}},
	{errMailTaken, result{"同じメールアドレスが存在します。", http.StatusConflict}},
	{errForeignForm, result{"ほかのサイトから送信されたため、受け付けませんでした。", http.StatusForbidden}},
}

// refused draws a fault as an answer. What the family has no words for is a
// failure of ours.
func refused(f *fault.Fault) result {
	for _, d := range documented {
		if f == d.refusal {
			return d.answer
		}
	}
	switch f.Kind {
	case fault.Missing:
		return result{f.Subject + "が指定されていません。", http.StatusBadRequest}
	case fault.TooLong:
		return result{fmt.Sprintf("%sは%d文字以内で指定してください。", f.Subject, longest[f.Subject]), http.StatusBadRequest}
	case fault.TooLarge:
		return result{"POSTデータが大きすぎます。", http.StatusBadRequest}
	case fault.Malformed:
		if f.Subject == "" {
			return result{"URL引数またはPOSTデータの形式が正しくありません。", http.StatusBadRequest}
		}
		return result{f.Subject + "が正しくありません。", http.StatusBadRequest}
	case fault.MethodNotAllowed:
		return result{"このHTTPメソッドは使用できません。", http.StatusMethodNotAllowed}
	case fault.TooMany:
		return result{"試行回数が多すぎます。しばらくしてからもう一度お試しください。", http.StatusTooManyRequests}
	}
	return result{"サーバーでエラーが発生しました。しばらくしてからもう一度お試しください。", http.StatusInternalServerError}
}

// write sends an answer. code is its resultcode.
func (s *service) write(w http.ResponseWriter, code int, answer any) error {
	body, err := serve.Encode(answer)
	if err != nil {
		return err
	}
	serve.NoteCode(w, strconv.Itoa(code))
	return serve.Write(w, s.status(code), contentType, body)
}

// status is the HTTP status that goes with a resultcode.
func (s *service) status(code int) int {
	if code == http.StatusMethodNotAllowed || s.mirror {
		return code
	}
	return http.StatusOK
}
