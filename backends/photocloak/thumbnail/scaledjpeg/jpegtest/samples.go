package jpegtest

import "math"

// unzig maps from the zig-zag ordering to the natural one.
var unzig = [64]int{
	0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5,
	12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6, 7, 14, 21, 28,
	35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51,
	58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
}

// cosines[u][x] is what coefficient u adds to sample x.
var cosines = func() (c [8][8]float64) {
	for u := range 8 {
		for x := range 8 {
			c[u][x] = math.Cos(float64((2*x+1)*u)*math.Pi/16) / 2
			if u == 0 {
				c[u][x] /= math.Sqrt2
			}
		}
	}
	return c
}()

// blocksOf gives the blocks of samples.
func (f File) blocksOf() func(component, bx, by int, b *[64]int32) {
	type place struct{ component, bx, by int }
	kept := make(map[place]*[64]int16)
	return func(component, bx, by int, b *[64]int32) {
		at := place{component, bx, by}
		if block := kept[at]; block != nil {
			for i, x := range block {
				b[i] = int32(x)
			}
			return
		}
		f.transform(component, bx, by, b)
		if f.Progressive {
			var block [64]int16
			for i, x := range b {
				block[i] = int16(x)
			}
			kept[at] = &block
		}
	}
}

// transform is the forward DCT of a block, quantized. Beyond its borders the
// picture goes on as it is at the border.
func (f File) transform(component, bx, by int, b *[64]int32) {
	h, v := f.largest()
	ch, cv := f.sampling(component)
	h, v = h/ch, v/cv
	var samples, rows [8][8]float64
	for y := range 8 {
		for x := range 8 {
			px := min((8*bx+x)*h+h/2, f.Width-1)
			py := min((8*by+y)*v+v/2, f.Height-1)
			samples[y][x] = float64(f.Sample(component, px, py)) - 128
		}
	}
	for y := range 8 {
		for u := range 8 {
			for x := range 8 {
				rows[y][u] += samples[y][x] * cosines[u][x]
			}
		}
	}
	for zig, at := range unzig {
		u, sum := at%8, 0.0
		for y := range 8 {
			sum += rows[y][u] * cosines[at/8][y]
		}
		b[zig] = int32(math.Round(sum / float64(Quantization(zig))))
	}
}
