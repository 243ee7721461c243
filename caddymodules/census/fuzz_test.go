package census

import "testing"

// A family is one of the list, and nothing of what a stranger wrote; it is the
// same whether it is remembered or not.
func FuzzFamily(f *testing.F) {
	for _, userAgent := range []string{
		"", "curl/7.88.1", "PhotoCloak/2.1 CFNetwork/711.3.18 Darwin/14.0.0", "DoCoMo/2.0 P903i(c100;TB;W24H12)", "my-password-is-himitsu", "\xff\x00\r\n",
	} {
		f.Add(userAgent)
	}
	known := map[string]bool{"none": true, "other": true}
	for _, one := range families {
		known[one.family] = true
	}
	var memory familyMemory
	f.Fuzz(func(t *testing.T, userAgent string) {
		first, again := memory.of(userAgent), memory.of(userAgent)
		if !known[first] || again != first || familyOf(userAgent) != first {
			t.Errorf("%q is of the families %q, %q and %q", userAgent, first, again, familyOf(userAgent))
		}
	})
}
