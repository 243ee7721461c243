package redact

import (
	"sync"
	"time"

	"github.com/caddyserver/caddy/v2/modules/caddyhttp"
	"go.uber.org/zap/zapcore"
)

// place is where in an entry a field stands. It decides which rules hold.
type place int

const (
	elsewhere place = iota
	inRequest
	inTLS
	inHeaders
	inSecret // inside a field that shows nothing
)

// The most that is logged of the headers of one request.
const (
	maxHeaders      = 64 // names
	maxHeaderValues = 8  // values of one name
)

// object writes fields without their secrets to another encoder. Numbers, times
// and truth values pass; texts go by their name and place.
type object struct {
	to    zapcore.ObjectEncoder
	place place
	count int // headers so far
}

// placeOf says where the fields of an object stand that is named key and itself
// stands in outer.
func placeOf(outer place, key string, marshaler zapcore.ObjectMarshaler) place {
	if outer == inHeaders || outer == inSecret {
		return outer
	}
	switch marshaler.(type) {
	case caddyhttp.LoggableHTTPHeader, *caddyhttp.LoggableHTTPHeader:
		return inHeaders
	case caddyhttp.LoggableHTTPRequest, *caddyhttp.LoggableHTTPRequest:
		return inRequest
	}
	switch {
	case holdsHeaders(key):
		return inHeaders
	case key == "request":
		return inRequest
	case key == "tls" && outer == inRequest:
		return inTLS
	case hiddenField(key):
		return inSecret
	}
	return elsewhere
}

// holdsHeaders says whether a field of this name holds the headers of a message.
func holdsHeaders(key string) bool {
	switch key {
	case "headers", "header", "resp_headers", "request_headers", "response_headers", "trailers",
		"Headers", "Header", "Trailer":
		return true
	}
	return false
}

// room says whether one more header may be logged.
func (o *object) room() bool {
	o.count++
	return o.place != inHeaders || o.count <= maxHeaders
}

// AddObject is part of zapcore.ObjectEncoder.
func (o *object) AddObject(key string, marshaler zapcore.ObjectMarshaler) error {
	if !o.room() {
		return nil
	}
	inner := takeNested(placeOf(o.place, key, marshaler), marshaler)
	err := o.to.AddObject(o.keyOf(key), inner)
	inner.giveBack()
	return err
}

// AddArray is part of zapcore.ObjectEncoder.
func (o *object) AddArray(key string, marshaler zapcore.ArrayMarshaler) error {
	if !o.room() {
		return nil
	}
	inner := lists.Get().(*list)
	inner.array = array{place: o.place, key: key}
	if holdsHeaders(key) && o.place != inSecret {
		inner.place = inHeaders
	}
	inner.marshaler = marshaler
	err := o.to.AddArray(o.keyOf(key), inner)
	*inner = list{}
	lists.Put(inner)
	return err
}

// AddString is part of zapcore.ObjectEncoder.
func (o *object) AddString(key, value string) {
	if o.room() {
		o.to.AddString(o.keyOf(key), textAt(o.place, key, value))
	}
}

// AddByteString is part of zapcore.ObjectEncoder.
func (o *object) AddByteString(key string, value []byte) { o.AddString(key, string(value)) }

// AddBinary is part of zapcore.ObjectEncoder. Nothing is known of such bytes.
func (o *object) AddBinary(key string, _ []byte) { o.to.AddString(o.keyOf(key), Hidden) }

// AddReflected is part of zapcore.ObjectEncoder.
func (o *object) AddReflected(key string, value any) error {
	switch value := value.(type) {
	case string:
		o.AddString(key, value)
		return nil
	case error:
		o.AddString(key, value.Error())
		return nil
	}
	if !o.room() {
		return nil
	}
	clean, err := reflected(o.place, key, value)
	if err != nil {
		return err
	}
	return o.to.AddReflected(o.keyOf(key), clean)
}

// keyOf is what a field is called in the log. Only the names of headers are a
// stranger's.
func (o *object) keyOf(key string) string {
	if o.place == inHeaders {
		return headerName(key)
	}
	return key
}

func (o *object) AddBool(key string, v bool)              { o.to.AddBool(key, v) }
func (o *object) AddComplex128(key string, v complex128)  { o.to.AddComplex128(key, v) }
func (o *object) AddComplex64(key string, v complex64)    { o.to.AddComplex64(key, v) }
func (o *object) AddDuration(key string, v time.Duration) { o.to.AddDuration(key, v) }
func (o *object) AddFloat64(key string, v float64)        { o.to.AddFloat64(key, v) }
func (o *object) AddFloat32(key string, v float32)        { o.to.AddFloat32(key, v) }
func (o *object) AddInt(key string, v int)                { o.to.AddInt(key, v) }
func (o *object) AddInt64(key string, v int64)            { o.to.AddInt64(key, v) }
func (o *object) AddInt32(key string, v int32)            { o.to.AddInt32(key, v) }
func (o *object) AddInt16(key string, v int16)            { o.to.AddInt16(key, v) }
func (o *object) AddInt8(key string, v int8)              { o.to.AddInt8(key, v) }
func (o *object) AddTime(key string, v time.Time)         { o.to.AddTime(key, v) }
func (o *object) AddUint(key string, v uint)              { o.to.AddUint(key, v) }
func (o *object) AddUint64(key string, v uint64)          { o.to.AddUint64(key, v) }
func (o *object) AddUint32(key string, v uint32)          { o.to.AddUint32(key, v) }
func (o *object) AddUint16(key string, v uint16)          { o.to.AddUint16(key, v) }
func (o *object) AddUint8(key string, v uint8)            { o.to.AddUint8(key, v) }
func (o *object) AddUintptr(key string, v uintptr)        { o.to.AddUintptr(key, v) }

// OpenNamespace is part of zapcore.ObjectEncoder. It never closes, so all that
// follows stands in it.
func (o *object) OpenNamespace(key string) {
	o.to.OpenNamespace(o.keyOf(key))
	o.place = placeOf(o.place, key, nil)
}

// nested writes an object inside an entry without its secrets.
type nested struct {
	object
	marshaler zapcore.ObjectMarshaler
}

var nestedObjects = sync.Pool{New: func() any { return new(nested) }}

func takeNested(in place, marshaler zapcore.ObjectMarshaler) *nested {
	n := nestedObjects.Get().(*nested)
	n.object = object{place: in}
	n.marshaler = marshaler
	return n
}

func (n *nested) giveBack() {
	*n = nested{}
	nestedObjects.Put(n)
}

// MarshalLogObject is part of zapcore.ObjectMarshaler.
func (n *nested) MarshalLogObject(to zapcore.ObjectEncoder) error {
	n.to = to
	return n.marshaler.MarshalLogObject(&n.object)
}

// Interface guards
var (
	_ zapcore.ObjectEncoder   = (*object)(nil)
	_ zapcore.ObjectMarshaler = (*nested)(nil)
)
