// Copyright 2009 The Go Authors. All rights reserved.
// Use of this source code is governed by a BSD-style
// license that can be found in the LICENSE file.

package scaledjpeg

import (
	"bytes"
	"io"
	"unsafe"
)

const (
	maxTc = 1
	maxTh = 3
	maxTq = 3
)

const (
	dcTable = 0
	acTable = 1
)

// Markers by their names in table B.1.
const (
	temMarker   = 0x01
	sof0Marker  = 0xc0 // baseline sequential
	sof1Marker  = 0xc1 // extended sequential
	sof2Marker  = 0xc2 // progressive
	dhtMarker   = 0xc4
	rst0Marker  = 0xd0
	rst7Marker  = 0xd7
	soiMarker   = 0xd8
	eoiMarker   = 0xd9
	sosMarker   = 0xda
	dqtMarker   = 0xdb
	dnlMarker   = 0xdc
	driMarker   = 0xdd
	app0Marker  = 0xe0
	app1Marker  = 0xe1
	app14Marker = 0xee
	app15Marker = 0xef
	comMarker   = 0xfe
)

// Colour transforms of Adobe's APP14 segment. Unknown means RGB or CMYK.
const adobeTransformUnknown = 0

var exifHeader = []byte("Exif\x00\x00")

const decoderBytes = int64(unsafe.Sizeof(decoder{}))

type decoder struct {
	in         input
	headerOnly bool
	exif       []byte

	frame          frame
	expected       frame             // what the frame must be
	side           int               // of a scaled block: 1, 2, 4 or 8 pixels
	keep           *[blockSize]uint8 // where a coefficient goes in a scaled block
	scanned        uint8             // components that a scan has brought, a bit for each
	scans          int
	ri             int                  // restart interval
	eobRun         uint32               // end-of-band run, specified in section G.1.2.2
	planes         [maxComponents]plane // the picture, a plane for each component
	huff           [maxTc + 1][maxTh + 1]huffman
	quant          [maxTq + 1]block     // quantization tables, in zig-zag order
	defined        uint8                // quantization tables, a bit for each
	componentQuant [maxComponents]block // those of the components

	coefficients coefficients // of a progressive file

	jfif                bool
	adobeTransformValid bool
	adobeTransform      uint8

	tmp [2 * blockSize]byte
}

// segments reads the file up to its End Of Image, or up to its first scan where
// only the header is wanted.
func (d *decoder) segments() error {
	if err := d.in.readFull(d.tmp[:2]); err != nil {
		if err == io.ErrUnexpectedEOF && d.in.i == 0 {
			return ErrNotJPEG
		}
		return err
	}
	if d.tmp[0] != 0xff || d.tmp[1] != soiMarker {
		return ErrNotJPEG
	}
	for {
		marker, err := d.nextMarker()
		if err != nil {
			return err
		}
		if marker == eoiMarker || marker == sosMarker && d.headerOnly {
			if d.frame.n == 0 {
				return FormatError("missing SOF marker")
			}
			if marker == eoiMarker && d.headerOnly {
				return FormatError("missing SOS marker")
			}
			return nil
		}
		// Some encoders write a last restart marker behind a scan. It does no
		// harm and has no length.
		if rst0Marker <= marker && marker <= rst7Marker || marker == temMarker {
			continue
		}
		if err = d.in.readFull(d.tmp[:2]); err != nil {
			return err
		}
		n := int(d.tmp[0])<<8 + int(d.tmp[1]) - 2 // the length counts itself
		if n < 0 {
			return FormatError("short segment length")
		}
		if err = d.segment(marker, n); err != nil {
			return err
		}
	}
}

// nextMarker passes over whatever stands before the next marker: fill bytes (FF,
// section B.1.1.2), and data that does not belong there, as libjpeg does.
func (d *decoder) nextMarker() (byte, error) {
	var last byte
	for {
		next, err := d.in.readByte()
		if err != nil {
			return 0, err
		}
		if last == 0xff && next != 0xff && next != 0x00 {
			return next, nil
		}
		last = next
	}
}

