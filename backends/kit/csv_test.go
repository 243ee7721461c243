package kit

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"unicode/utf8"
)

var shops = CSVFormat{Columns: []CSVColumn{{Name: "id", Required: true}, {Name: "name", Required: true}, {Name: "note"}}}

func openText(t *testing.T, text string, format CSVFormat) *CSVFile {
	t.Helper()
	file, err := OpenCSV("-", strings.NewReader(text), format)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := file.Close(); err != nil {
			t.Error(err)
		}
	})
	return file
}

// rowsOf gives what Check hands on, as "line id name note".
func rowsOf(t *testing.T, text string, format CSVFormat) (rows []string, err error) {
	t.Helper()
	err = openText(t, text, format).Check(t.Context(), func(r CSVRow) error {
		rows = append(rows, fmt.Sprintf("%d %s %s %q", r.Line(), r.Get("id"), r.Get("name"), r.Get("note")))
		return nil
	})
	return rows, err
}

func TestCSVIsRead(t *testing.T) {
	tests := []struct {
		what, text string
		want       []string
	}{
		{"as it is", "id,name,note\n1,池袋店,x\n2,新宿店,\n", []string{`2 1 池袋店 "x"`, `3 2 新宿店 ""`}},
		{"from Windows, with a byte order mark", "\ufeffid,name,note\r\n1,池袋店,x\r\n", []string{`2 1 池袋店 "x"`}},
		{"quoted header behind a byte order mark", "\ufeff\"id\",\"name\"\n1,a\n", []string{`2 1 a ""`}},
		{"columns in another order", "note,name,id\nx,池袋店,1\n", []string{`2 1 池袋店 "x"`}},
		{"without an optional column", "id,name\n1,池袋店\n", []string{`2 1 池袋店 ""`}},
		{"without rows", "id,name\n", nil},
		{"without a last line break", "id,name\n1,a", []string{`2 1 a ""`}},
		{"with empty lines", "id,name\n\n1,a\n\n\n2,b\n", []string{`3 1 a ""`, `6 2 b ""`}},
		{"quotation marks", "id,name,note\n1,a,\"b \"\"c\"\", d\"\n", []string{`2 1 a "b \"c\", d"`}},
		{
			"line breaks in values, each kind as it came",
			"id,name,note\r\n1,a,\"b\nc\r\nd\re\r\r\n\"\r\n2,b,\"\"\r\n",
			[]string{`2 1 a "b\nc\r\nd\re\r\r\n"`, `6 2 b ""`},
		},
		{"a formula", "id,name,note\n1,a,=1+1\n", []string{`2 1 a "=1+1"`}},
	}
	for _, test := range tests {
		t.Run(test.what, func(t *testing.T) {
			got, err := rowsOf(t, test.text, shops)
			if err != nil || !slices.Equal(got, test.want) {
				t.Errorf("%q, %v; want %q", got, err, test.want)
			}
		})
	}
}

