package thumbnail

import "math"

// Scaling is by the Catmull-Rom kernel, as golang.org/x/image/draw has it, but
// plane by plane, and with as many rows in memory as the kernel reaches over: the
// other would take 32 bytes for each pixel of a picture as wide as the thumbnail
// and as high as the photo.

// catmullRom is the kernel, which reaches from -2 to 2.
func catmullRom(t float64) float64 {
	t = math.Abs(t)
	switch {
	case t < 1:
		return (1.5*t-2.5)*t*t + 1
	case t < 2:
		return ((-0.5*t+2.5)*t-4)*t + 2
	}
	return 0
}

// taps are the pixels that make one pixel of the result: their weights, and where
// they begin.
type taps struct {
	first   int
	weights []float32
}

// tapsOf gives the taps of each of n pixels of the result, out of size pixels, of
// which the picture takes up extent.
func tapsOf(n, size int, extent float64) []taps {
	all := make([]taps, n)
	ratio := extent / float64(n)
	spread := max(1, ratio)
	buffer := make([]float32, 0, n*(int(4*spread)+3)) // all weights, in one piece
	for i := range all {
		center := (float64(i) + 0.5) * ratio
		first := max(0, int(math.Floor(center-2*spread)))
		end := min(size, int(math.Ceil(center+2*spread)))
		first = min(first, end-1)
		weights := buffer[len(buffer):][:end-first]
		buffer = buffer[:len(buffer)+len(weights)]
		sum := 0.0
		for j := range weights {
			weight := catmullRom((float64(first+j) + 0.5 - center) / spread)
			weights[j] = float32(weight)
			sum += weight
		}
		for j := range weights {
			weights[j] /= float32(sum)
		}
		all[i] = taps{first, weights}
	}
	return all
}

func resampleAll(planes []plane, width, height int) []plane {
	scaled := make([]plane, len(planes))
	for i, p := range planes {
		scaled[i] = resample(p, width, height)
	}
	return scaled
}

// resample scales a plane to a size.
func resample(p plane, width, height int) plane {
	if p.width == width && p.height == height && p.extentX == float64(width) && p.extentY == float64(height) {
		return p
	}
	columns, rows := tapsOf(width, p.width, p.extentX), tapsOf(height, p.height, p.extentY)
	reach := 0
	for _, row := range rows {
		reach = max(reach, len(row.weights))
	}
	// The last rows of p that were scaled to the width; row y is at y%reach.
	ring := make([]float32, reach*width)
	done := 0
	out := newPlane(width, height)
	sums := make([]float32, width)
	for y, row := range rows {
		for ; done < row.first+len(row.weights); done++ {
			if done >= row.first {
				scaleRow(ring[done%reach*width:][:width], p.pix[done*p.stride:][:p.width], columns)
			}
		}
		clear(sums)
		for j, weight := range row.weights {
			for x, v := range ring[(row.first+j)%reach*width:][:width] {
				sums[x] += v * weight
			}
		}
		dst := out.pix[y*width:][:width]
		for x, sum := range sums {
			dst[x] = uint8(max(0, min(sum+0.5, 255)))
		}
	}
	return out
}

func scaleRow(dst []float32, src []byte, columns []taps) {
	for x := range dst {
		weights := columns[x].weights
		pixels := src[columns[x].first:][:len(weights)]
		var sum float32
		for j, weight := range weights {
			sum += float32(pixels[j]) * weight
		}
		dst[x] = sum
	}
}
