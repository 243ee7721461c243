package photocloak

import (
	"fmt"
	"regexp"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/caddyserver/caddy/v2"
	"github.com/caddyserver/caddy/v2/caddyconfig/caddyfile"
	"github.com/dustin/go-humanize"

	"sekisho/backends/kit"
)

// The defaults of the options.
const (
	defaultLifetime     = 30 * 24 * time.Hour
	defaultMaking       = 30 * 24 * time.Hour
	defaultRest         = 7 * 24 * time.Hour
	defaultMaxCloakNo   = 99
	defaultMaxPhotos    = 2000
	defaultDecodeMemory = 700 << 20
)

// defaultPrefixes are the first halves of the numbers.
var defaultPrefixes = []Prefix{
	{"matsu", "松"},
	{"take", "竹"},
	{"ume", "梅"},
	{"sakura", "桜"},
	{"fuji", "藤"},
	{"kiku", "菊"},
	{"ran", "蘭"},
	{"momo", "桃"},
	{"kaede", "楓"},
	{"sugi", "杉"},
	{"yanagi", "柳"},
	{"hagi", "萩"},
}

// The bounds of the options.
const (
	shortestTime       = time.Minute
	longestTime        = 100 * 365 * 24 * time.Hour
	largestMaxCloakNo  = 100_000_000
	largestMaxPhotos   = 100_000
	smallestMemory     = 16 << 20
	largestMemory      = 1 << 40
	uploadsAtOnce      = 128 // being received; further ones wait their turn
	longestPrefixName  = 10  // characters
	longestPrefixCode  = 20
	mostPrefixes       = 1000
	wordsOfDecodeBound = "decode_memory must be a size from 16MiB to 1TiB"
)

func (h *Handler) setDefaults() {
	setDefault(&h.Numbers, kit.NumbersQuoted)
	setDefault(&h.Lifetime, caddy.Duration(defaultLifetime))
	setDefault(&h.Making, caddy.Duration(defaultMaking))
	setDefault(&h.Rest, caddy.Duration(defaultRest))
	setDefault(&h.MaxCloakNo, defaultMaxCloakNo)
	setDefault(&h.MaxPhotos, defaultMaxPhotos)
	setDefault(&h.DecodeMemory, defaultDecodeMemory)
	if len(h.Prefixes) == 0 {
		h.Prefixes = defaultPrefixes
	}
}

func setDefault[T comparable](option *T, otherwise T) {
	var absent T
	if *option == absent {
		*option = otherwise
	}
}

func (h *Handler) rules() rules {
	u := rules{
		lifetime:  time.Duration(h.Lifetime),
		making:    time.Duration(h.Making),
		rest:      time.Duration(h.Rest),
		maxNo:     h.MaxCloakNo,
		maxPhotos: h.MaxPhotos,
		numbers:   h.Numbers,
	}
	for _, p := range h.Prefixes {
		u.prefixes = append(u.prefixes, prefix(p))
	}
	return u
}

var prefixCode = regexp.MustCompile(`^[a-z]{1,` + strconv.Itoa(longestPrefixCode) + `}$`)

func validatePrefixes(prefixes []Prefix) error {
	if len(prefixes) > mostPrefixes {
		return fmt.Errorf("there are %d prefixes; at most %d are taken", len(prefixes), mostPrefixes)
	}
	seen := map[string]bool{}
	for _, p := range prefixes {
		if !prefixCode.MatchString(p.Code) {
			return fmt.Errorf("the prefix code %q must be 1 to %d letters a to z", p.Code, longestPrefixCode)
		}
		if n := utf8.RuneCountInString(p.Name); n < 1 || n > longestPrefixName || !utf8.ValidString(p.Name) {
			return fmt.Errorf("the name of the prefix %s must have 1 to %d characters", p.Code, longestPrefixName)
		}
		if seen[p.Code] || seen[p.Name] {
			return fmt.Errorf("the prefix %s %s is given twice", p.Code, p.Name)
		}
		seen[p.Code], seen[p.Name] = true, true
	}
	return nil
}

func parseTime(d *caddyfile.Dispenser, into *caddy.Duration) error {
	option := d.Val()
	value, err := kit.Argument(d, *into != 0, "a time such as 720h or 30d")
	if err != nil {
		return err
	}
	parsed, err := caddy.ParseDuration(value)
	if err != nil || parsed < shortestTime || parsed > longestTime {
		return d.Errf("%s is %q; it must be a time of 1 minute to 100 years, such as 720h or 30d", option, value)
	}
	*into = caddy.Duration(parsed)
	return nil
}

func (h *Handler) parsePrefix(d *caddyfile.Dispenser) error {
	args := d.RemainingArgs()
	if len(args) != 2 {
		return d.Err("prefix takes two arguments, its code and its name, as in `prefix ume 梅`")
	}
	prefixes := append(h.Prefixes, Prefix{Code: args[0], Name: args[1]})
	if err := validatePrefixes(prefixes); err != nil {
		return d.WrapErr(err)
	}
	h.Prefixes = prefixes
	return nil
}

// parseCount reads an option that is a number of 1 to largest.
func parseCount(d *caddyfile.Dispenser, into *int64, largest int64) error {
	option := d.Val()
	value, err := kit.Argument(d, *into != 0, "a number")
	if err != nil {
		return err
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil || n < 1 || n > largest {
		return d.Errf("%s is %q; it must be a number of 1 to %d", option, value, largest)
	}
	*into = n
	return nil
}

func (h *Handler) parseDecodeMemory(d *caddyfile.Dispenser) error {
	value, err := kit.Argument(d, h.DecodeMemory != 0, "a size such as 700MiB")
	if err != nil {
		return err
	}
	size, err := humanize.ParseBytes(value)
	if err != nil || size < smallestMemory || size > largestMemory {
		return d.Err(wordsOfDecodeBound)
	}
	h.DecodeMemory = int64(size)
	return nil
}
