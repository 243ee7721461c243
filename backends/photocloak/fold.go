package photocloak

import (
	"strings"

	"golang.org/x/text/unicode/norm"
)

// fold gives text as it is compared: NFKC, in lower case. ＡＢＣ folds to abc and
// ｶﾞ to ガ; hiragana and katakana stay apart.
func fold(text string) string {
	// A small letter may have a composed form where the capital had none.
	return norm.NFC.String(strings.ToLower(norm.NFKC.String(text)))
}