// segment takes a segment of n bytes behind its length.
func (d *decoder) segment(marker byte, n int) error {
	switch marker {
	case sof0Marker, sof1Marker, sof2Marker:
		return d.processSOF(n, marker)
	case sosMarker:
		return d.processSOS(n)
	case dnlMarker:
		return d.processDNL(n)
	case app0Marker:
		return d.processApp0(n)
	case app1Marker:
		return d.processApp1(n)
	case app14Marker:
		return d.processApp14(n)
	}
	if !d.headerOnly {
		switch marker {
		case dhtMarker:
			return d.processDHT(n)
		case dqtMarker:
			return d.processDQT(n)
		case driMarker:
			return d.processDRI(n)
		}
	}
	switch {
	case marker == dhtMarker, marker == dqtMarker, marker == driMarker, marker == comMarker,
		app0Marker <= marker && marker <= app15Marker:
		return d.in.ignore(n)
	case marker < sof0Marker || marker == soiMarker:
		return FormatError("unknown marker")
	}
	return UnsupportedError("unknown marker")
}

// processDQT defines quantization tables; specified in section B.2.4.1.
func (d *decoder) processDQT(n int) error {
	for n > 0 {
		x, err := d.in.readByte()
		if err != nil {
			return err
		}
		n--
		tq, bytesEach := x&0x0f, int(x>>4)+1
		if tq > maxTq {
			return FormatError("bad Tq value")
		}
		if bytesEach > 2 {
			return FormatError("bad Pq value")
		}
		if n -= blockSize * bytesEach; n < 0 {
			return FormatError("DQT has wrong length")
		}
		tmp := d.tmp[:blockSize*bytesEach]
		if err := d.in.readFull(tmp); err != nil {
			return err
		}
		d.defined |= 1 << tq
		for i := range d.quant[tq] {
			if bytesEach == 1 {
				d.quant[tq][i] = int32(tmp[i])
			} else {
				d.quant[tq][i] = int32(tmp[2*i])<<8 | int32(tmp[2*i+1])
			}
		}
	}
	return nil
}

// processDRI sets the restart interval; specified in section B.2.4.4.
func (d *decoder) processDRI(n int) error {
	if n != 2 {
		return FormatError("DRI has wrong length")
	}
	if err := d.in.readFull(d.tmp[:2]); err != nil {
		return err
	}
	d.ri = int(d.tmp[0])<<8 + int(d.tmp[1])
	return nil
}

// processDNL takes a number of lines (section B.2.5) that only repeats what the
// frame says; a frame that leaves it open is refused before.
func (d *decoder) processDNL(n int) error {
	if n != 2 {
		return FormatError("DNL has wrong length")
	}
	if err := d.in.readFull(d.tmp[:2]); err != nil {
		return err
	}
	if int(d.tmp[0])<<8+int(d.tmp[1]) != d.frame.height {
		return FormatError("DNL and SOF name different heights")
	}
	return nil
}

func (d *decoder) processApp0(n int) error {
	if n < 5 || d.scans > 0 {
		return d.in.ignore(n)
	}
	if err := d.in.readFull(d.tmp[:5]); err != nil {
		return err
	}
	d.jfif = string(d.tmp[:5]) == "JFIF\x00"
	return d.in.ignore(n - 5)
}

func (d *decoder) processApp1(n int) error {
	if n < len(exifHeader) || !d.headerOnly || d.exif != nil {
		return d.in.ignore(n)
	}
	if err := d.in.readFull(d.tmp[:len(exifHeader)]); err != nil {
		return err
	}
	n -= len(exifHeader)
	if !bytes.Equal(d.tmp[:len(exifHeader)], exifHeader) {
		return d.in.ignore(n)
	}
	d.exif = make([]byte, n)
	return d.in.readFull(d.exif)
}

func (d *decoder) processApp14(n int) error {
	if n < 12 || d.scans > 0 {
		return d.in.ignore(n)
	}
	if err := d.in.readFull(d.tmp[:12]); err != nil {
		return err
	}
	if string(d.tmp[:5]) == "Adobe" {
		d.adobeTransformValid = true
		d.adobeTransform = d.tmp[11]
	}
	return d.in.ignore(n - 12)
}

func (d *decoder) config() Config {
	return Config{
		Width:       d.frame.width,
		Height:      d.frame.height,
		Components:  d.frame.n,
		Progressive: d.frame.progressive,
		Exif:        d.exif,
		frame:       d.frame,
		rgb:         d.isRGB(),
	}
}
