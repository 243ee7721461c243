package customers

import (
	"strings"
	"testing"

	"sekisho/caddymodules/fault"
)

// TestColumns holds values against the rule of each column.
func TestColumns(t *testing.T) {
	long := strings.Repeat("海", maxText)
	texts := []string{
		"name01", "name02", "kana01", "kana02", "addr01", "addr02", "email_mobile", "tel01", "tel02", "tel03", "fax01", "fax02", "fax03",
		"birth", "password", "reminder_answer", "secret_key", "first_buy_date", "last_buy_date", "create_date", "update_date", "cel01", "cel02", "cel03", "url",
	}
	good := map[string][]string{
		"zip01":        {"100", "007"},
		"zip02":        {"0001"},
		"pref":         {"1", "07", "47"},
		"sex":          {"1", "2"},
		"job":          {"1", "18", "09"},
		"reminder":     {"1", "7"},
		"status":       {"1", "2"},
		"mailmaga_flg": {"0", "1", "2", "3"},
		"del_flg":      {"0", "1"},
		"buy_times":    {"0", "007", "9223372036854775807"},
		"buy_total":    {"0"},
		"point":        {"4250"},
		"note":         {"一行目\r\n\t二行目", strings.Repeat("記", maxNote)},
		"email": {
			"usera@example.com", "a@b", "a+b_c=d@sub.example.co.jp", "abc..def@docomo.ne.jp", "abc.@ezweb.ne.jp", ".abc@ezweb.ne.jp",
			`"abc..def."@docomo.ne.jp`, "1@1.jp", strings.Repeat("a", maxText-len("@b.jp")) + "@b.jp",
		},
	}
	bad := map[string][]string{
		"zip01":        {"10", "1000", "10a", "１００", "-10"},
		"zip02":        {"001", "00001"},
		"pref":         {"0", "48", "007", "x", "1.0", "+1", " 1"},
		"sex":          {"0", "3", "01"},
		"job":          {"0", "19"},
		"reminder":     {"0", "8"},
		"status":       {"0", "3"},
		"mailmaga_flg": {"4", "-1"},
		"del_flg":      {"2", "01", "true"},
		"buy_times":    {"-1", "1e3", "9223372036854775808", "1 "},
		"buy_total":    {"1,000"},
		"point":        {"٤"},
		"note":         {"\x1b[31m", "\u0085", strings.Repeat("記", maxNote+1)},
		"email": {
			"usera", "@example.com", "usera@", "a b@example.com", "a@b@c", "a@b..c", "a@-b.jp", "a@b.jp.", "海@example.com", "a@例え.jp",
			"a@b.jp\n", `"@b.jp`, `""@b.jp`, "a;b@c.jp", "<a@b.jp>", strings.Repeat("a", maxText) + "@b.jp",
		},
	}
	for _, name := range texts {
		good[name] = []string{"x", "'; DROP TABLE dtb_customer; --", "🗻", long}
		bad[name] = []string{long + "海", "a\nb", "a\tb", "\x7f", "a\u009fb"}
	}
	for _, c := range columns {
		if len(good[c.name]) == 0 || len(bad[c.name]) == 0 {
			t.Errorf("%s is not tested", c.name)
		}
		for _, value := range good[c.name] {
			if err := c.check(value); err != nil {
				t.Errorf("%s refused %.60q", c.name, value)
			}
		}
		for _, value := range bad[c.name] {
			if f := fault.Of(c.check(value)); f == nil || f.Kind != fault.Malformed || f.Subject != c.name || f.Value != value {
				t.Errorf("%s took %.60q: %v", c.name, value, f)
			}
		}
		if err := c.check(""); fault.Is(err, fault.Missing) != c.required {
			t.Errorf("%s empty: %v", c.name, err)
		}
	}
}

// TestJSONValues decodes what a client may send in place of quoted text.
func TestJSONValues(t *testing.T) {
	tests := []struct {
		column, json string
		text         string
		sent         bool
		echo         string // of a refusal
	}{
		{"pref", `"13"`, "13", true, ""},
		{"pref", `13`, "13", true, ""},
		{"pref", `null`, "", false, ""},
		{"pref", `13.0`, "", false, "13.0"},
		{"pref", `1e1`, "", false, "1e1"},
		{"pref", `-1`, "", false, "-1"},
		{"pref", `true`, "", false, "true"},
		{"pref", `{ "a" : [ 1 ] }`, "", false, `{"a":[1]}`},
		{"tel01", `3`, "3", true, ""},
		{"name01", `3`, "", false, "3"},
		{"name01", `false`, "", false, "false"},
		{"password", `[ ]`, "", false, "[]"},
		{"note", `"\u6d77"`, "海", true, ""},
	}
	for _, test := range tests {
		for _, c := range columns {
			if c.name != test.column {
				continue
			}
			text, sent, err := c.decode([]byte(test.json))
			echo := ""
			if f := fault.Of(err); f != nil {
				echo = f.Value
			}
			if text != test.text || sent != test.sent || echo != test.echo {
				t.Errorf("%s of %s: %q, sent %v, echo %q", test.column, test.json, text, sent, echo)
			}
		}
	}
}

func TestClip(t *testing.T) {
	for _, test := range []struct {
		in   string
		n    int
		want string
	}{
		{"", 3, ""}, {"海山", 3, "海山"}, {"海山川", 3, "海山川"}, {"海山川谷", 3, "海山川"}, {"a\xffb", 3, "a\uFFFDb"}, {"\xe6\xb5", 1, "\uFFFD"},
	} {
		if got := clip(test.in, test.n); got != test.want {
			t.Errorf("clip(%q, %d) = %q, want %q", test.in, test.n, got, test.want)
		}
	}
}

// TestBatches cuts updates into runs.
func TestBatches(t *testing.T) {
	point := func(id int64) change { return change{id, record{"point": "1"}} }
	note := func(id int64) change { return change{id, record{"note": strings.Repeat("n", batchBytes/2)}} }
	address := func(id int64) change { return change{id, record{colEmail: "a@b.jp"}} }
	var many []change
	for id := range int64(batchChanges + 1) {
		many = append(many, point(id))
	}
	for name, test := range map[string]struct {
		changes []change
		want    []int
	}{
		"the same columns":  {[]change{point(1), point(2), point(3)}, []int{3}},
		"other columns":     {[]change{point(1), point(2), note(3), point(4)}, []int{2, 1, 1}},
		"the same customer": {[]change{point(1), point(2), point(1)}, []int{2, 1}},
		"addresses":         {[]change{address(1), address(2)}, []int{1, 1}},
		"too many":          {many, []int{batchChanges, 1}},
		"too long":          {[]change{note(1), note(2), note(3)}, []int{2, 1}},
	} {
		var got []int
		total := 0
		for _, batch := range batches(test.changes) {
			got = append(got, len(batch))
			total += len(batch)
		}
		if total != len(test.changes) || len(got) != len(test.want) {
			t.Errorf("%s: batches of %v, want %v", name, got, test.want)
			continue
		}
		for i := range got {
			if got[i] != test.want[i] {
				t.Errorf("%s: batches of %v, want %v", name, got, test.want)
			}
		}
	}
}
