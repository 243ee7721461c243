// Copyright 2012 The Go Authors. All rights reserved.
// Use of this source code is governed by a BSD-style
// license that can be found in the LICENSE file.

package scaledjpeg

// restarts counts a scan's MCUs and expects the restart markers between them.
type restarts struct {
	d        *decoder
	s        *scan
	left     int   // MCUs up to the next marker; no marker comes where it begins at 0
	expected uint8 // the next marker
}

// next comes before each MCU.
func (r *restarts) next() error {
	if r.d.ri == 0 {
		return nil
	}
	if r.left > 0 {
		r.left--
		return nil
	}
	if err := r.find(); err != nil {
		return err
	}
	r.left = r.d.ri - 1
	if r.expected++; r.expected > rst7Marker {
		r.expected = rst0Marker
	}
	// Sections F.2.1.3.1 and G.1.2.2.
	for i := range r.s.components {
		r.s.components[i].last = 0
	}
	r.d.eobRun = 0
	return nil
}

// find passes over whatever stands before the expected marker, as libjpeg does;
// any other marker is an error.
func (r *restarts) find() error {
	r.d.in.endBits()
	marker, err := r.d.nextMarker()
	if err != nil {
		return err
	}
	if marker != r.expected {
		return FormatError("bad RST marker")
	}
	return nil
}
