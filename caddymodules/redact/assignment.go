package redact

import "strings"

// withoutAssignments takes out of a text the values that are named like a
// secret: password=…, "token":"…", {Key:…}, Authorization: ….
func withoutAssignments(s string) string {
	var b strings.Builder
	done, lineEnd := 0, 0
	for i := 0; i < len(s); i++ {
		length := assignmentSign(s, i)
		if length == 0 {
			continue
		}
		name, secret := assignedName(s[done:], i-done)
		if !secret {
			continue
		}
		if i >= lineEnd {
			lineEnd = i + lineLength(s[i:])
		}
		start, end := assignedValue(s[:lineEnd], i, length, name)
		b.WriteString(s[done:start])
		if end > start {
			b.WriteString(Hidden)
		}
		done, i = end, end-1
	}
	if done == 0 {
		return s
	}
	b.WriteString(s[done:])
	return b.String()
}

// assignmentSign is the length of the sign at i that assigns a value, or 0.
func assignmentSign(s string, i int) int {
	switch {
	case s[i] == '=' || s[i] == ':':
		return 1
	case s[i] == '%' && hasFold(s[i:], "%3d"):
		return 3
	}
	return 0
}

// assignedName is the name before the sign at i, and whether what follows is to
// be taken out. "token: unexpected EOF" and "module 'site_key': unknown limit"
// are how errors are written, and no assignments; JSON and a header line are.
func assignedName(s string, i int) (name string, secret bool) {
	end := i
	for end > 0 && end > i-2 && s[end-1] == ' ' {
		end--
	}
	quoted := end > 0 && s[end-1] == '"'
	if quoted {
		end--
		if end > 0 && s[end-1] == '\\' {
			end--
		}
	} else if end > 0 && (s[end-1] == '\'' || s[end-1] == '`') {
		end--
	}
	start := end
	for start > 0 && end-start < 64 && isHostByte(s[start-1]) {
		start--
	}
	name = s[start:end]
	if !secretName(name) || strings.HasSuffix(name, ".go") {
		return name, false
	}
	if s[i] != ':' || quoted || isSecretHeader(name) {
		return name, true
	}
	return name, i+1 < len(s) && s[i+1] > ' ' && !strings.HasPrefix(s[i:], "://")
}

// isSecretHeader says whether a secret's name is that of a header.
func isSecretHeader(name string) bool {
	return name == "Token" || hasFold(name, "x-") ||
		hasSuffixFold(name, "authorization") || hasSuffixFold(name, "cookie")
}

func lineLength(s string) int {
	if length := strings.IndexAny(s, "\r\n"); length >= 0 {
		return length
	}
	return len(s)
}

// assignedValue is where the value after the sign at i begins and ends. Where
// that cannot be told it ends with the line, which is the end of s.
func assignedValue(s string, i, length int, name string) (start, end int) {
	start = i + length
	for start < len(s) && (s[start] == ' ' || s[start] == '\t') {
		start++
	}
	rest := s[start:]
	if isSecretHeader(name) {
		return start, start + len(rest)
	}
	for _, quote := range []string{`\"`, `"`, `'`, "`"} {
		if strings.HasPrefix(rest, quote) {
			inner := closing(rest[len(quote):], quote)
			end = start + len(quote) + inner
			if behind := strings.TrimPrefix(s[end:], quote); isAssigned(behind) {
				return start, len(s) // it is the name of something itself
			}
			return start + len(quote), end
		}
	}
	if strings.HasPrefix(rest, "[") || strings.HasPrefix(rest, "{") || s[i] == ':' && !isNumber(rest) {
		return start, start + len(rest)
	}
	if word := strings.IndexAny(rest, " \t"); word >= 0 {
		if hasFold(rest, "bearer ") || hasFold(rest, "basic ") {
			return start, len(s) // the secret is the next word
		}
		rest = rest[:word]
	}
	if inner := strings.TrimRight(rest, closers); inner != "" {
		rest = inner
	}
	return start, start + len(rest)
}

// isAssigned says whether s, what stands behind a name, assigns it a value.
func isAssigned(s string) bool {
	s = strings.TrimLeft(s, " \t")
	return s != "" && assignmentSign(s, 0) > 0
}

// closing is where the quotation ends, or the length of s if it does not. A
// quotation mark behind a backslash of its own does not end it.
func closing(s, quote string) int {
	for i := range len(s) {
		if strings.HasPrefix(s[i:], quote) && (quote == "`" || i == 0 || s[i-1] != '\\') {
			return i
		}
	}
	return len(s)
}

// isNumber says whether s starts with a JSON number and nothing that could be
// the rest of a longer word.
func isNumber(s string) bool {
	i := 0
	for i < len(s) && (s[i] >= '0' && s[i] <= '9' || s[i] == '.' || s[i] == '-') {
		i++
	}
	return i > 0 && (i == len(s) || strings.IndexByte(",}] ", s[i]) >= 0)
}
