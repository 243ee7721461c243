package crm

import (
	"testing"

	"sekisho/caddymodules/stores/storetest"
)

// A failure of ours is no guess: however often somebody tries while their row
// cannot be read, they get in when it can.
func TestAnOutageIsNoGuess(t *testing.T) {
	h := newHouse(t, storetest.Open(t, storetest.Embedded))
	code, token := h.signUp("tanaka")
	doors := []struct {
		page, internal string
		shown          []string
	}{
		{"Auth", "-3", []string{"login_id", demoSystemLogin, "password", demoSystemPassword}},
		{"Get_UserToken", "-26004", []string{"user_loginid", "tanaka", "user_pasword", "pass1"}},
		{"Get_UserInfo2", "-31004", []string{"tokenid", token, "uuid", "device of tanaka"}},
		{"Set_Password", "-32004", []string{"tokenid", token, "user_code", code, "user_pasword", "pass1", "user_new_pasword", "next1"}},
	}
	h.sql("ALTER TABLE hc_master_kokyaku_login RENAME TO hc_master_kokyaku_away")
	h.sql("UPDATE zzmgr_t_user SET pass_hash = 'no hash' || pass_hash WHERE tenant = ?", demoTenant)
	for range 12 {
		for _, door := range doors {
			h.callFrom("198.51.100.1", prefix, door.page, h.token, door.shown...).want(t, door.page+" without its data", door.internal)
		}
	}
	h.sql("ALTER TABLE hc_master_kokyaku_away RENAME TO hc_master_kokyaku_login")
	h.sql("UPDATE zzmgr_t_user SET pass_hash = REPLACE(pass_hash, 'no hash', '') WHERE tenant = ?", demoTenant)
	for _, door := range doors {
		h.callFrom("198.51.100.1", prefix, door.page, h.token, door.shown...).want(t, door.page+" after an outage", "0")
	}
}