func TestCSVThatIsRefused(t *testing.T) {
	tests := []struct{ what, text, want string }{
		{"nothing", "", "line 1: the file is empty; a header line with the names of the columns is needed"},
		{"a byte order mark", "\ufeff", "line 1: the file is empty; a header line with the names of the columns is needed"},
		{"no header", "1,secret\n", "line 1: a header line with the names of the columns is needed"},
		{"an unknown column", "id,name,colour\n", `line 1: unknown column "colour"`},
		{"a column that looks like data", "id,name,secret 1\n", "line 1: a column's name that is not of letters, digits and _"},
		{"lines that end in carriage returns", "id,name\r1,secret\r2,other\r", "line 1: lines must end in a line feed, with or without a carriage return before it"},
		{"a column in other case", "id,Name\n", "line 1: unknown column \"Name\"\nline 1: name: the column is missing"},
		{"a column twice", "id,name,id\n", "line 1: id: the column is there twice"},
		{"missing columns", "note\n", "line 1: id: the column is missing\nline 1: name: the column is missing"},
		{"a value too few", "id,name\n1\n2,b\n3\n", "line 2: 1 values, but the header names 2 columns\nline 4: 1 values, but the header names 2 columns"},
		{"a value too many", "id,name\n1,a,b\n", "line 2: 3 values, but the header names 2 columns"},
		{"a NUL", "id,name,note\n1,\"a\nb\",\"c\x00\"\n", "line 3: note: holds a NUL"},
		{"another encoding", "id,name\n1,\x92\x72\x91\xdc\n", "line 2: name: not UTF-8"},
		{"a bare quotation mark", "id,name\n1,a\"b\n", "line 2: a quotation mark within a value that does not begin with one"},
		{"text behind a quotation mark", "id,name\n1,\"a\"b\n", "line 2: a quotation mark is missing, or one too many, in the row that begins here"},
		{"a quotation mark never closed", "id,name\n1,a\n2,\"b\n3,c\n", "line 3: a quotation mark is missing, or one too many, in the row that begins here"},
		{
			"a row without an end", "id,name\n\"1\n\",a\n2,\"" + strings.Repeat("b", maxRow),
			"line 4: the row that begins here is longer than 1048576 bytes; a quotation mark may be missing",
		},
	}
	for _, test := range tests {
		t.Run(test.what, func(t *testing.T) {
			_, err := rowsOf(t, test.text, shops)
			var faults CSVFaults
			if !errors.As(err, &faults) || err.Error() != test.want {
				t.Errorf("%v\nwant\n%s", err, test.want)
			}
		})
	}
}

func TestCheckGathersFaultsAndApplyStops(t *testing.T) {
	file := openText(t, "id,name,note\n1,a,\n2,\"b\nb\",x\n3,c,\n", shops)
	taken := func(r CSVRow) error {
		if r.Get("id") == "1" {
			return nil
		}
		return errors.Join(r.Fault("id", "is taken"), r.Fault("note", "is no note"))
	}
	err := file.Check(t.Context(), taken)
	if want := "line 3: id: is taken\nline 4: note: is no note\nline 5: id: is taken\nline 5: note: is no note"; err == nil || err.Error() != want {
		t.Errorf("Check: %v", err)
	}
	err = file.Apply(t.Context(), taken)
	if want := "line 3: id: is taken"; err == nil || err.Error() != want {
		t.Errorf("Apply: %v", err)
	}
}

func TestCheckStopsAfterTwentyFaults(t *testing.T) {
	calls := 0
	err := openText(t, "id,name\n"+strings.Repeat("1,a\n", 100), shops).Check(t.Context(), func(r CSVRow) error {
		calls++
		return r.Fault("id", "is taken")
	})
	var faults CSVFaults
	if !errors.As(err, &faults) || len(faults) != 20 || calls != 20 {
		t.Fatalf("%d faults after %d rows", len(faults), calls)
	}
	if !strings.HasSuffix(err.Error(), "line 21: id: is taken\nstopped after 20 faults; there may be more") {
		t.Error(err)
	}
}

func TestOtherErrorsEndAPass(t *testing.T) {
	file := openText(t, "id,name\n1,a\n2,b\n", shops)
	outage := errors.New("the database is away")
	calls := 0
	for _, pass := range []func(context.Context, func(CSVRow) error) error{file.Check, file.Apply} {
		err := pass(t.Context(), func(r CSVRow) error {
			calls++
			return errors.Join(r.Fault("id", "is taken"), outage)
		})
		if !errors.Is(err, outage) || !strings.HasPrefix(err.Error(), "line 2: ") {
			t.Error(err)
		}
	}
	if calls != 2 {
		t.Errorf("%d rows were handed on", calls)
	}

	ctx, cancel := context.WithCancel(t.Context())
	err := file.Apply(ctx, func(CSVRow) error { cancel(); return nil })
	if !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}

