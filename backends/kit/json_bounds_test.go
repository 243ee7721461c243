package kit

import (
	"net/http/httptest"
	"runtime"
	"strings"
	"testing"
)

// Some old clients put a byte order mark before their JSON.
func TestByteOrderMarkIsSkipped(t *testing.T) {
	var v map[string]int
	if err := DecodeJSON([]byte("\ufeff{\"a\":1}"), &v); err != nil || v["a"] != 1 {
		t.Errorf("%v, %v", v, err)
	}
	r := httptest.NewRequest("POST", "/", strings.NewReader("\ufeff{\"mail\":\"a@example.com\"}"))
	p, err := ReadParams(httptest.NewRecorder(), r, Policy{JSON: true})
	if mail, _ := p.Raw("mail"); err != nil || mail != "a@example.com" {
		t.Errorf("%q, %v", mail, err)
	}
}

// A body of 1 MiB must not take fifty times as much memory, whatever its shape.
func TestSmallBodiesStaySmall(t *testing.T) {
	for name, body := range map[string]string{
		"objects": `{"a":[` + strings.Repeat(`{"":0},`, 149_000) + `0]}`,
		"arrays":  `{"a":[` + strings.Repeat(`[],`, 340_000) + `0]}`,
		"numbers": `{"a":[` + strings.Repeat(`0,`, 520_000) + `0]}`,
		"members": `{` + strings.Repeat(`"":0,`, 200_000) + `"":0}`,
	} {
		var v any
		if err := DecodeJSON([]byte(body), &v); err == nil {
			t.Errorf("%s: a body of %d bytes was decoded", name, len(body))
		}
	}

	// What a caller may well send: 1,400 customers of 41 columns.
	row := `{` + strings.TrimSuffix(strings.Repeat(`"name01":"山",`, 41), ",") + `}`
	body := []byte(`{"data":[` + strings.TrimSuffix(strings.Repeat(row+",", 1_400), ",") + `]}`)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	var v any
	if err := DecodeJSON(body, &v); err != nil {
		t.Errorf("1,400 whole customers: %v", err)
	}
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; took > 30<<20 {
		t.Errorf("a body of %d bytes took %d MiB", len(body), took>>20)
	}
}
