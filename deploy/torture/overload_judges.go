package main

import (
	"encoding/base64"
	"encoding/json"
	"net/http"
	"strings"
)

const (
	siegeKey  = "demo-api-key"
	siegeAuth = "/ydits-api/ydits-account/auth.php"
)

// textOf is a text in an answer, "" where it has none of the name.
func textIn(a answer, name string) string {
	var all map[string]json.RawMessage
	var text string
	_ = json.Unmarshal(a.body, &all)
	_ = json.Unmarshal(all[name], &text)
	return text
}

// cookie are the headers of who has a session of Auth.
func (s *siege) cookie() []string { return []string{"Cookie", "ASP.NET_SessionId=" + s.session} }

// askGrant asks PhotoCloak's token endpoint.
func askGrant(kind, rest string) call {
	basic := base64.StdEncoding.EncodeToString([]byte("demo-client:demo-secret"))
	return call{
		operation: "grant", method: http.MethodPost, path: "/api/v2/auth/token", body: []byte("grant_type=" + kind + "&" + rest),
		header: []string{"Content-Type", formEncoding, "Authorization", "Basic " + basic}, judge: asGrant,
	}
}

// issue is step 1 of YDITS, from an address.
func (s *siege) issue(mail, pass, address string) call {
	return call{
		operation: "issue", method: http.MethodPost, path: siegeAuth + "?step=1", body: []byte("mail=" + mail + "&pass=" + pass),
		header: []string{"Content-Type", formEncoding, "X-Forwarded-For", address}, judge: asYDITS,
	}
}

// asShop knows besides what [judgeShop] knows the refusal of a body that is none.
func asShop(a answer) verdict {
	if a.status == http.StatusBadRequest && strings.HasPrefix(string(a.body), `{"status":false,"message":`) && json.Valid(a.body) {
		return refused
	}
	return judgeShop(a)
}

func asYDITS(a answer) verdict {
	var said struct {
		Result, UUID string
		ResultCode   int
	}
	if a.status != http.StatusOK || json.Unmarshal(a.body, &said) != nil {
		return strange
	}
	switch said.ResultCode {
	case 200:
		return done
	case 429:
		return tooMany
	case 500:
		return failed
	}
	return refused
}

func asCRM(a answer) verdict {
	code, words := textIn(a, "StatusCode"), textIn(a, "Status")
	switch {
	case a.status != http.StatusOK || code == "":
		return strange
	case code == "0":
		return done
	case strings.Contains(words, "混み合っています"), strings.Contains(words, "試行回数が多すぎます"):
		return tooMany
	case strings.Contains(words, "内部エラー"):
		return failed
	}
	return refused
}

// asGrant reads an answer of the token endpoint. Too many have the error that
// a wrong password has, with other words.
func asGrant(a answer) verdict {
	said := textIn(a, "error")
	switch {
	case a.status == http.StatusOK && textIn(a, "access_token") != "":
		return done
	case a.status == http.StatusInternalServerError && said == "server_error":
		return failed
	case a.status == http.StatusBadRequest && strings.Contains(textIn(a, "error_description"), "失敗が多すぎます"):
		return tooMany
	case a.status == http.StatusBadRequest && said != "":
		return refused
	}
	return strange
}

func asCloak(a answer) verdict {
	var said struct {
		Errors []struct{ ErrorCode string }
	}
	if json.Unmarshal(a.body, &said) != nil {
		return strange
	}
	switch {
	case a.status == http.StatusOK && len(said.Errors) == 0:
		return done
	case len(said.Errors) == 0:
		return strange
	case a.status == http.StatusTooManyRequests && said.Errors[0].ErrorCode == "toomany_requests":
		return tooMany
	case a.status == http.StatusInternalServerError && said.Errors[0].ErrorCode == "internal_error":
		return failed
	case a.status >= 400 && a.status < 500:
		return refused
	}
	return strange
}

// asAvatar reads an answer of Avatar Play, or one of its pictures.
func asAvatar(a answer) verdict {
	if a.status == http.StatusOK {
		if len(a.body) == 0 || strings.HasPrefix(string(a.body), "GIF8") || json.Valid(a.body) {
			return done
		}
		return strange
	}
	var said struct {
		Error struct {
			Code   int
			Errors []struct{ Reason string }
		}
	}
	if json.Unmarshal(a.body, &said) != nil || said.Error.Code != a.status || len(said.Error.Errors) == 0 {
		return strange
	}
	switch said.Error.Errors[0].Reason {
	case "rateLimitExceeded":
		return tooMany
	case "backendError":
		return failed
	}
	return refused
}

// asPage reads an answer of the dress-up site, which is a page.
func asPage(a answer) verdict {
	switch {
	case !strings.Contains(string(a.body), "<html") && a.status != http.StatusSeeOther:
		return strange
	case a.status == http.StatusTooManyRequests:
		return tooMany
	case a.status == http.StatusInternalServerError:
		return failed
	case a.status >= 400:
		return refused
	}
	return done
}

// numberOf is a number in an answer, as it is written.
func numberIn(a answer, name string) string {
	var all map[string]json.RawMessage
	_ = json.Unmarshal(a.body, &all)
	return string(all[name])
}