// A transaction may be repeated, so a file can be read as often as wanted,
// wherever it came from.
func TestCSVCanBeReadAgain(t *testing.T) {
	path := filepath.Join(t.TempDir(), "shops.csv")
	if err := os.WriteFile(path, []byte("id,name\n1,a\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	fromPath, err := OpenCSV(path, nil, shops)
	if err != nil {
		t.Fatal(err)
	}
	defer fromPath.Close()
	for _, file := range []*CSVFile{fromPath, openText(t, "id,name\n1,a\n", shops)} {
		rows := 0
		count := func(CSVRow) error { rows++; return nil }
		err := errors.Join(file.Check(t.Context(), count), file.Apply(t.Context(), count), file.Apply(t.Context(), count))
		if rows != 3 || err != nil {
			t.Errorf("%d rows, %v", rows, err)
		}
	}
}

func TestStandardInputLeavesNoFileBehind(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	file := openText(t, "id,name\n1,secret\n", shops)
	if left, err := os.ReadDir(os.TempDir()); err != nil || len(left) != 0 {
		t.Errorf("%v, %v", left, err)
	}
	if info, err := file.file.Stat(); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the copy has mode %v, %v", info.Mode(), err)
	}
}

func TestFilesThatCannotBeOpened(t *testing.T) {
	if _, err := OpenCSV(t.TempDir(), nil, shops); err == nil || !strings.Contains(err.Error(), "a folder is no CSV file") {
		t.Errorf("a folder: %v", err)
	}
	if _, err := OpenCSV(filepath.Join(t.TempDir(), "none"), nil, shops); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	if _, err := OpenCSV("-", iotest.ErrReader(io.ErrUnexpectedEOF), shops); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a broken pipe: %v", err)
	}
}

// A file far larger than what a pass may hold in memory is streamed.
func TestCSVIsStreamed(t *testing.T) {
	const rows = 200_000
	line := "1," + strings.Repeat("a", 500) + "\n"
	endless := io.MultiReader(strings.NewReader("id,name\n"), io.LimitReader(&repeat{line}, int64(rows*len(line))))
	p := newCSVPass(endless, shops, MaxFaults)
	seen := 0
	before := heap()
	err := p.run(t.Context(), func(CSVRow) error {
		if seen++; seen%(rows/10) == 0 && heap() > before+16<<20 {
			return errors.New("memory grows with the file")
		}
		return nil
	})
	if err != nil || seen != rows {
		t.Errorf("%d rows, %v", seen, err)
	}
}

// heap is what is in use, in bytes.
func heap() uint64 {
	var stats runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc
}

type repeat struct{ text string }

func (r *repeat) Read(p []byte) (int, error) {
	n := copy(p, r.text)
	r.text = r.text[n:] + r.text[:n]
	return n, nil
}

