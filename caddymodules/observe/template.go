package observe

import (
	"fmt"
	"iter"
	"strings"
)

// A template is a declared path that holds whole segments in braces,
// /shop/{id}/list. Each stands for exactly one segment that is not empty. It is
// read here for those who serve and those who log, so that they never take one
// path for two operations.

// CheckTemplate says what is wrong with a declared path: a brace that does not
// enclose a whole segment, a name in braces that is not made of ASCII letters and
// digits, or one that comes twice. A path without braces is right.
func CheckTemplate(path string) error {
	named := map[string]bool{}
	for segment := range strings.SplitSeq(path, "/") {
		name, braced := bracedName(segment)
		switch {
		case !braced && !strings.ContainsAny(segment, "{}"):
			continue
		case !braced || !isTemplateName(name):
			return fmt.Errorf("path %s: a brace must enclose a whole segment that is a name of letters and digits", path)
		case named[name]:
			return fmt.Errorf("path %s: {%s} comes twice", path, name)
		}
		named[name] = true
	}
	return nil
}

// IsTemplate says whether a declared path holds braces.
func IsTemplate(path string) bool { return strings.IndexByte(path, '{') >= 0 }

// Fits says whether path is one that template stands for; with fold whatever the
// letter case of the segments without braces. Neither ends in a slash.
func Fits(template, path string, fold bool) bool {
	for more := true; more; {
		var declared, segment string
		var longer bool
		declared, template, more = strings.Cut(template, "/")
		segment, path, longer = strings.Cut(path, "/")
		if more != longer || !fitsSegment(declared, segment, fold) {
			return false
		}
	}
	return true
}

func fitsSegment(declared, segment string, fold bool) bool {
	if _, braced := bracedName(declared); braced {
		return segment != ""
	}
	return declared == segment || fold && strings.EqualFold(declared, segment)
}

// Braced gives each name in braces with what stands there in a path that fits.
func Braced(template, path string) iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		for more := true; more; {
			var declared, segment string
			declared, template, more = strings.Cut(template, "/")
			segment, path, _ = strings.Cut(path, "/")
			if name, braced := bracedName(declared); braced && !yield(name, segment) {
				return
			}
		}
	}
}

func bracedName(segment string) (name string, braced bool) {
	if len(segment) < 2 || segment[0] != '{' || segment[len(segment)-1] != '}' {
		return "", false
	}
	return segment[1 : len(segment)-1], true
}

func isTemplateName(name string) bool {
	for i := range len(name) {
		if c := name[i] | 0x20; (c < 'a' || c > 'z') && (name[i] < '0' || name[i] > '9') {
			return false
		}
	}
	return name != ""
}
