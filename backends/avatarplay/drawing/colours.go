package drawing

const (
	maxColours = 1 << 15 // different ones that are told apart
	slotBits   = 16      // twice as many places, so that looking one up is quick
)

// colours are the different colours of a picture, numbered as they come. A
// picture that has too many is told apart more coarsely: by all but the lowest
// bits of red, green and blue. By 5 bits each there are never too many.
type colours struct {
	drop  int                   // how many of the lowest bits
	again bool                  // only what is new is counted
	slots [1 << slotBits]uint16 // the number, plus one, of a colour whose hash leads there
	all   []shade
}

// shade is one of the colours.
type shade struct {
	key   pixel // what it is told apart by
	pixel pixel // the colour itself; where bits are dropped, the one that most pixels have
	votes int   // for it
	count int   // pixels
}

// begin forgets all colours.
func (c *colours) begin(drop int) {
	c.drop, c.again, c.all = drop, false, c.all[:0]
	clear(c.slots[:])
}

// add counts some pixels that are alike and gives the number of their colour. Its
// false says that there are too many colours.
func (c *colours) add(p pixel, count int) (uint16, bool) {
	low := pixel(1)<<c.drop - 1
	key := p & 0xffffff &^ (low | low<<8 | low<<16)
	slot := uint32(key) * 0x9e3779b1 >> (32 - slotBits)
	for {
		number := c.slots[slot]
		if number == 0 {
			break
		}
		if s := &c.all[number-1]; s.key == key {
			if !c.again {
				s.vote(p, count)
			}
			return number - 1, true
		}
		slot = (slot + 1) % (1 << slotBits)
	}
	if len(c.all) == maxColours {
		return 0, false
	}
	c.all = append(c.all, shade{key: key, pixel: p, votes: count, count: count})
	c.slots[slot] = uint16(len(c.all))
	return uint16(len(c.all) - 1), true
}

// vote counts pixels of the shade. A colour that more than half of them have
// prevails (the Boyer-Moore vote), so that flat areas keep theirs exactly.
func (s *shade) vote(p pixel, count int) {
	s.count += count
	switch {
	case s.pixel == p:
		s.votes += count
	case s.votes >= count:
		s.votes -= count
	default:
		s.pixel, s.votes = p, count-s.votes
	}
}

// number sets the number of each pixel's colour. Where a pixel is as it was
// before, it is not counted, and its number stays. Its false says that there are
// too many colours.
func (c *colours) number(pixels, before []pixel, numbers []uint16) bool {
	for i := 0; i < len(pixels); {
		p := pixels[i]
		if p == before[i] {
			i++
			continue
		}
		start := i
		for i++; i < len(pixels) && pixels[i] == p && before[i] != p; i++ {
		}
		number, ok := c.add(p, i-start)
		if !ok {
			return false
		}
		for j := start; j < i; j++ {
			numbers[j] = number
		}
	}
	return true
}
