package drawing

import "image/color"

const (
	maxPalette = 255 // one index more says that a pixel stays as it was

	// rounds is how often the palette is made to fit the colours better.
	rounds = 3
)

// rgb is a colour: red, green and blue, each up to 255.
type rgb [3]int64

// How much it counts that a colour is off in red, green and blue: about as much
// as an eye sees of it.
const redWeight, greenWeight, blueWeight = 3, 6, 2

var rgbWeights = rgb{redWeight, greenWeight, blueWeight}

func (p pixel) rgb() rgb { return rgb{int64(p.red()), int64(p.green()), int64(p.blue())} }

// from is how far a colour is from another, squared and weighted.
func (c rgb) from(other rgb) int64 {
	red, green, blue := c[0]-other[0], c[1]-other[1], c[2]-other[2]
	return rgbWeights[0]*red*red + rgbWeights[1]*green*green + rgbWeights[2]*blue*blue
}

// sample is a shade of which a palette is made.
type sample struct {
	rgb
	weight int64
	entry  int // of the palette, that stands for it
}

// paletteOf chooses at most maxPalette colours for a picture, and gives the index
// of the one that stands for each shade. Where the picture has no more than that,
// they are the picture's own.
func paletteOf(shades []shade) (palette color.Palette, indices []uint8) {
	samples := make([]sample, len(shades))
	for i, s := range shades {
		samples[i] = sample{rgb: s.pixel.rgb(), weight: int64(s.count)}
	}
	entries := make([]rgb, len(shades))
	if len(shades) <= maxPalette {
		for i, s := range samples {
			entries[i], samples[i].entry = s.rgb, i
		}
	} else {
		entries = split(samples)
		for range rounds {
			assign(samples, entries)
			center(samples, entries)
		}
		assign(samples, entries)
		keepFlat(shades, samples, entries)
		assign(samples, entries)
	}
	for _, e := range entries {
		palette = append(palette, color.RGBA{uint8(e[0]), uint8(e[1]), uint8(e[2]), 255})
	}
	indices = make([]uint8, len(samples))
	for i, s := range samples {
		indices[i] = uint8(s.entry)
	}
	return palette, indices
}

// center moves each entry to the middle of the samples that it stands for.
func center(samples []sample, entries []rgb) {
	boxes := make([]box, len(entries))
	for _, s := range samples {
		boxes[s.entry].add(s)
	}
	for i, b := range boxes {
		if b.weight > 0 {
			entries[i] = b.mean()
		}
	}
}

// keepFlat makes an entry the very colour that at least half of its pixels have,
// as those of a flat area do: skin that is off by one is seen to change from
// picture to picture.
func keepFlat(shades []shade, samples []sample, entries []rgb) {
	pixels := make([]int, len(entries))
	most := make([]shade, len(entries))
	for i, s := range samples {
		pixels[s.entry] += shades[i].count
		if shades[i].count > most[s.entry].count {
			most[s.entry] = shades[i]
		}
	}
	for i, s := range most {
		if pixels[i] > 0 && 2*s.count >= pixels[i] {
			entries[i] = s.pixel.rgb()
		}
	}
}
