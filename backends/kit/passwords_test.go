package kit

import (
	"context"
	"crypto/md5"
	"crypto/sha1"
	"crypto/sha256"
	"fmt"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/crypto/bcrypt"

	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/guard"
	"sekisho/caddymodules/observe"
	"sekisho/caddymodules/stores/storetest"
)

func TestHashedPasswordIsVerified(t *testing.T) {
	stored, err := HashPassword(t.Context(), "umi2018 夏")
	if err != nil {
		t.Fatal(err)
	}
	form := regexp.MustCompile(`^\$argon2id\$v=19\$m=19456,t=2,p=1\$[A-Za-z0-9+/]{22}\$[A-Za-z0-9+/]{43}$`)
	if !form.MatchString(stored) {
		t.Errorf("stored as %s", stored)
	}
	if again, _ := HashPassword(t.Context(), "umi2018 夏"); again == stored {
		t.Error("two hashes of one password are equal: no salt")
	}
	if err := CheckStored(stored); err != nil {
		t.Error(err)
	}
	if right, stale, err := VerifyPassword(t.Context(), stored, "umi2018 夏"); !right || stale || err != nil {
		t.Errorf("the password: right %v, stale %v, %v", right, stale, err)
	}
	for _, wrong := range []string{"", "umi2018 夏 ", "UMI2018 夏", stored} {
		if right, stale, err := VerifyPassword(t.Context(), stored, wrong); right || stale || err != nil {
			t.Errorf("%q: right %v, stale %v, %v", wrong, right, stale, err)
		}
	}
}

func hexOf(sum any) string { return fmt.Sprintf("%x", sum) }

