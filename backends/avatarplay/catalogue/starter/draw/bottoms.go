package main

// bottom is a garment for the lower body. A skirt moves with the trunk.
type bottom struct {
	key, name   string
	free, skirt bool
	draw        func(*canvas)
}

func bottoms() []item {
	var all []item
	for _, b := range []bottom{
		{"jeans", "ジーンズ", true, false, jeans},
		{"denim_shorts", "デニムショートパンツ", true, false, denimShorts},
		{"pleated_navy", "プリーツスカート（ネイビー）", true, true, pleatedSkirt},
		{"check_skirt", "チェックスカート（レッド）", true, true, checkSkirt},
		{"chinos", "チノパン（ベージュ）", true, false, chinos},
		{"denim_skirt", "デニムスカート", false, true, denimSkirt},
		{"hakama", "はかま（えんじ）", false, true, hakama},
		{"leggings", "レギンス（チャコール）", true, false, leggings},
		{"cargo", "カーゴハーフパンツ（オリーブ）", true, false, cargo},
		{"tulle", "チュールスカート（ピンク）", false, true, tulle},
		{"joggers", "スウェットパンツ（グレー）", false, false, joggers},
		{"wide", "ワイドパンツ（ブラウン）", false, false, widePants},
		{"long_floral", "花柄ロングスカート", false, true, longFloral},
		{"slacks", "スラックス（ネイビー）", false, false, slacks},
	} {
		group := legs
		if b.skirt {
			group = torso
		}
		all = append(all, item{
			key: "bottom_" + b.key, name: b.name, part: "bottoms", free: b.free,
			layers: []layer{{z: zBottoms, group: group, draw: b.draw}},
		})
	}
	return all
}

// waistband draws the band around the waist.
func waistband(c *canvas, with colour, details func()) {
	c.shape(both("0,164! 18.4,163! 19.6,169.6! 10,171 0,171.4"), with, func() {
		if details != nil {
			details()
		}
		c.fill(box(11, 160, 20, 20, 0), dusk)
	})
}

func belt(c *canvas, with, buckle colour) {
	waistband(c, with, nil)
	c.line(box(-3.4, 164.6, 6.8, 5.6, 1.2), 2.2, buckle.ink())
	c.line(box(-3.4, 164.6, 6.8, 5.6, 1.2), 1.2, buckle)
}

func jeans(c *canvas) {
	trouserLegs(c, trousers(288, 1), denim, func() {
		c.sides(func() {
			c.fade(loop("6,208 13,206 18,226 16,250 9,252 5,236"), 6, 226, 19, 226, faded.veil(0), faded.veil(0.75), faded.veil(0))
			c.line(curve("21,172! 14,180 9.6,171!"), seam, honey)
			c.line(curve("20.6,186 21.6,226 19.2,290"), seam, honey.veil(0.7))
		})
		c.line(curve("0,170! 0,190 -3,196"), seam, honey)
	})
	c.sides(func() {
		c.shape(loop("2.2,281! 21,281! 21.2,289! 12,290.4 2,289.4!"), faded, func() { c.fill(box(14, 270, 20, 30, 0), dusk) })
	})
	waistband(c, denim.shade(), func() { c.line(curve("-20,169.6 0,170.6 20,169.6"), hairpin, honey) })
	button(c, 0, 167.6, 1.7, honey)
}

func denimShorts(c *canvas) {
	trouserLegs(c, both("0,165! 18.5,165! 23,180 25,198 25.6,215! 14,217.6 2,217! 1,210 0,208.6!"), faded, func() {
		c.sides(func() { c.line(curve("22,172! 14,181 9.6,171!"), seam, cream) })
		c.line(curve("0,170! 0,190 -3,196"), seam, cream)
	})
	c.sides(func() {
		c.shape(loop("25,209! 26.6,216.4! 14,219.4 1.6,218.4! 1.6,212.4! 14,212.8"), sky.light(), func() { c.fill(box(17, 200, 20, 30, 0), dusk) })
	})
	waistband(c, faded, nil)
	button(c, 0, 167.6, 1.7, honey)
}

