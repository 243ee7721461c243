package redact

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
)

// maxReflected is the largest value that is logged by reflection, in bytes of
// JSON.
const maxReflected = 64 << 10

// reflected is what may be shown of a value of any type: as JSON, each text in
// it by its name and place. The error is that of encoding/json.
func reflected(in place, key string, value any) (any, error) {
	if in == inHeaders || in == inSecret {
		return Hidden, nil
	}
	switch value := value.(type) {
	case nil, bool, int, int8, int16, int32, int64, uint, uint8, uint16, uint32, uint64, float32, float64:
		return value, nil
	case string:
		return textAt(in, key, value), nil
	case http.Header:
		return shownHeaders(value), nil
	case url.Values:
		return Hidden, nil
	case url.URL:
		return address(value.String()), nil
	}
	var encoded bytes.Buffer
	encoder := json.NewEncoder(&encoded)
	encoder.SetEscapeHTML(false)
	if err := encoder.Encode(value); err != nil {
		return nil, err
	}
	if encoded.Len() > maxReflected {
		return fmt.Sprintf("%s (%d bytes)", Hidden, encoded.Len()), nil
	}
	decoder := json.NewDecoder(&encoded)
	decoder.UseNumber()
	var decoded any
	if err := decoder.Decode(&decoded); err != nil {
		return nil, err
	}
	return shownJSON(in, key, decoded), nil
}

// shownJSON is what may be shown of a decoded JSON value that is named key.
func shownJSON(in place, key string, value any) any {
	if in == inHeaders {
		return Hidden
	}
	switch value := value.(type) {
	case string:
		return textAt(in, key, value)
	case json.Number:
		if hiddenField(key) {
			return Hidden
		}
	case []any:
		for i := range value {
			value[i] = shownJSON(in, key, value[i])
		}
	case map[string]any:
		return shownObject(key, value)
	}
	return value
}

func shownObject(key string, object map[string]any) map[string]any {
	if holdsHeaders(key) {
		return shownJSONHeaders(object)
	}
	in := elsewhere
	if key == "request" {
		in = inRequest
	}
	shown := make(map[string]any, len(object))
	for name, value := range object {
		shown[text(name)] = shownJSON(in, name, value)
	}
	if hiddenField(key) {
		for name := range shown {
			shown[name] = Hidden
		}
	}
	return shown
}

func shownJSONHeaders(object map[string]any) map[string]any {
	shown := make(map[string]any, min(len(object), maxHeaders))
	for name, values := range object {
		if len(shown) == maxHeaders {
			break
		}
		shown[headerName(name)] = shownHeaderJSON(name, values)
	}
	return shown
}

func shownHeaderJSON(name string, value any) any {
	switch value := value.(type) {
	case string:
		return headerValue(name, value)
	case []any:
		shown := value[:min(len(value), maxHeaderValues)]
		for i := range shown {
			shown[i] = shownHeaderJSON(name, shown[i])
		}
		return shown
	}
	return Hidden
}

func shownHeaders(headers http.Header) map[string][]string {
	shown := make(map[string][]string, min(len(headers), maxHeaders))
	for name, values := range headers {
		if len(shown) == maxHeaders {
			break
		}
		kept := make([]string, 0, min(len(values), maxHeaderValues))
		for _, value := range values[:min(len(values), maxHeaderValues)] {
			kept = append(kept, headerValue(name, value))
		}
		shown[headerName(name)] = kept
	}
	return shown
}