// What old services stored for "umiyama1" is right once, and then stale.
func TestOldHashesAreVerifiedAndStale(t *testing.T) {
	cheap, err := bcrypt.GenerateFromPassword([]byte("umiyama1"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	salt := []byte("0123456789abcdef")
	other := argonCost{kib: 64 * 1024, passes: 4, lanes: 1} // PHP's default
	forms := []string{
		argonForm(other, salt, other.key("umiyama1", salt, 32)),
		argonForm(ourCost, salt[:8], ourCost.key("umiyama1", salt[:8], 32)),
		string(cheap),
		"$2b" + string(cheap)[3:],
		"$2y" + string(cheap)[3:],
		"{plain}umiyama1",
		"{md5}" + hexOf(md5.Sum([]byte("umiyama1"))),
		"{md5}" + strings.ToUpper(hexOf(md5.Sum([]byte("umiyama1")))),
		"{sha1}" + hexOf(sha1.Sum([]byte("umiyama1"))),
		"{sha256}" + hexOf(sha256.Sum256([]byte("umiyama1"))),
		"{md5:salt+password}s$lt$" + hexOf(md5.Sum([]byte("s$ltumiyama1"))),
		"{sha1:password+salt}:magic$" + hexOf(sha1.Sum([]byte("umiyama1:magic"))),
		"{sha256:salt+password}塩$" + hexOf(sha256.Sum256([]byte("塩umiyama1"))),
		"{sha256:password+salt}塩$" + hexOf(sha256.Sum256([]byte("umiyama1塩"))),
	}
	for _, stored := range forms {
		if err := CheckStored(stored); err != nil {
			t.Errorf("%s: %v", stored, err)
		}
		if right, stale, err := VerifyPassword(t.Context(), stored, "umiyama1"); !right || !stale || err != nil {
			t.Errorf("%s: right %v, stale %v, %v", stored, right, stale, err)
		}
		if right, stale, err := VerifyPassword(t.Context(), stored, "umiyama2"); right || stale || err != nil {
			t.Errorf("%s, wrong: right %v, stale %v, %v", stored, right, stale, err)
		}
	}
}

func TestStoredFormsThatAreNotKnown(t *testing.T) {
	ours, err := HashPassword(t.Context(), "x")
	if err != nil {
		t.Fatal(err)
	}
	md5Hex := hexOf(md5.Sum(nil))
	for _, stored := range []string{
		"", "umiyama1", md5Hex, "{plain}", "{md5}", "{md5}" + md5Hex[1:], "{md5}" + md5Hex + "00", "{md5}" + md5Hex[:31] + "g",
		"{md4}" + md5Hex, "{MD5}" + md5Hex, "md5}" + md5Hex, "{md5" + md5Hex,
		"{md5}salt$" + md5Hex, "{md5:salt}salt$" + md5Hex, "{md5:salt+password}" + md5Hex, "{md5:salt+password}$" + md5Hex, "{plain:salt+password}a$b",
		strings.Replace(ours, "m=19456", "m=65537", 1), // more memory than any login may take
		strings.Replace(ours, "m=19456", "m=0", 1),
		strings.Replace(ours, "m=19456", "m=4294967296", 1),
		strings.Replace(ours, "t=2", "t=5", 1),
		strings.Replace(ours, "t=2", "t=0", 1),
		strings.Replace(ours, "p=1", "p=2", 1),
		strings.Replace(ours, "p=1", "p=257", 1),
		strings.Replace(ours, "v=19", "v=16", 1),
		strings.Replace(ours, "argon2id", "argon2i", 1),
		strings.Replace(ours, "m=", "m=+", 1),
		ours + "=", ours + "$", ours[:len(ours)-30], "$argon2id$", "$argon2id$v=19$m=19456,t=2,p=1$$",
		"$2a$15$" + strings.Repeat("a", 53), // half a minute on an old machine
		"$2a$03$" + strings.Repeat("a", 53),
		"$2x$10$" + strings.Repeat("a", 53),
		"$2a$10$" + strings.Repeat("a", 52),
		"$2a$10$" + strings.Repeat("a", 54),
		"$2a$10$" + strings.Repeat("!", 53),
		"$2a$", "$1$salt$hash", "$5$salt$hash",
		"{plain}" + strings.Repeat("a", 1025),
	} {
		err := CheckStored(stored)
		if err == nil {
			t.Errorf("%q is taken", stored)
		}
		if stored == "" {
			continue // VerifyPassword takes it for an unknown user
		}
		right, stale, verifyErr := VerifyPassword(t.Context(), stored, "x")
		if right || stale || verifyErr == nil {
			t.Errorf("%q: right %v, stale %v, %v", stored, right, stale, verifyErr)
		}
		if err != nil && len(stored) > 10 && strings.Contains(err.Error(), stored) {
			t.Errorf("the error quotes %q", stored)
		}
	}
}

func TestOverlongPasswordsAreNotHashed(t *testing.T) {
	long := strings.Repeat("a", maxPassword+1)
	if _, err := HashPassword(t.Context(), long); !fault.Is(err, fault.TooLong) {
		t.Errorf("hashing: %v", err)
	}
	for _, stored := range []string{"", "{plain}a"} {
		if right, _, err := VerifyPassword(t.Context(), stored, long); right || !fault.Is(err, fault.TooLong) {
			t.Errorf("verifying against %q: %v, %v", stored, right, err)
		}
	}
	if _, err := HashPassword(t.Context(), long[1:]); err != nil {
		t.Errorf("the longest: %v", err)
	}
}

// Whether a user exists, and how their password is stored, cannot be told from
// how much is hashed for a wrong password.
func TestWrongPasswordCostsAsMuchAsAnUnknownUser(t *testing.T) {
	ours, err := HashPassword(t.Context(), "right")
	if err != nil {
		t.Fatal(err)
	}
	unknown := hashedBytes(t, "")
	for _, stored := range []string{ours, "{plain}right", "{md5}" + hexOf(md5.Sum([]byte("right")))} {
		// A few bytes come and go between two runs; a hash is 19 MiB.
		if cost := hashedBytes(t, stored); cost+1<<20 < unknown || cost > unknown+1<<20 {
			t.Errorf("%s: %d bytes for the hash, an unknown user %d", stored, cost, unknown)
		}
	}
}

// hashedBytes is how much memory verifying a wrong password goes through: a
// measure of Argon2 that no busy machine disturbs.
func hashedBytes(t *testing.T, stored string) uint64 {
	t.Helper()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if right, _, err := VerifyPassword(t.Context(), stored, "wrong"); right || err != nil {
		t.Fatalf("%q: right %v, %v", stored, right, err)
	}
	runtime.ReadMemStats(&after)
	if n := after.TotalAlloc - before.TotalAlloc; n >= 19<<20 {
		return n
	}
	t.Fatalf("%q was not hashed with 19 MiB", stored)
	return 0
}

func setTurns(t *testing.T, with *Turns) {
	before := hashing
	hashing = with
	t.Cleanup(func() { hashing = before })
}

// 200 logins at once are all answered, two at a time.
func TestFloodOfLoginsIsHashedInTurns(t *testing.T) {
	var peak atomic.Int64
	flood := NewTurns(2, 256, time.Minute)
	flood.observed = func(busy int) {
		for {
			seen := peak.Load()
			if int64(busy) <= seen || peak.CompareAndSwap(seen, int64(busy)) {
				return
			}
		}
	}
	setTurns(t, flood)
	cost := ourCost
	ourCost.kib = 1024 // it is the turns that are looked at
	defer func() { ourCost = cost }()

	var logins sync.WaitGroup
	for i := range 200 {
		logins.Go(func() {
			stored := []string{"", "{plain}umiyama1"}[i%2]
			if right, _, err := VerifyPassword(t.Context(), stored, "wrong"); right || err != nil {
				t.Errorf("right %v, %v", right, err)
			}
		})
	}
	logins.Wait()
	if peak.Load() > 2 {
		t.Errorf("%d passwords were hashed at once", peak.Load())
	}
	if len(flood.free) != 2 || flood.waiting.Load() != 0 {
		t.Errorf("afterwards %d turns are free and %d wait", len(flood.free), flood.waiting.Load())
	}
}

func TestFullQueueIsTooMany(t *testing.T) {
	full := NewTurns(1, 1, time.Minute)
	setTurns(t, full)
	leave, err := full.Enter(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	waited := make(chan error, 1)
	go func() {
		_, err := HashPassword(t.Context(), "the one that waits")
		waited <- err
	}()
	eventually(t, "one waits", func() bool { return full.waiting.Load() == 1 })
	_, _, err = VerifyPassword(t.Context(), "", "one too many")
	if f := fault.Of(err); f == nil || f.Kind != fault.TooMany || f.RetryAfter != time.Second {
		t.Errorf("beyond the queue: %v", err)
	}
	leave()
	if err := <-waited; err != nil {
		t.Errorf("within the queue: %v", err)
	}
}

// Where strangers keep the line full, who has been right before has a place all the
// same.
func TestWhoIsKnownHasAPlaceInAFullLine(t *testing.T) {
	full := NewTurns(1, 1, time.Minute)
	setTurns(t, full)
	leave, err := full.Enter(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	in := func(ctx context.Context) (came chan error) {
		came = make(chan error, 1)
		go func() {
			_, err := HashPassword(ctx, "x")
			came <- err
		}()
		return came
	}
	stranger := in(t.Context())
	eventually(t, "a stranger waits", func() bool { return full.waiting.Load() == 1 })
	known := in(usual(t))
	for full.waiting.Load() < 2 {
		select {
		case err := <-known:
			t.Fatalf("who is known does not wait: %v", err)
		default:
			runtime.Gosched()
		}
	}
	for who, ctx := range map[string]context.Context{"a stranger": t.Context(), "one too many of those known": usual(t)} {
		if _, err := HashPassword(ctx, "x"); !fault.Is(err, fault.TooMany) {
			t.Errorf("%s: %v", who, err)
		}
	}
	leave()
	if err := <-stranger; err != nil {
		t.Errorf("the stranger in the line: %v", err)
	}
	if err := <-known; err != nil {
		t.Errorf("who is known: %v", err)
	}
}

// usual is what is done for somebody who was right before from where they are.
func usual(t *testing.T) context.Context {
	t.Helper()
	door, err := guard.NewDoor(storetest.Open(t, storetest.Embedded), observe.New(), t.Name(), guard.People)
	if err != nil {
		t.Fatal(err)
	}
	var attempt *guard.Attempt
	for range 2 {
		if attempt, err = door.Begin(t.Context(), "member", "192.0.2.1"); err != nil {
			t.Fatal(err)
		}
		if err := attempt.Right(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	return attempt.In(t.Context())
}

func TestWaitingForATurnEnds(t *testing.T) {
	setTurns(t, NewTurns(0, 1, 10*time.Millisecond))
	if _, err := HashPassword(t.Context(), "x"); !fault.Is(err, fault.TooMany) {
		t.Errorf("with time: %v", err)
	}
	setTurns(t, NewTurns(0, 1, time.Minute))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := HashPassword(ctx, "x"); err == nil || fault.Is(err, fault.TooMany) {
		t.Errorf("with the client: %v", err)
	}
}

// Whatever an import brings is either refused or can be verified at a bounded
// cost, without a panic; and what is refused here is refused there.
func FuzzStoredPassword(f *testing.F) {
	for _, seed := range []string{
		"$argon2id$v=19$m=8,t=1,p=1$AAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAA", "$2a$04$" + strings.Repeat("a", 53),
		"{plain}password", "{md5}d41d8cd98f00b204e9800998ecf8427e", "{sha1:salt+password}a$b$da39a3ee5e6b4b0d3255bfef95601890afd80709", "",
	} {
		f.Add(seed, "password")
	}
	f.Fuzz(func(t *testing.T, stored, password string) {
		check, current, err := parseStored(stored)
		if err != nil {
			if check != nil || current {
				t.Fatalf("%q is refused and taken", stored)
			}
			return
		}
		if strings.HasPrefix(stored, "$2") && !strings.HasPrefix(stored[3:], "$04") {
			return // right, but too slow to try a thousand times
		}
		right := check(password)
		if plain, ok := strings.CutPrefix(stored, "{plain}"); ok && right != (plain == password) {
			t.Fatalf("%q, %q: right %v", stored, password, right)
		}
		if right && check(password+"x") && !strings.HasPrefix(stored, "$2") { // bcrypt sees 72 bytes
			t.Fatalf("%q takes two passwords", stored)
		}
	})
}

func BenchmarkVerifyPassword(b *testing.B) {
	stored, err := HashPassword(b.Context(), "umiyama1")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if right, _, err := VerifyPassword(b.Context(), stored, "umiyama1"); !right || err != nil {
			b.Fatal(right, err)
		}
	}
}