func pleatedSkirt(c *canvas) {
	c.shape(skirt(222, 37, 0), navy, func() {
		pleats(c, 4, 222, 37, navy)
		c.line(curve("-40,216 0,220.6 40,216"), 1.6, white)
		flank(c, 222, 37)
	})
	waistband(c, navy.light().times(0.85, 0.85, 0.9), nil)
}

func checkSkirt(c *canvas) {
	c.shape(skirt(220, 36, 0), scarlet.times(0.92, 0.9, 0.9), func() {
		c.check(box(-60, 150, 120, 90, 0), 12, 0, hex("#7c2f3f").veil(0.35), cream)
		pleats(c, 4, 220, 36, scarlet)
		flank(c, 220, 36)
	})
	waistband(c, scarlet.shade(), nil)
}

func chinos(c *canvas) {
	trouserLegs(c, trousers(287, 0.6), beige, func() {
		c.sides(func() {
			c.line(curve("20.6,171! 15,182!"), seam, beige.ink().veil(0.8))
			c.line(curve("12,200! 11.6,286!"), hairpin, beige.ink().veil(0.4))
		})
		c.line(curve("0,170! 0,190 -3,196"), seam, beige.ink().veil(0.7))
	})
	belt(c, mocha, gold)
}

func denimSkirt(c *canvas) {
	c.shape(skirt(216, 29, 0), denim, func() {
		c.fade(loop("-14,180 0,174 14,180 16,204 0,212 -16,204"), -18, 190, 18, 190, faded.veil(0), faded.veil(0.8), faded.veil(0))
		c.line(curve("0,164! 0,222!"), seam, denim.ink())
		c.line(curve("-3.4,164! -3.4,222!"), hairpin, honey)
		c.line(curve("3.4,164! 3.4,222!"), hairpin, honey)
		c.line(curve("-40,213 0,217.4 40,213"), hairpin, honey)
		c.sides(func() { c.line(box(8, 180, 11, 12, 2), seam, honey) })
		flank(c, 216, 29)
	})
	waistband(c, denim.shade(), nil)
	for y := 176.0; y < 216; y += 9 {
		button(c, 0, y, 1.6, gold)
	}
}

func hakama(c *canvas) {
	c.shape(both("0,160! 18.4,160! 26,200 31,240 33,282! 16,285.4 0,286"), berry, func() {
		for _, x := range []float64{3, 9.6, 16} {
			c.sides(func() {
				c.fill(polygon(x, 166, x*1.95, 292, x*1.95+5, 292), dusk)
				c.line(curve("0,0! 1,1!").scaled(x*0.95, 126).moved(x, 166), seam, berry.ink().veil(0.6))
			})
		}
		c.fill(loop("12,150! 18,200 20,290! 60,290! 60,150!"), dusk)
	})
	c.shape(both("0,157! 18,156! 19.4,166! 10,167.6 0,168"), berry.times(0.9, 0.85, 0.9), func() { c.fill(box(11, 150, 20, 20, 0), dusk) })
	c.shape(loop("1,164! 6,165! 10,190! 5.6,188.4! 3,191!"), berry, nil)
	c.shape(loop("-1,164! -6,165! -10,187! -5.6,185.4! -3,188!"), berry, nil)
	c.shape(box(-4, 160.5, 8, 6.5, 2), berry, nil)
}

func leggings(c *canvas) {
	tight := both("0,165! 18.5,165! 21.6,180 22.8,200 21.4,228 19.8,246 19.8,262 18.2,281! 5,281.4! 3,258 3,246 1.6,226 0.8,212 0,208!")
	trouserLegs(c, tight, charcoal, func() {
		c.sides(func() { c.strand(curve("8,214 7,240 9,268"), 2.4, charcoal.light().veil(0.5)) })
	})
	waistband(c, charcoal.shade(), nil)
}

