package kit

import (
	"crypto/md5"  // as the old services stored passwords
	"crypto/sha1" // as the old services stored passwords
	"crypto/sha256"
	"crypto/subtle"
	"encoding/hex"
	"errors"
	"hash"
	"regexp"
	"strings"
)

// maxStored is the longest stored form, in bytes: a plain password and its
// mark.
const maxStored = maxPassword + len("{plain}")

// errStoredForm does not quote what it is about.
var errStoredForm = errors.New("a password hash of no known form: " +
	"known are $argon2id$…, $2a$… $2b$… $2y$… (bcrypt), {plain}password, and {md5}, {sha1} or {sha256} before hexadecimal digits, " +
	"with a salt {sha256:salt+password}salt$digits or {sha256:password+salt}salt$digits")

var bcryptForm = regexp.MustCompile(`^\$2[aby]\$[0-9]{2}\$[./A-Za-z0-9]{53}$`)

// digests are those of the forms that come in from an old service, by the name
// in their mark. None is ever written.
var digests = map[string]func() hash.Hash{"md5": md5.New, "sha1": sha1.New, "sha256": sha256.New}

func parseLegacy(stored string) (check func(password string) bool, err error) {
	mark, rest, found := strings.Cut(strings.TrimPrefix(stored, "{"), "}")
	if !found || !strings.HasPrefix(stored, "{") {
		return nil, errStoredForm
	}
	if mark == "plain" && rest != "" {
		return plainCheck(rest), nil
	}
	name, order, salted := strings.Cut(mark, ":")
	digest, known := digests[name]
	if !known || salted && order != "salt+password" && order != "password+salt" {
		return nil, errStoredForm
	}
	salt := ""
	if salted {
		cut := strings.LastIndexByte(rest, '$')
		if cut < 1 {
			return nil, errStoredForm
		}
		salt, rest = rest[:cut], rest[cut+1:]
	}
	want, err := hex.DecodeString(rest)
	if err != nil || len(want) != digest().Size() {
		return nil, errStoredForm
	}
	return func(password string) bool {
		if order == "salt+password" {
			password = salt + password
		} else {
			password += salt
		}
		h := digest()
		h.Write([]byte(password))
		return subtle.ConstantTimeCompare(want, h.Sum(nil)) == 1
	}, nil
}

// plainCheck compares digests, so that time does not tell the length either.
func plainCheck(want string) func(password string) bool {
	wanted := sha256.Sum256([]byte(want))
	return func(password string) bool {
		got := sha256.Sum256([]byte(password))
		return subtle.ConstantTimeCompare(wanted[:], got[:]) == 1
	}
}
