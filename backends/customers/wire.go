package customers

import (
	"net/http"
	"strconv"

	"sekisho/caddymodules/fault"
	"sekisho/caddymodules/serve"
)

// contentType is the document's, to the letter.
const contentType = "application/json"

// maxEcho is how many characters of a caller's own value a refusal echoes.
const maxEcho = 100

// The document's fixed words.
const (
	opened     = `{"status":true,"message":"success","data":`
	closed     = `}`
	listOpened = opened + `[`
	listClosed = `]` + closed

	// done is what update and delete answer: a string of two quotation marks.
	done = opened + `"\"\""` + closed

	noUsers   = "No users were found"
	misplaced = "is used invalid character"
)

// listed is a customer as the list shows one.
type listed struct {
	ID                    int64
	Name01, Name02, Email string
}

func (l listed) append(dst []byte) []byte {
	dst = append(dst, `{"customer_id":`...)
	dst = strconv.AppendInt(dst, l.ID, 10)
	dst = append(dst, `,"name01":`...)
	dst = serve.AppendString(dst, l.Name01)
	dst = append(dst, `,"name02":`...)
	dst = serve.AppendString(dst, l.Name02)
	dst = append(dst, `,"email":`...)
	dst = serve.AppendString(dst, l.Email)
	return append(dst, '}')
}

// infoAnswer is the whole answer of info.
func infoAnswer(c customer) []byte {
	dst := append([]byte(listOpened), `{"customer_id":`...)
	dst = strconv.AppendInt(dst, c.ID, 10)
	for _, name := range []string{"name01", "name02", colPassword, colEmail} {
		dst = appendMember(dst, name, c.Values[name])
	}
	return append(dst, `}`+listClosed...)
}

// roomOfCustomer is what the answer of detail usually takes, in bytes.
const roomOfCustomer = 2 << 10

// detailAnswer is the whole answer of detail: every column as a string.
func detailAnswer(c customer) []byte {
	dst := append(make([]byte, 0, roomOfCustomer), listOpened+`{"customer_id":`...)
	dst = serve.AppendString(dst, strconv.FormatInt(c.ID, 10))
	for _, column := range columns {
		dst = appendMember(dst, column.name, c.Values[column.name])
	}
	return append(dst, `}`+listClosed...)
}

func appendMember(dst []byte, name, value string) []byte {
	dst = append(dst, `,"`...)
	dst = append(dst, name...)
	dst = append(dst, `":`...)
	return serve.AppendString(dst, value)
}

// createdAnswer is the whole answer of create.
func createdAnswer(id int64) []byte {
	return append(strconv.AppendInt([]byte(opened), id, 10), closed...)
}

// refuse draws a fault in the documented envelope.
func refuse(w http.ResponseWriter, _ *http.Request, op *serve.Operation, f *fault.Fault) {
	status, message, data := refusal(op, f)
	body := append([]byte(`{"status":false,"message":`), serve.AppendString(nil, message)...)
	body = append(body, `,"data":`...)
	body = append(serve.AppendString(body, data), '}')
	_ = serve.Write(w, status, contentType, body) // the fault itself is what is reported
}

// refusal gives a fault's status and words. What has no place in the document
// (a failure of ours, a wrong method, too many attempts) has its envelope.
func refusal(op *serve.Operation, f *fault.Fault) (status int, message, data string) {
	name := ""
	if op != nil {
		name = op.Name
	}
	same := func(status int, text string) (int, string, string) { return status, text, text }
	switch f.Kind {
	case fault.Missing:
		return same(http.StatusBadRequest, f.Subject+misplaced)
	case fault.Malformed, fault.TooLong, fault.TooLarge:
		offending := clip(f.Value, maxEcho)
		if offending == "" {
			offending = f.Subject
		}
		return same(http.StatusBadRequest, offending+misplaced)
	case fault.Unauthorized:
		return same(http.StatusUnauthorized, "site key mismatch")
	case fault.MethodNotAllowed:
		return same(http.StatusMethodNotAllowed, "method not allowed")
	case fault.TooMany:
		return same(http.StatusTooManyRequests, "too many attempts")
	case fault.NotFound, fault.Conflict:
		return failure(name)
	}
	return http.StatusInternalServerError, "error", "internal error"
}

// failure gives an operation's own documented failure.
func failure(operation string) (status int, message, data string) {
	switch operation {
	case opList:
		return http.StatusInternalServerError, "No data", noUsers
	case opUpdate, opCreate:
		return http.StatusInternalServerError, "error", "No error"
	case opDelete:
		return http.StatusInternalServerError, "error", "error"
	}
	return http.StatusNotFound, noUsers, noUsers
}