func TestExportIsWrittenAsItWas(t *testing.T) {
	var out strings.Builder
	w, err := CreateCSV("-", &out, "id", "name")
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range [][]string{{"1", "池袋店"}, {"", ""}, {"=1+1", `a "b", c`}, {" x", "line\nline\r\n"}} {
		if err := w.Write(row...); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Write("1"); err == nil {
		t.Error("a row of one value for two columns was written")
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	want := "id,name\r\n1,池袋店\r\n,\r\n=1+1,\"a \"\"b\"\", c\"\r\n\" x\",\"line\nline\r\n\"\r\n"
	if out.String() != want {
		t.Errorf("%q", out.String())
	}
}

// Half an export never stands where a whole one is looked for.
func TestExportAppearsWhenItIsWhole(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "shops.csv")
	if err := os.WriteFile(path, []byte("yesterday's"), 0o644); err != nil {
		t.Fatal(err)
	}
	begin := func() *CSVWriter {
		w, err := CreateCSV(path, nil, "id")
		if err == nil {
			err = w.Write("1")
		}
		if err != nil {
			t.Fatal(err)
		}
		return w
	}
	begin().Abandon()
	if text, err := os.ReadFile(path); string(text) != "yesterday's" || err != nil {
		t.Errorf("after Abandon: %q, %v", text, err)
	}
	w := begin()
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	w.Abandon()
	if text, err := os.ReadFile(path); string(text) != "id\r\n1\r\n" || err != nil {
		t.Errorf("after Close: %q, %v", text, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("others can read it: %v, %v", info.Mode(), err)
	}
	if left, _ := os.ReadDir(folder); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}

func TestExportThatCannotBeWritten(t *testing.T) {
	if _, err := CreateCSV(filepath.Join(t.TempDir(), "none", "x.csv"), nil, "id"); err == nil {
		t.Error("it began in a folder that is not there")
	}
	w, err := CreateCSV("-", full{}, "id")
	for err == nil { // the buffer takes some
		err = w.Write(strings.Repeat("1", 1000))
	}
	if err := w.Close(); !errors.Is(err, errFull) {
		t.Errorf("Close: %v", err)
	}
}

var errFull = errors.New("no space left")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

// Whatever a file holds, a pass ends without a panic, with faults that have a
// line of the file; and whatever is exported imports again to the byte.
func FuzzCSV(f *testing.F) {
	for _, seed := range []string{"id,name\n1,a\n", "\ufeffid,name,note\r\n1,\"a\r\nb\",\"\"\"\"\r\n", "id,name\n\"1,a", "id,name\n1,\x00\xff\n\r\n\"\r\"", "id\n\"\""} {
		f.Add(seed, "池袋\r\n店\"")
		f.Add(seed, "")
	}
	f.Fuzz(func(t *testing.T, text, value string) {
		p := newCSVPass(strings.NewReader(text), shops, MaxFaults)
		err := p.run(t.Context(), func(r CSVRow) error {
			for _, value := range r.values {
				if r.Line() < 2 || !utf8.ValidString(value) || strings.Contains(value, "\x00") {
					t.Fatalf("%q: line %d reads %q", text, r.Line(), r.values)
				}
			}
			return r.Fault("name", "seen")
		})
		var faults CSVFaults
		if err != nil && (!errors.As(err, &faults) || len(faults) == 0 || len(faults) > MaxFaults) {
			t.Fatalf("%q: %v", text, err)
		}
		for _, fault := range faults {
			if fault.Line < 1 || fault.Line > strings.Count(text, "\n")+1 {
				t.Fatalf("%q has no line %d", text, fault.Line)
			}
		}

		value = strings.ReplaceAll(strings.ToValidUTF8(value, ""), "\x00", "")
		for _, row := range [][]string{{value}, {value, value}, {"", value, "x"}} {
			names := []string{"id", "name", "note"}[:len(row)]
			if back := exported(t, names, row); !slices.Equal(back, row) {
				t.Fatalf("%q came back as %q", row, back)
			}
		}
	})
}

// exported gives a row as it is imported after an export.
func exported(t *testing.T, names, row []string) (back []string) {
	t.Helper()
	var out strings.Builder
	w, err := CreateCSV("-", &out, names...)
	if err = errors.Join(err, w.Write(row...), w.Close()); err != nil {
		t.Fatal(err)
	}
	var format CSVFormat
	for _, name := range names {
		format.Columns = append(format.Columns, CSVColumn{Name: name, Required: true})
	}
	p := newCSVPass(strings.NewReader(out.String()), format, 1)
	err = p.run(t.Context(), func(r CSVRow) error {
		back = slices.Clone(r.values)
		return nil
	})
	if err != nil {
		t.Fatalf("%q: %v", out.String(), err)
	}
	return back
}

func BenchmarkCSVPass(b *testing.B) {
	line := "1," + strings.Repeat("池袋店", 10) + ",\"x\ny\"\n"
	text := "id,name,note\n" + strings.Repeat(line, 1000)
	b.SetBytes(int64(len(text)))
	for b.Loop() {
		p := newCSVPass(strings.NewReader(text), shops, MaxFaults)
		if err := p.run(b.Context(), func(CSVRow) error { return nil }); err != nil {
			b.Fatal(err)
		}
	}
}
