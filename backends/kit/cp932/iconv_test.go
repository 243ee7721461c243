package cp932

import (
	"bytes"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// iconv gives the lines of text in another charset. What is no character, or is
// lacking there, is left out of its line.
func iconv(t *testing.T, from, to string, text []byte) []string {
	t.Helper()
	command := exec.Command("iconv", "-c", "-f", from, "-t", to)
	command.Stdin = bytes.NewReader(text)
	var complaints strings.Builder
	command.Stderr = &complaints
	out, err := command.Output() // newer ones fail after leaving something out
	lines := strings.Split(string(out), "\n")
	if wanted := bytes.Count(text, []byte("\n")) + 1; len(lines) != wanted {
		t.Fatalf("iconv wrote %d lines instead of %d, %v: %s", len(lines), wanted, err, complaints.String())
	}
	return lines
}

// Every byte alone, and after each that is no character alone.
func TestDecodesWhatIconvDecodes(t *testing.T) {
	var sequences [][]byte
	for c := range 0x100 {
		sequences = append(sequences, []byte{byte(c)})
	}
	for pair := 0x8000; pair < 0x10000; pair++ {
		if first := byte(pair >> 8); !isKana(first) {
			sequences = append(sequences, []byte{first, byte(pair)})
		}
	}
	sequences = slices.DeleteFunc(sequences, func(s []byte) bool { return bytes.Contains(s, []byte("\n")) })
	lines := iconv(t, "CP932", "UTF-8", append(bytes.Join(sequences, []byte("\n")), '\n'))

	alone := map[string]string{}
	decoded := 0
	for i, sequence := range sequences {
		line := lines[i]
		if len(sequence) == 1 {
			alone[string(sequence)] = line
		}
		text, ok := Decode(sequence)
		switch {
		case ok && text != line:
			t.Errorf("% x is %q, to iconv %q", sequence, text, line)
		case ok:
			decoded++
		case line != "" && line != alone[string(sequence[1:])]: // it leaves out one byte or both
			t.Errorf("% x is none, to iconv %q", sequence, line)
		}
	}
	// ASCII but for the line feed, half-width kana, 7,724 characters of two
	// bytes, and what users define.
	if want := 127 + 63 + 7724 + 10*188; decoded != want {
		t.Errorf("%d sequences decode, want %d", decoded, want)
	}
}

// Every character of the Basic Multilingual Plane, and some beyond.
func TestEncodesWhatIconvEncodes(t *testing.T) {
	var characters []string
	for r := range rune(0x21000) {
		if r != '\n' && (r < 0xD800 || r > 0xDFFF) {
			characters = append(characters, string(r))
		}
	}
	lines := iconv(t, "UTF-8", "CP932", []byte(strings.Join(characters, "\n")+"\n"))
	for i, character := range characters {
		if character == "¥" || character == "‾" {
			continue // iconv makes 5C and 7E of them, which come back as others
		}
		encoded, _ := Encode(character)
		if string(encoded) != lines[i] {
			t.Errorf("%s %U is % x, to iconv % x", character, []rune(character), encoded, lines[i])
		}
	}
}
