package backup

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"

	"sekisho/caddymodules/stores"
)

// appendRow writes a row as a line: a JSON array without white space.
func appendRow(line []byte, row []any) ([]byte, error) {
	for i, value := range row {
		line = append(line, "[,"[min(i, 1)])
		switch value := value.(type) {
		case nil:
			line = append(line, "null"...)
		case bool:
			line = strconv.AppendBool(line, value)
		case int64:
			line = strconv.AppendInt(line, value, 10)
		case []byte:
			line = append(base64.StdEncoding.AppendEncode(append(line, '"'), value), '"')
		case string:
			if !utf8.ValidString(value) {
				return nil, fmt.Errorf("value %d is not UTF-8", i+1)
			}
			line = appendString(line, value)
		default:
			return nil, fmt.Errorf("value %d is of type %T", i+1, value)
		}
	}
	return append(line, ']', '\n'), nil
}

func appendString(line []byte, text string) []byte {
	line = append(line, '"')
	for i := range len(text) {
		switch c := text[i]; {
		case c == '"' || c == '\\':
			line = append(line, '\\', c)
		case c == '\n':
			line = append(line, '\\', 'n')
		case c < ' ':
			line = fmt.Appendf(line, `\u%04x`, c)
		default:
			line = append(line, c)
		}
	}
	return append(line, '"')
}

// parseRow reads a line, without its line break, of a table with these columns.
func parseRow(line []byte, columns []stores.Column) ([]any, error) {
	if len(line) < 2 || line[0] != '[' || line[len(line)-1] != ']' {
		return nil, errors.New("it is no array")
	}
	rest := line[1 : len(line)-1]
	row := make([]any, len(columns))
	for i, column := range columns {
		if i > 0 {
			if len(rest) == 0 || rest[0] != ',' {
				return nil, fmt.Errorf("it has not %d values", len(columns))
			}
			rest = rest[1:]
		}
		text := rest[:valueLength(rest)]
		rest = rest[len(text):]
		value, err := parseValue(text, column.Kind)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", column.Name, err)
		}
		row[i] = value
	}
	if len(rest) > 0 {
		return nil, fmt.Errorf("it has not %d values", len(columns))
	}
	return row, nil
}

// valueLength is how long the value is with which a text begins.
func valueLength(text []byte) int {
	quoted := len(text) > 0 && text[0] == '"'
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case quoted && c == '\\':
			i++
		case quoted && c == '"':
			return i + 1
		case !quoted && c == ',':
			return i
		}
	}
	return len(text)
}

func parseValue(text []byte, kind stores.Kind) (any, error) {
	if string(text) == "null" {
		return nil, nil
	}
	switch kind {
	case stores.KindInteger:
		number, err := strconv.ParseInt(string(text), 10, 64)
		if err != nil {
			return nil, errors.New("it is no integer")
		}
		return number, nil
	case stores.KindBoolean:
		switch string(text) {
		case "true":
			return true, nil
		case "false":
			return false, nil
		}
		return nil, errors.New("it is neither true nor false")
	case stores.KindBytes:
		if len(text) < 2 || text[0] != '"' || text[len(text)-1] != '"' {
			return nil, errors.New("it is no text")
		}
		bytes, err := base64.StdEncoding.Strict().AppendDecode([]byte{}, text[1:len(text)-1])
		if err != nil {
			return nil, errors.New("it is no base64")
		}
		return bytes, nil
	}
	var s string
	if !utf8.Valid(text) || json.Unmarshal(text, &s) != nil {
		return nil, errors.New("it is no text")
	}
	return s, nil
}
