package drawing

import "image"

// pixel is a colour as alpha<<24 | blue<<16 | green<<8 | red, premultiplied.
type pixel uint32

const (
	nothing pixel = 0
	white   pixel = 0xffffffff
)

func (p pixel) red() int   { return int(p & 0xff) }
func (p pixel) green() int { return int(p >> 8 & 0xff) }
func (p pixel) blue() int  { return int(p >> 16 & 0xff) }
func (p pixel) alpha() int { return int(p >> 24) }

// over gives the colour of p laid over another. Two parts are reckoned at once;
// each is rounded as it should be, and none can carry into the next.
func (p pixel) over(under pixel) pixel {
	const mask, half = 0x00ff00ff, 0x00800080
	through := 255 - p>>24
	even := under&mask*through + half
	odd := under>>8&mask*through + half
	even = (even + even>>8&mask) >> 8 & mask
	odd = (odd + odd>>8&mask) &^ mask
	return p + (even | odd)
}

// canvas holds 240×320 pixels row by row.
type canvas []pixel

func (c canvas) fill(p pixel) {
	for i := range c {
		c[i] = p
	}
}

// paint lays a sprite over the canvas, moved by so much.
func (c canvas) paint(s *Sprite, by image.Point) {
	place := s.bounds.Add(by)
	seen := place.Intersect(image.Rect(0, 0, Width, Height))
	for y := seen.Min.Y; y < seen.Max.Y; y++ {
		from := s.pixels[(y-place.Min.Y)*place.Dx()+seen.Min.X-place.Min.X:][:seen.Dx()]
		to := c[y*Width+seen.Min.X:][:len(from)]
		for i, p := range from {
			switch p >> 24 {
			case 0:
			case 255:
				to[i] = p
			default:
				to[i] = p.over(to[i])
			}
		}
	}
}

// paintAll paints the layers that are seen in a pose.
func (c canvas) paintAll(layers []Layer, p pose) {
	for _, layer := range layers {
		if layer.seenIn(p) {
			c.paint(layer.Sprite, p.moves[layer.Group])
		}
	}
}

// bounds is the smallest rectangle that holds all that is not transparent.
func (c canvas) bounds() image.Rectangle {
	var all image.Rectangle
	for y := range Height {
		row := c[y*Width:][:Width]
		first := 0
		for first < Width && row[first].alpha() == 0 {
			first++
		}
		if first == Width {
			continue
		}
		last := Width - 1
		for row[last].alpha() == 0 {
			last--
		}
		all = all.Union(image.Rect(first, y, last+1, y+1))
	}
	return all
}
