package kit

import "testing"

// Only letters that ASCII knows lose their case: K (U+212A) is no k.
func TestMailKey(t *testing.T) {
	if got := MailKey("ÄbC\u212a@EXAMPLE.com"); got != "Äbc\u212a@example.com" {
		t.Errorf("%q", got)
	}
}
