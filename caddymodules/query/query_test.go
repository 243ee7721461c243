package query

import (
	"net/url"
	"slices"
	"strings"
	"testing"
)

// TestFields is what stands in a query, and what is read.
func TestFields(t *testing.T) {
	for _, test := range []struct {
		raw  string
		want []Field
	}{
		{"", nil},
		{"&&", nil},
		{"&sid=3&&key=x&", []Field{{"sid", "3"}, {"key", "x"}}},
		{"sid=3&sid=4", []Field{{"sid", "3"}, {"sid", "4"}}},
		{"sid", []Field{{"sid", ""}}},
		{"sid=", []Field{{"sid", ""}}},
		{"=3", []Field{{"", "3"}}},
		{"=", []Field{{"", ""}}},
		{"a=b=c", []Field{{"a", "b=c"}}},
		{"a=1;b=2", []Field{{"a", "1;b=2"}}},
		{"a;b=2", []Field{{"a;b", "2"}}},
		{"%73id=%33", []Field{{"sid", "3"}}},
		{"a+b=c+d", []Field{{"a b", "c d"}}},
		{"a=%2B%26%3D%25", []Field{{"a", "+&=%"}}},
		{"a=%E6%a2%85", []Field{{"a", "梅"}}},
		{"a=梅", []Field{{"a", "梅"}}},
		{"a=%ff%00", []Field{{"a", "\xff\x00"}}},

		// What is no escape stands for itself, and what is one beside it does not.
		{"a=%", []Field{{"a", "%"}}},
		{"a=%4", []Field{{"a", "%4"}}},
		{"a=%zz", []Field{{"a", "%zz"}}},
		{"a=a+b%", []Field{{"a", "a b%"}}},
		{"a=%61%zz", []Field{{"a", "a%zz"}}},
		{"a=%%41", []Field{{"a", "%A"}}},
		{"a=%+1%-1%_1", []Field{{"a", "% 1%-1%_1"}}},
		{"a=%u6885", []Field{{"a", "%u6885"}}},
	} {
		if got := slices.Collect(Fields(test.raw)); !slices.Equal(got, test.want) {
			t.Errorf("%q: %q, want %q", test.raw, got, test.want)
		}
	}
}

// TestFieldsStop reads no further than it is asked to.
func TestFieldsStop(t *testing.T) {
	read := 0
	for range Fields("a=1&b=2&c=3") {
		if read++; read == 2 {
			break
		}
	}
	if read != 2 {
		t.Errorf("read %d", read)
	}
}

// TestFirstAndLast is which of a repeated parameter counts.
func TestFirstAndLast(t *testing.T) {
	for _, test := range []struct {
		raw, first, last string
		there            bool
	}{
		{"step=1", "1", "1", true},
		{"step=1&step=3", "1", "3", true},
		{"x=0&step=1&step=2&step=3&x=4", "1", "3", true},
		{"step=&step=9", "", "9", true},
		{"step=9&step=", "9", "", true},
		{"step=9&step", "9", "", true},
		{"step=9&%73tep=%31", "9", "1", true},
		{"%73tep=%31&step=9", "1", "9", true},
		{"step=1;x", "1;x", "1;x", true},
		{"x=a;b&step=1", "1", "1", true},
		{"step=1&x=%zz", "1", "1", true},
		{"step=1&step=3%zz", "1", "3%zz", true},
		{"STEP=1", "", "", false},
		{"", "", "", false},
	} {
		if got, there := First(test.raw, "step"); got != test.first || there != test.there {
			t.Errorf("%q: first %q %v, want %q %v", test.raw, got, there, test.first, test.there)
		}
		if got, there := Last(test.raw, "step"); got != test.last || there != test.there {
			t.Errorf("%q: last %q %v, want %q %v", test.raw, got, there, test.last, test.there)
		}
	}
}

// Whatever is sent: nothing grows, First and Last are those of Fields, and
// what net/url reads without a fault is read alike.
func FuzzQuery(f *testing.F) {
	f.Add("sid=3&key=a+b%")
	f.Add("&&=&sid=%61%zz;key=4&%00=%")
	f.Add("%73tep=%31&step")
	f.Fuzz(func(t *testing.T, raw string) {
		last, size := map[string]string{}, 0
		lenient := url.Values{}
		for field := range Fields(raw) {
			last[field.Name] = field.Value
			lenient.Add(field.Name, field.Value)
			size += len(field.Name) + len(field.Value)
		}
		if size > len(raw) {
			t.Errorf("%d bytes became %d", len(raw), size)
		}
		for name, want := range last {
			if got, there := Last(raw, name); got != want || !there {
				t.Errorf("the last %q is %q %v, want %q", name, got, there, want)
			}
			if got, there := First(raw, name); got != lenient.Get(name) || !there {
				t.Errorf("the first %q is %q %v, want %q", name, got, there, lenient.Get(name))
			}
		}
		if strict, err := url.ParseQuery(raw); err == nil && strict.Encode() != lenient.Encode() {
			t.Errorf("%q, but net/url reads %q", lenient, strict)
		}
		if !strings.ContainsAny(raw, "%+&=") && raw != "" {
			if _, there := Last(raw, raw); !there {
				t.Errorf("%q alone is not there", raw)
			}
		}
	})
}
