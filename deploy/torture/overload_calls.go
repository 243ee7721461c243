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

// textIn is a text in an answer, "" where it has none of the name.
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
		header: []string{"Content-Type", formEncoding, "Authorization", "Basic " + basic}, judge: judgeGrant,
	}
}

// issue is step 1 of YDITS, from an address.
func (s *siege) issue(mail, pass, address string) call {
	return call{
		operation: "issue", method: http.MethodPost, path: siegeAuth + "?step=1", body: []byte("mail=" + mail + "&pass=" + pass),
		header: []string{"Content-Type", formEncoding, "X-Forwarded-For", address}, judge: judgeYDITS(yditsIssued),
	}
}

// judgeGrant reads an answer of the token endpoint. Too many have the error that
// a wrong password has, with other words.
func judgeGrant(a answer) verdict {
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

// numberIn is a number in an answer, as it is written.
func numberIn(a answer, name string) string {
	var all map[string]json.RawMessage
	_ = json.Unmarshal(a.body, &all)
	return string(all[name])
}
