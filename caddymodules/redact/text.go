package redact

import (
	"regexp"
	"strings"
)

// maxText is how much of one text is logged, in bytes. A stack trace fits.
const maxText = 32 << 10

// text is what may be shown of a text of which only its form is known. Most
// texts are clean, and come back as they are without a copy.
func text(s string) string {
	if len(s) > maxText {
		s = cut(s, maxText) + "…"
	}
	if !suspicious(s) {
		return s
	}
	s = withoutPanicValue(s)
	s = withoutAssignments(s)
	s = afterScheme.ReplaceAllStringFunc(s, withoutCredential)
	s = aroundAt.ReplaceAllStringFunc(s, withoutUser)
	return afterQuestionMark.ReplaceAllStringFunc(s, withoutQuery)
}

// suspicious says whether text has work to do. It errs on the side of work.
func suspicious(s string) bool {
	for i := range len(s) {
		switch s[i] {
		case '?':
			if i+1 < len(s) && s[i+1] > ' ' {
				return true
			}
		case '@':
			if !inModulePath(s, i) {
				return true
			}
		case '%':
			if hasFold(s[i:], "%3f") || hasFold(s[i:], "%3d") || hasFold(s[i:], "%20") && afterSchemeName(s[:i]) {
				return true
			}
		case ' ', '\t', '+':
			if afterSchemeName(s[:i]) || strings.HasSuffix(s[:i], "panic serving") {
				return true
			}
		case '=', ':':
			if _, secret := assignedName(s, i); secret {
				return true
			}
		}
	}
	return false
}

// afterSchemeName says whether s ends in the name of an authentication scheme
// whose credential would follow.
func afterSchemeName(s string) bool {
	return hasSuffixFold(s, "bearer") || hasSuffixFold(s, "basic")
}

var (
	afterScheme       = regexp.MustCompile(`(?i)\b(bearer|basic)([ \t+]|%20)+\S+`)
	aroundAt          = regexp.MustCompile(`\S*@\S*`)
	afterQuestionMark = regexp.MustCompile(`(\?|%3[fF])\S+`)
	schemeName        = regexp.MustCompile(`(?i)^(bearer|basic)([ \t+]|%20)+`)
)

// closers are the signs that may follow an address or credential in a sentence.
const closers = "\"'`)]}>,.;:!?\\"

// withoutCredential takes out what follows Bearer or Basic.
func withoutCredential(s string) string {
	name := schemeName.FindString(s)
	credential := s[len(name):]
	switch strings.TrimRight(strings.ToLower(credential), closers) {
	case "auth", "authentication", "authorization", "token", "tokens", "scheme", "credentials":
		return s // prose
	}
	return name + hiddenUpToClosers(credential)
}

// withoutUser takes out the user and password of the addresses in a word, and
// e-mail addresses.
func withoutUser(word string) string {
	at := strings.LastIndexByte(word, '@')
	if inModulePath(word, at) && strings.Count(word, "@") == 1 {
		return word
	}
	start := strings.Index(word, "://")
	if start < 0 || start > at {
		return hiddenBetweenQuotes(word)
	}
	start += len("://")
	if strings.ContainsAny(word[start:at], "?#") {
		return word[:start] + Hidden // a query with an at sign, or a password with a question mark
	}
	return word[:start] + Hidden + word[at:]
}

// inModulePath says whether the at sign at i stands in the path of a Go module
// (github.com/caddyserver/caddy/v2@v2.11.9/caddy.go:12), as in stack traces.
func inModulePath(s string, i int) bool {
	if i+2 >= len(s) || s[i+1] != 'v' || s[i+2] < '0' || s[i+2] > '9' {
		return false
	}
	slash := false
	for i--; i >= 0 && s[i] > ' '; i-- {
		switch {
		case s[i] == '/':
			slash = true
		case !isHostByte(s[i]) && s[i] != '!' && s[i] != '~':
			return false
		}
	}
	return slash
}

// withoutQuery takes out what follows a question mark within a word.
func withoutQuery(s string) string {
	length := 1
	if s[0] == '%' {
		length = 3
	}
	return s[:length] + hiddenUpToClosers(s[length:])
}

func hiddenUpToClosers(s string) string {
	inner := strings.TrimRight(s, closers)
	if inner == "" {
		return s
	}
	return Hidden + s[len(inner):]
}

func hiddenBetweenQuotes(word string) string {
	inner := strings.TrimLeft(word, "\"'`([{<")
	return word[:len(word)-len(inner)] + hiddenUpToClosers(inner)
}

// withoutPanicValue takes the value out of net/http's report of a panic: it may
// hold anything that a stranger sent. The stack trace stays.
func withoutPanicValue(s string) string {
	start := strings.Index(s, "panic serving ")
	if start < 0 {
		return s
	}
	length := strings.Index(s[start:], ": ")
	if length < 0 {
		return s
	}
	start += length + len(": ")
	if stack := strings.LastIndex(s, "\ngoroutine "); stack >= start {
		return s[:start] + Hidden + s[stack:]
	}
	return s[:start] + Hidden
}
