package kit

import (
	"context"
	"crypto/rand"
	"crypto/subtle"
	"encoding/base64"
	"fmt"
	"strings"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"

	"sekisho/caddymodules/fault"
)

// maxPassword is the longest password that is hashed, in bytes; every API's
// own limit is shorter.
const maxPassword = 1024

// argonCost is what one Argon2id hash costs.
type argonCost struct {
	kib    uint32 // memory
	passes uint32
	lanes  uint8
}

// ourCost is that of new hashes, and of the one that stands in for an unknown
// user: 19 MiB, 2 passes, 1 lane.
var ourCost = argonCost{kib: 19 * 1024, passes: 2, lanes: 1}

const (
	saltLength = 16 // bytes
	keyLength  = 32 // bytes
)

// HashPassword gives the PHC string ($argon2id$…) to store for a password.
//
// It waits for its turn, see [VerifyPassword]. A password longer than 1,024
// bytes is TooLong with the subject "password".
func HashPassword(ctx context.Context, password string) (string, error) {
	if len(password) > maxPassword {
		return "", fault.New(fault.TooLong, "password")
	}
	leave, err := hashing.Enter(ctx)
	if err != nil {
		return "", err
	}
	defer leave()
	salt := make([]byte, saltLength)
	_, _ = rand.Read(salt) // never fails: it ends the program instead
	return argonForm(ourCost, salt, ourCost.key(password, salt, keyLength)), nil
}

// VerifyPassword says whether password is the one that was stored, and whether
// the caller should store it anew as [HashPassword] gives it (stale, only ever
// beside right). stored is one of the forms that [CheckStored] knows, or "" for
// a user who does not exist, which is never right.
//
// A wrong password takes as long as an unknown user, whatever the form, so
// that time tells nobody who exists. (Imported Argon2id or bcrypt hashes that
// cost more than ours take longer until they are hashed anew.)
//
// As many passwords are hashed at once in the whole process as there are
// processors; up to 48 more for each of them wait for at most 5 seconds, or until
// ctx ends. Beyond that the error is TooMany. A password longer than 1,024 bytes
// is TooLong with the subject "password".
func VerifyPassword(ctx context.Context, stored, password string) (right, stale bool, err error) {
	if len(password) > maxPassword {
		return false, false, fault.New(fault.TooLong, "password")
	}
	check := func(string) bool { return false }
	current := false
	if stored != "" {
		if check, current, err = parseStored(stored); err != nil {
			return false, false, err
		}
	}
	leave, err := hashing.Enter(ctx)
	if err != nil {
		return false, false, err
	}
	defer leave()
	right = check(password)
	if !right && !current {
		ourCost.key(password, make([]byte, saltLength), keyLength) // for the time it takes
	}
	return right, right && !current, nil
}

// CheckStored says whether [VerifyPassword] understands a stored form. Imports
// ask it of each row; the error never quotes the form. The forms are
//
//	$argon2id$v=19$m=…,t=…,p=1$…$…  Argon2id, up to 64 MiB and 4 passes
//	$2a$… $2b$… $2y$…               bcrypt, up to cost 14
//	{plain}PASSWORD                 the password itself
//	{md5}HEX                        MD5 of the password
//	{md5:salt+password}SALT$HEX     MD5 of the salt, then the password
//	{md5:password+salt}SALT$HEX     MD5 of the password, then the salt
//
// and the last three with sha1 or sha256 for md5. The letter case of HEX does
// not matter. A SALT is not empty and ends at the last $.
func CheckStored(stored string) error {
	_, _, err := parseStored(stored)
	return err
}

// parseStored gives the check of a stored form, and whether it is what
// HashPassword would store today.
func parseStored(stored string) (check func(password string) bool, current bool, err error) {
	switch {
	case len(stored) > maxStored:
		return nil, false, errStoredForm
	case strings.HasPrefix(stored, "$argon2id$"):
		return parseArgon(stored)
	case strings.HasPrefix(stored, "$2"):
		check, err = parseBcrypt(stored)
	default:
		check, err = parseLegacy(stored)
	}
	return check, false, err
}

func (c argonCost) key(password string, salt []byte, length uint32) []byte {
	return argon2.IDKey([]byte(password), salt, c.passes, c.kib, c.lanes, length)
}

func argonForm(c argonCost, salt, key []byte) string {
	return fmt.Sprintf("$argon2id$v=%d$m=%d,t=%d,p=%d$%s$%s", argon2.Version, c.kib, c.passes, c.lanes,
		base64.RawStdEncoding.EncodeToString(salt), base64.RawStdEncoding.EncodeToString(key))
}

// parseArgon reads a PHC string of Argon2id. Its cost is bounded at PHP's
// default (64 MiB, 4 passes, 1 lane), so that an import cannot make logins
// expensive.
func parseArgon(stored string) (check func(string) bool, current bool, err error) {
	parts := strings.Split(stored, "$")
	if len(parts) != 6 {
		return nil, false, errStoredForm
	}
	var c argonCost
	if _, err := fmt.Sscanf(parts[3], "m=%d,t=%d,p=%d", &c.kib, &c.passes, &c.lanes); err != nil {
		return nil, false, errStoredForm
	}
	salt, err1 := base64.RawStdEncoding.DecodeString(parts[4])
	key, err2 := base64.RawStdEncoding.DecodeString(parts[5])
	switch {
	case err1 != nil || err2 != nil:
	case argonForm(c, salt, key) != stored: // of another version, or not as the standard writes it
	case c.lanes != 1 || c.passes < 1 || c.passes > 4 || c.kib < 8 || c.kib > 64*1024:
	case len(salt) < 8 || len(salt) > 64 || len(key) < 16 || len(key) > 64:
	default:
		check = func(password string) bool {
			return subtle.ConstantTimeCompare(key, c.key(password, salt, uint32(len(key)))) == 1
		}
		return check, c == ourCost && len(salt) == saltLength && len(key) == keyLength, nil
	}
	return nil, false, errStoredForm
}

// maxBcryptCost bounds an imported bcrypt hash at about a second of work.
const maxBcryptCost = 14

func parseBcrypt(stored string) (check func(string) bool, err error) {
	cost, err := bcrypt.Cost([]byte(stored))
	if err != nil || cost > maxBcryptCost || !bcryptForm.MatchString(stored) {
		return nil, errStoredForm
	}
	return func(password string) bool {
		return bcrypt.CompareHashAndPassword([]byte(stored), []byte(password)) == nil
	}, nil
}