func cargo(c *canvas) {
	trouserLegs(c, both("0,165! 18.5,165! 23,180 25.4,200 26.6,238! 15,241 2.6,240! 1.4,214 0,208!"), olive, func() {
		c.line(curve("0,170! 0,190 -3,196"), seam, olive.ink().veil(0.7))
		c.sides(func() {
			c.line(curve("21,172! 15,182!"), seam, olive.ink().veil(0.8))
			c.line(curve("0,234.6! 30,234!"), hairpin, olive.ink().veil(0.8))
		})
	})
	c.sides(func() {
		c.shape(box(17.6, 204, 11, 17, 1.6), olive, func() { c.fill(box(24, 200, 10, 30, 0), dusk) })
		c.shape(box(17, 203, 12.2, 6, 1.4), olive.light().times(0.93, 0.93, 0.93), nil)
		button(c, 23, 206.4, 1.1, cream)
	})
	belt(c, cocoa, silver)
}

func tulle(c *canvas) {
	c.shape(skirt(226, 42, 5), blossom, func() {
		for i, x := range []float64{3, 11, 20, 29} {
			c.sides(func() {
				c.strand(curve("0,0 2,30 1,58").moved(x*0.5, 168).turned(-float64(i)*7, x*0.5, 168), 1.2, rose.veil(0.9))
			})
		}
		flank(c, 226, 42)
	})
	over := skirt(208, 36, 5)
	c.shape(over, blossom.light(), func() {
		c.scatter(over, 13, func(x, y float64) { c.fill(star(x, y, 2.2, 1.0, 4), gold.veil(0.9)) })
		flank(c, 208, 36)
	})
	waistband(c, rose, nil)
	bow(c, -9, 168, 14, rose)
}

func joggers(c *canvas) {
	trouserLegs(c, both("0,165! 18.5,165! 23,180 25,200 25,230 23.6,256 20,279! 3.6,280! 1.4,254 1.4,214 0,208!"), ash, func() {
		c.sides(func() {
			c.line(curve("21.4,172! 16,184!"), seam, ash.ink().veil(0.8))
			c.line(curve("20,166 23,200 22.6,240 19,280"), 2.2, snow)
			c.strand(curve("4,262 10,266 16,264"), 1.3, ash.ink().veil(0.5))
		})
	})
	c.sides(func() {
		c.shape(loop("4,278.6! 19.4,278! 18.8,286.4! 11,287.6 4.6,287!"), ash.shade(), func() { c.stripes(box(0, 270, 30, 30, 0), 0.8, 2.8, 90, ash.ink().veil(0.4)) })
	})
	waistband(c, ash.shade(), nil)
	c.sides(func() {
		c.line(curve("1.6,168 3,176 2.6,182"), 2.4, ash.ink())
		c.line(curve("1.6,168 3,176 2.6,181.6"), 1.3, white)
	})
}

func widePants(c *canvas) {
	trouserLegs(c, both("0,165! 18.5,165! 23,180 26.4,204 29.6,240 31.4,290! 17,292 1.6,291! 1,240 0.8,214 0,208!"), mocha, func() {
		c.sides(func() {
			c.line(curve("12,172! 15,290!"), seam, mocha.ink().veil(0.8))
			c.line(curve("21,172! 16,184!"), seam, mocha.ink().veil(0.8))
		})
	})
	belt(c, cream, gold)
}

func longFloral(c *canvas) {
	whole := skirt(268, 42, 0)
	c.shape(whole, cream, func() {
		c.scatter(box(-70, 166, 140, 120, 0), 16, func(x, y float64) {
			c.fill(loop("0,0! 4,-1 7,-4! 3,-5").moved(x+2, y+4), sage)
			c.fill(flower(x, y, 3.8, 5), coral.veil(0.95))
			c.fill(disc(x, y, 1.2), lemon)
			c.fill(flower(x+7, y+5, 2.1, 5), lilac)
		})
		pleats(c, 3, 268, 42, cream)
		flank(c, 268, 42)
	})
	waistband(c, sage, nil)
}

func slacks(c *canvas) {
	trouserLegs(c, trousers(288, 0.8), navy, func() {
		c.sides(func() {
			c.line(curve("11,172! 11.8,288!"), seam, navy.ink().veil(0.9))
			c.line(curve("20.6,171! 15,182!"), seam, navy.ink().veil(0.9))
		})
		c.line(curve("0,170! 0,190 -3,196"), seam, navy.ink().veil(0.9))
	})
	belt(c, night, silver)
}
