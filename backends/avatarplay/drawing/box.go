package drawing

// box holds samples whose colours are near each other.
type box struct {
	samples []int32 // which
	weight  int64
	sums    rgb // of weight × part
	squares rgb // of weight × part × part

	axis   int   // the part in which they are the farthest apart
	spread int64 // how far: the sum of their squared distances from the middle
}

func (b *box) add(s sample) {
	b.weight += s.weight
	for i, part := range s.rgb {
		b.sums[i] += s.weight * part
		b.squares[i] += s.weight * part * part
	}
}

// mean is the colour in the middle.
func (b *box) mean() (mean rgb) {
	for i, sum := range b.sums {
		mean[i] = (sum + b.weight/2) / b.weight
	}
	return mean
}

// measure finds axis and spread, once all samples are in.
func (b *box) measure() {
	for i, sum := range b.sums {
		if spread := (b.squares[i] - sum*sum/b.weight) * rgbWeights[i]; spread > b.spread {
			b.axis, b.spread = i, spread
		}
	}
}

// split puts the samples into maxPalette boxes, or into as many as there are
// colours, and gives the middle of each: median cut, but at the mean, and always
// that box which is the farthest spread.
func split(samples []sample) []rgb {
	all := box{samples: make([]int32, len(samples))}
	for i, s := range samples {
		all.samples[i] = int32(i)
		all.add(s)
	}
	all.measure()
	boxes := []box{all}
	for len(boxes) < maxPalette {
		widest := 0
		for i := range boxes {
			if boxes[i].spread > boxes[widest].spread {
				widest = i
			}
		}
		if boxes[widest].spread == 0 {
			break
		}
		lower, upper := boxes[widest].cut(samples)
		boxes[widest] = lower
		boxes = append(boxes, upper)
	}
	means := make([]rgb, len(boxes))
	for i := range boxes {
		means[i] = boxes[i].mean()
		for _, j := range boxes[i].samples {
			samples[j].entry = i
		}
	}
	return means
}

// cut makes two boxes of one, across its axis.
func (b *box) cut(samples []sample) (lower, upper box) {
	mean := b.sums[b.axis] / b.weight
	n := 0
	for i, j := range b.samples {
		if samples[j].rgb[b.axis] > mean {
			upper.add(samples[j])
			continue
		}
		lower.add(samples[j])
		b.samples[n], b.samples[i] = j, b.samples[n]
		n++
	}
	lower.samples, upper.samples = b.samples[:n], b.samples[n:]
	lower.measure()
	upper.measure()
	return lower, upper
}
