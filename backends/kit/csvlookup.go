package kit

import (
	"cmp"
	"context"
	"errors"
	"slices"
)

// CSVBatch is how many rows of a file one statement asks about, or moves.
const CSVBatch = 200

// CSVLookup asks the database about the values of a column, as many at a time as
// one statement takes.
type CSVLookup[Value comparable] struct {
	// There gives which of some values are there.
	There func(ctx context.Context, values []Value) (map[Value]bool, error)

	// Column is the column's name in faults.
	Column string

	// Wanted says whether the values must be there, or must not.
	Wanted bool

	// Why is what is said of one that is not as wanted.
	Why string

	values []Value
	faults []error // what is said of each of them
}

// Add notes the value of a row. The zero value is another fault, and told.
func (l *CSVLookup[Value]) Add(f *CSVFields, value Value) {
	var none Value
	if value == none {
		return
	}
	l.values, l.faults = append(l.values, value), append(l.faults, f.Fault(l.Column, l.Why))
}

// flush asks for what is noted, and gives what is not as wanted.
func (l *CSVLookup[Value]) flush(ctx context.Context) (wrong []error, err error) {
	if len(l.values) == 0 {
		return nil, nil
	}
	there, err := l.There(ctx, l.values)
	for i, value := range l.values {
		if there[value] != l.Wanted {
			wrong = append(wrong, l.faults[i])
		}
	}
	l.values, l.faults = l.values[:0], l.faults[:0]
	return wrong, err
}

// CSVNoted is a [CSVLookup] of whatever values.
type CSVNoted interface {
	flush(ctx context.Context) (wrong []error, err error)
}

// CheckCSV lets read look at each row of a file and note values at lookups. It
// gives how many rows there are; [CSVFaults] are as many faults as are told at
// once, in the order of the lines.
func CheckCSV(ctx context.Context, file *CSVFile, read func(*CSVFields), lookups ...CSVNoted) (rows int, err error) {
	err = file.Check(ctx, func(row CSVRow) error {
		f := NewCSVFields(row)
		read(f)
		rows++
		if rows%CSVBatch != 0 {
			return f.Err()
		}
		wrong, err := flushAll(ctx, lookups)
		if err != nil {
			return err
		}
		return errors.Join(append(wrong, f.Err())...)
	})
	faults, told := err.(CSVFaults)
	if err != nil && !told {
		return 0, err
	}
	wrong, err := flushAll(ctx, lookups)
	if err != nil {
		return 0, err
	}
	for _, fault := range wrong {
		faults = append(faults, fault.(*CSVFault)) // as Fault makes them
	}
	slices.SortStableFunc(faults, func(a, b *CSVFault) int { return cmp.Compare(a.Line, b.Line) })
	return rows, faults.Err()
}

func flushAll(ctx context.Context, lookups []CSVNoted) (wrong []error, err error) {
	for _, l := range lookups {
		more, err := l.flush(ctx)
		if err != nil {
			return nil, err
		}
		wrong = append(wrong, more...)
	}
	return wrong, nil
}

// ErrFileChanged is a file that is not what was checked.
var ErrFileChanged = errors.New("the file was changed while it was imported; try again")

// RowsFrom hands on rows, one after the other. It may be asked again, as a
// transaction may be repeated.
type RowsFrom[Row any] func(keep func(Row) error) error

// RowsOf gives the rows of a file that was checked and had so many of them.
func RowsOf[Row any](ctx context.Context, file *CSVFile, rows int, read func(*CSVFields) Row) RowsFrom[Row] {
	return func(keep func(Row) error) error {
		left := rows
		err := file.Apply(ctx, func(row CSVRow) error {
			f := NewCSVFields(row)
			one := read(f)
			if left--; left < 0 || f.Err() != nil {
				return ErrFileChanged
			}
			return keep(one)
		})
		if err == nil && left > 0 {
			err = ErrFileChanged
		}
		return err
	}
}

// InBatches hands on the rows that from gives, [CSVBatch] at a time, and says how
// many there were.
func InBatches[Row any](from RowsFrom[Row], insert func([]Row) error) (rows int, err error) {
	waiting := make([]Row, 0, CSVBatch)
	flush := func() error {
		if len(waiting) == 0 {
			return nil
		}
		rows += len(waiting)
		err := insert(waiting)
		waiting = waiting[:0]
		return err
	}
	err = from(func(row Row) error {
		if waiting = append(waiting, row); len(waiting) < CSVBatch {
			return nil
		}
		return flush()
	})
	if err != nil {
		return 0, err
	}
	return rows, flush()
}
