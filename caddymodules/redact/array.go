package redact

import (
	"sync"
	"time"

	"go.uber.org/zap/zapcore"
)

// array writes the elements of a list without their secrets to another encoder.
// They go by the name of the field that holds the list.
type array struct {
	to    zapcore.ArrayEncoder
	place place
	key   string
	count int // elements so far
}

// room says whether one more element may be logged.
func (a *array) room() bool {
	a.count++
	return a.place != inHeaders || a.count <= maxHeaderValues
}

// AppendObject is part of zapcore.ArrayEncoder.
func (a *array) AppendObject(marshaler zapcore.ObjectMarshaler) error {
	if !a.room() {
		return nil
	}
	inner := takeNested(placeOf(a.place, a.key, marshaler), marshaler)
	err := a.to.AppendObject(inner)
	inner.giveBack()
	return err
}

// AppendArray is part of zapcore.ArrayEncoder.
func (a *array) AppendArray(marshaler zapcore.ArrayMarshaler) error {
	if !a.room() {
		return nil
	}
	return a.to.AppendArray(&list{array: array{place: a.place, key: a.key}, marshaler: marshaler})
}

// AppendString is part of zapcore.ArrayEncoder.
func (a *array) AppendString(value string) {
	if a.room() {
		a.to.AppendString(textAt(a.place, a.key, value))
	}
}

// AppendByteString is part of zapcore.ArrayEncoder.
func (a *array) AppendByteString(value []byte) { a.AppendString(string(value)) }

// AppendReflected is part of zapcore.ArrayEncoder.
func (a *array) AppendReflected(value any) error {
	if !a.room() {
		return nil
	}
	clean, err := reflected(a.place, a.key, value)
	if err != nil {
		return err
	}
	return a.to.AppendReflected(clean)
}

func (a *array) AppendBool(v bool)              { a.to.AppendBool(v) }
func (a *array) AppendComplex128(v complex128)  { a.to.AppendComplex128(v) }
func (a *array) AppendComplex64(v complex64)    { a.to.AppendComplex64(v) }
func (a *array) AppendDuration(v time.Duration) { a.to.AppendDuration(v) }
func (a *array) AppendFloat64(v float64)        { a.to.AppendFloat64(v) }
func (a *array) AppendFloat32(v float32)        { a.to.AppendFloat32(v) }
func (a *array) AppendInt(v int)                { a.to.AppendInt(v) }
func (a *array) AppendInt64(v int64)            { a.to.AppendInt64(v) }
func (a *array) AppendInt32(v int32)            { a.to.AppendInt32(v) }
func (a *array) AppendInt16(v int16)            { a.to.AppendInt16(v) }
func (a *array) AppendInt8(v int8)              { a.to.AppendInt8(v) }
func (a *array) AppendTime(v time.Time)         { a.to.AppendTime(v) }
func (a *array) AppendUint(v uint)              { a.to.AppendUint(v) }
func (a *array) AppendUint64(v uint64)          { a.to.AppendUint64(v) }
func (a *array) AppendUint32(v uint32)          { a.to.AppendUint32(v) }
func (a *array) AppendUint16(v uint16)          { a.to.AppendUint16(v) }
func (a *array) AppendUint8(v uint8)            { a.to.AppendUint8(v) }
func (a *array) AppendUintptr(v uintptr)        { a.to.AppendUintptr(v) }

// list writes a list inside an entry without its secrets.
type list struct {
	array
	marshaler zapcore.ArrayMarshaler
}

var lists = sync.Pool{New: func() any { return new(list) }}

// MarshalLogArray is part of zapcore.ArrayMarshaler.
func (l *list) MarshalLogArray(to zapcore.ArrayEncoder) error {
	l.to = to
	return l.marshaler.MarshalLogArray(&l.array)
}

// Interface guards
var (
	_ zapcore.ArrayEncoder   = (*array)(nil)
	_ zapcore.ArrayMarshaler = (*list)(nil)
)
