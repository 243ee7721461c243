package thumbnail

import "encoding/binary"

// A turn is the value of Exif's orientation, 1 to 8: how a picture must be turned
// to be upright.
type turn uint16

const upright turn = 1

// orientation reads the tag 0x0112 of the first directory of an Exif segment,
// which is a TIFF file. Whatever is not as it should be means upright.
func orientation(tiff []byte) turn {
	if len(tiff) < 8 {
		return upright
	}
	var order binary.ByteOrder
	switch string(tiff[:4]) {
	case "II*\x00":
		order = binary.LittleEndian
	case "MM\x00*":
		order = binary.BigEndian
	default:
		return upright
	}
	offset := uint64(order.Uint32(tiff[4:]))
	if offset+2 > uint64(len(tiff)) {
		return upright
	}
	directory := tiff[offset:]
	entries := int(order.Uint16(directory))
	for directory = directory[2:]; entries > 0 && len(directory) >= 12; entries-- {
		if order.Uint16(directory) == 0x0112 {
			return orientationOf(order, directory[:12])
		}
		directory = directory[12:]
	}
	return upright
}

// orientationOf reads a directory entry: a single number of 16 bits, though some
// programs write one of 32.
func orientationOf(order binary.ByteOrder, entry []byte) turn {
	const short, long = 3, 4
	var value uint32
	switch kind, count := order.Uint16(entry[2:]), order.Uint32(entry[4:]); {
	case kind == short && count == 1:
		value = uint32(order.Uint16(entry[8:]))
	case kind == long && count == 1:
		value = order.Uint32(entry[8:])
	}
	if value < 1 || value > 8 {
		return upright
	}
	return turn(value)
}

// degrees is the clockwise turn, after left and right have changed where the
// picture is mirrored (2, 4, 5 and 7).
func (t turn) degrees() int {
	switch t {
	case 3, 4:
		return 180
	case 6, 7:
		return 90
	case 5, 8:
		return 270
	}
	return 0
}

// apply turns a plane upright.
func (t turn) apply(p plane) plane {
	if t == upright {
		return p
	}
	out := newPlane(p.width, p.height)
	if t >= 5 {
		out = newPlane(p.height, p.width)
	}
	for y := range out.height {
		row := out.pix[y*out.stride:][:out.width]
		at, step := t.source(p, y)
		for x := range row {
			row[x] = p.pix[at]
			at += step
		}
	}
	return out
}

// source is where the first pixel of a row comes from, and how far the next one
// is from there.
func (t turn) source(p plane, y int) (at, step int) {
	right, bottom := p.width-1, p.height-1
	place := func(x, y int) int { return y*p.stride + x }
	switch t {
	case 2:
		return place(right, y), -1
	case 3:
		return place(right, bottom-y), -1
	case 4:
		return place(0, bottom-y), 1
	case 5:
		return place(y, 0), p.stride
	case 6:
		return place(y, bottom), -p.stride
	case 7:
		return place(right-y, bottom), -p.stride
	case 8:
		return place(right-y, 0), p.stride
	}
	return place(0, y), 1
}
