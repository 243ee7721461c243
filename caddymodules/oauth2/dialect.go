package oauth2

import (
	"net/http"
	"time"

	"sekisho/caddymodules/clock"
	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/serve"
)

// contentType is that of every answer of the token endpoint.
const contentType = "application/json; charset=utf-8"

// refusal is an error of the token endpoint on the wire. Every error of OAuth
// is a 400, as the OWIN server knew nothing else.
type refusal struct {
	status      int
	Code        string `json:"error"`
	Description string `json:"error_description"`
}

// The refusals: the document's chapter 認証 API, and what it leaves out.
var (
	missingParameter  = refusal{400, "invalid_request", "リクエストに必要なパラメーターが含まれていません。"}
	repeatedParameter = refusal{400, "invalid_request", "パラメーターが重複しています。"}
	malformedRequest  = refusal{400, "invalid_request", "リクエストに異常値が設定されています。"}
	wrongMethod       = refusal{405, "invalid_request", "サポートされないHTTPメソッドです。"}
	unprovedClient    = refusal{400, "invalid_client", "クライアント認証に失敗しました。"}
	tooManyClients    = refusal{400, "invalid_client", "クライアント認証の失敗が多すぎます。しばらくしてから再度お試しください。"}
	unsupportedGrant  = refusal{400, "unsupported_grant_type", "グラントタイプが認可サーバーによってサポートされていません。"}
	wrongPassword     = refusal{400, "invalid_grant", "ユーザーIDまたはパスワードが正しくありません。"}
	tooManyPasswords  = refusal{400, "invalid_grant", "ログインの失敗が多すぎます。しばらくしてから再度お試しください。"}
	invalidRefresh    = refusal{400, "invalid_grant", "リフレッシュトークンが無効です。"}
	ourFailure        = refusal{500, "server_error", "サーバー内部でエラーが発生しました。"}
)

// refusalOf gives the refusal that a fault is drawn as.
func refusalOf(f *fault.Fault) refusal {
	switch f.Kind {
	case fault.Missing:
		return missingParameter
	case fault.Conflict:
		return repeatedParameter
	case fault.Malformed, fault.TooLong, fault.TooLarge:
		return malformedRequest
	case fault.MethodNotAllowed:
		return wrongMethod
	case fault.NotFound:
		return unsupportedGrant
	case fault.TooMany:
		if f.Subject == aboutClient {
			return tooManyClients
		}
		return tooManyPasswords
	case fault.Unauthorized:
		switch f.Subject {
		case aboutClient:
			return unprovedClient
		case aboutMember:
			return wrongPassword
		}
		return invalidRefresh
	}
	return ourFailure
}

// refuse draws a fault.
func refuse(w http.ResponseWriter, _ *http.Request, _ *serve.Operation, f *fault.Fault) {
	r := refusalOf(f)
	serve.NoteCode(w, r.Code)
	_ = write(w, r.status, r) // who went away misses nothing
}

// answer sends a pair.
func answer(w http.ResponseWriter, p pair) error {
	return write(w, http.StatusOK, struct {
		AccessToken  string `json:"access_token"`
		TokenType    string `json:"token_type"`
		ExpiresIn    int64  `json:"expires_in"` // seconds
		RefreshToken string `json:"refresh_token"`
	}{p.Access, "bearer", expiresIn(p, clock.Now()), p.Refresh})
}

// expiresIn gives what is left of an access token, in whole seconds: 3599 of an
// hour that has just begun.
func expiresIn(p pair, now time.Time) int64 {
	left := time.UnixMilli(p.Expires).Sub(now)
	return max(int64((left+time.Second-1)/time.Second)-1, 0)
}

// write sends an answer with the headers of the OWIN server.
func write(w http.ResponseWriter, status int, v any) error {
	body, err := serve.Encode(v)
	if err != nil {
		return err
	}
	header := w.Header()
	header.Set("Cache-Control", "no-cache")
	header.Set("Pragma", "no-cache")
	header.Set("Expires", "-1")
	return serve.Write(w, status, contentType, body)
}
