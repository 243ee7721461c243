package serve

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

func TestAnswersAreWrittenForOldClients(t *testing.T) {
	tests := []struct{ text, want string }{
		{"海山太郎", `"海山太郎"`},
		{"<a href='?a&b'>", `"<a href='?a&b'>"`},
		{"𠮷 \u2028\u2029\ufffd\x7f", "\"𠮷 \u2028\u2029\ufffd\x7f\""},
		{`C:\u2028\ufffd`, `"C:\\u2028\\ufffd"`},
		{"\"\\\b\f\n\r\t\x00\x1f", `"\"\\\b\f\n\r\t\u0000\u001f"`},
		{"a\xffb\xe6\xa2", "\"a\ufffdb\ufffd\ufffd\""},
		{"", `""`},
	}
	for _, test := range tests {
		if got := string(AppendString(nil, test.text)); got != test.want {
			t.Errorf("AppendString(%q) = %s, want %s", test.text, got, test.want)
		}
		if got, err := Encode(test.text); string(got) != test.want || err != nil {
			t.Errorf("Encode(%q) = %s, %v, want %s", test.text, got, err, test.want)
		}
	}
	if got := string(AppendString([]byte("data:"), "x")); got != `data:"x"` {
		t.Errorf("appended %s", got)
	}
	if got, err := Encode(func() {}); err == nil {
		t.Errorf("Encode of a function = %s", got)
	}
}

func TestWriteSetsTheSharedHeaders(t *testing.T) {
	w := httptest.NewRecorder()
	if err := Write(w, http.StatusNotFound, "application/json", []byte(`{"status":false}`)); err != nil {
		t.Fatal(err)
	}
	want := http.Header{
		"Content-Type":           {"application/json"},
		"Content-Length":         {"16"},
		"X-Content-Type-Options": {"nosniff"},
	}
	for name, values := range want {
		if got := w.Header().Get(name); got != values[0] {
			t.Errorf("%s: %q", name, got)
		}
	}
	if w.Code != 404 || w.Body.String() != `{"status":false}` {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// The streamed answers and the others write the same bytes, whatever is stored.
func FuzzAppendString(f *testing.F) {
	for _, seed := range []string{"海\u2028\\u2028", "\xff\ufffd\\ufffd", "a\"\\\x00\x1f\x7f<&>", "\xed\xa0\x80"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		encoded, err := Encode(text)
		if err != nil {
			t.Fatal(err)
		}
		if appended := AppendString(nil, text); string(appended) != string(encoded) {
			t.Fatalf("%q: AppendString writes %s, Encode %s", text, appended, encoded)
		}
		inside, err := Encode(map[string]any{text: []string{text}})
		if want := "{" + string(encoded) + ":[" + string(encoded) + "]}"; err != nil || string(inside) != want {
			t.Fatalf("%q: in an object %s, %v", text, inside, err)
		}
	})
}

func BenchmarkAppendString(b *testing.B) {
	text := strings.Repeat("池袋店 usera@example.com ", 4)
	buffer := make([]byte, 0, 1024)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		buffer = AppendString(buffer[:0], text)
	}
}

// BenchmarkEncode encodes a small answer, as nearly all are.
func BenchmarkEncode(b *testing.B) {
	answer := struct {
		Message string `json:"message"`
	}{"こんにちは"}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Encode(answer); err != nil {
			b.Fatal(err)
		}
	}
}
