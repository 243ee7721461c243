package main

// dress is one garment for the whole body: what hangs from the shoulders, and
// the sleeves with what lies over them.
type dress struct {
	key, name string
	free      bool
	trunk     func(*canvas)
	upper     func(*canvas) // nil without sleeves
}

func dresses() []item {
	var all []item
	for _, d := range []dress{
		{"summer", "サマーワンピース（ブルー）", true, summerDress, nil},
		{"overall", "ジャンパースカート（デニム）", true, overallDress, overallUpper},
		{"maid", "メイドふく", false, maidDress, maidUpper},
		{"yukata", "ゆかた（あさがお）", true, yukata, yukataUpper},
		{"jinbei", "じんべい（こん）", true, jinbei, jinbeiUpper},
		{"party", "パーティードレス（ローズ）", false, partyDress, partyUpper},
		{"raincoat", "レインコート（イエロー）", false, raincoat, raincoatUpper},
		{"gothic", "ゴシックワンピース", false, gothicDress, gothicUpper},
	} {
		layers := []layer{{z: zDress, group: torso, draw: d.trunk}}
		if d.upper != nil {
			layers = append(layers, layer{suffix: "sleeves", z: zSleeves, group: torso, draw: d.upper})
		}
		all = append(all, item{key: "dress_" + d.key, name: d.name, part: "dress", free: d.free, layers: layers})
	}
	return all
}

// gown draws a dress in one piece with its shadows.
func gown(c *canvas, p path, with colour, pattern func()) {
	c.shape(p, with, func() {
		if pattern != nil {
			pattern()
		}
		c.fill(loop("14,110! 15,140 12,164 20,190 26,300! 80,300! 80,110!"), dusk)
		c.fill(both("0,110! 24,110! 17,129 8,134 0,135.5"), dusk)
	})
}

func summerDress(c *canvas) {
	c.sides(func() { c.shape(polygon(10.6, 126, 18, 128, 19, 146, 10.6, 145), sky, nil) })
	gown(c, both("0,145 8,144 16,141! 23.4,146! 19.4,166! 30,194 40,232! 20,236 0,237"), sky, func() {
		for _, x := range []float64{4, 12} {
			c.sides(func() {
				c.strand(curve("0,168 1.6,200 3,234").scaled(1, 1).moved(x, 0).turned(-x*0.9, x, 168), 1.6, sky.ink().veil(0.35))
			})
		}
		c.stripes(box(-60, 170, 120, 70, 0), 3.2, 7, 90, white.veil(0.9))
		c.stripes(box(-60, 120, 120, 46, 0), 3.2, 7, 90, white.veil(0.9))
	})
	c.shape(both("0,233! 39,229! 42.6,239 35,240! 28,244 21,242! 14,246 7,243.6! 3.6,246 0,244.6!"), snow, func() { c.fill(loop("18,220! 22,250! 60,250! 60,220!"), dusk) })
	c.shape(both("0,141.6! 6,143! 12,139 19,139.4 23.8,143! 23.4,150 17,151.6! 11,152 6,151! 3,152.6 0,151.6!"), snow, nil)
	c.shape(both("0,163.4! 19,162! 20.4,169.4! 0,171.4"), white, func() { c.fill(box(11, 150, 20, 30, 0), dusk) })
	bow(c, 0, 167, 20, white)
}

func overallDress(c *canvas) {
	trunk(c, shirt(neckRound, 1.4, 190), cream, func() { c.stripes(box(-40, 138, 80, 60, 0), 3, 7, 0, coral) })
	rib(c, neckRound, cream)
	c.sides(func() { c.shape(loop("10.4,127! 16,128.4! 14.4,148! 8.6,148!"), denim, nil) })
	gown(c, both("0,145! 15,145! 17,158 19.6,167! 28,192 35,224! 18,227.6 0,228.4"), denim, func() {
		c.line(curve("-40,221 0,225 40,221"), hairpin, honey)
		c.line(curve("-14,148! 14,148!"), hairpin, honey)
		c.sides(func() {
			c.line(loop("9,182! 21,180! 24,196! 11,198!"), seam, honey)
			c.strand(curve("5,172 6,200 8,226"), 1.4, denim.ink().veil(0.6))
		})
		c.line(box(-7, 151, 14, 10, 1.4), seam, honey)
		c.fill(heart(0, 156, 5), coral)
	})
	c.line(both("0,166.6! 19.4,166! 19.5,166.4! 0,167!"), seam, denim.ink())
	c.sides(func() { button(c, 11.8, 148.6, 2.2, gold) })
}

func overallUpper(c *canvas) {
	sleeves(c, sleeve(0.40, 17.5, 15.5, 16.5), cream, func() {
		for i := range 4 {
			at := 0.08 + 0.115*float64(i)
			c.fill(armBand(at, at+0.045, 30), coral)
		}
	})
}

func maidDress(c *canvas) {
	gown(c, both("0,128.5 6,127.6 10.5,124! 24,130 29,137 24,151 19,166! 30,192 42,228! 20,233 0,234"), night, func() { pleats(c, 4, 230, 42, night) })
	c.shape(both("0,229! 40,224! 44,233 37,234.6! 30,239 23,237! 15,241.6 7.4,238.6! 3.6,241 0,239.4!"), snow, func() { c.fill(loop("18,220! 22,250! 60,250! 60,220!"), dusk) })
	c.shape(both("0,140! 12,140! 14,152 17.6,166! 24,186 27,210! 20,216 14,213.6! 9,218.6 4,215! 2,216.6 0,215.6!"), snow, func() {
		c.fill(loop("10,138! 9,166 14,220! 40,220! 40,138!"), dusk)
		c.line(curve("-26,206 -13,210 0,211 13,210 26,206"), hairpin, rose)
		stitch(c, "-20,167.6! 0,168.6! 20,167.6!", snow)
	})
	c.sides(func() {
		c.shape(loop("11,141! 10,132 14,126! 22,126 30,134! 33,141 27.6,142! 26,149 20.6,147! 17,150 13.6,146!"), snow, func() { c.strand(curve("14,143 17,136 19,129"), 1.1, snow.ink().veil(0.5)) })
	})
}

func maidUpper(c *canvas) {
	sleeves(c, sleeve(0.38, 19, 22, 19, 16), night, nil)
	cuff(c, 0.36, 0.45, 15, snow, nil)
	c.sides(func() {
		c.shape(loop("13,130 18,125.4 27,128.4 35,136! 32,140.6 27,138.6! 25,143 19.6,140.6! 16,142 13.4,138.4!"), snow, nil)
		c.shape(loop("0.6,130! 5,128.6 10.5,123.5! 14.6,126.6 15.6,132 11,137.6 5,137.6 1,134"), snow, nil)
	})
	bow(c, 0, 134, 18, berry)
}

// morningGlory scatters flowers of a yukata.
func morningGlory(c *canvas, p path) {
	c.scatter(p, 21, func(x, y float64) {
		c.fill(heart(0, 0, 5.4).turned(140, 0, 0).moved(x+6, y+4), sage)
		for i, with := range []colour{violet, rose} {
			fx, fy := x+float64(i)*10, y+float64(i)*8
			c.fill(flower(fx, fy, 5.4-float64(i), 5), with)
			c.fill(star(fx, fy, 4.4-float64(i), 1.2, 5), white.veil(0.9))
		}
	})
}

func yukata(c *canvas) {
	cloth := hex("#fdf4f4")
	gown(c, both("0,146! 11,124! 24,130 29,137 25,151 21.6,168 24,200 25,240 24.4,284! 12,286.6 0,287"), cloth, func() {
		morningGlory(c, box(-50, 120, 110, 180, 0))
		c.fill(loop("2,176! -6,230 -8,290! -15,290! -11,230 -6,176!"), dusk)
		c.line(curve("1,172! -5,230 -7,290!"), seam, cloth.ink().veil(0.8))
	})
	c.shape(loop("-10.6,123.6! -15,126! -2,150.6! 5,158! 9,157! 2,144!"), lilac, nil)
	c.shape(loop("10.6,123.6! 15,126! 2,150.6! -5,158! -9.4,156! -1.4,145!"), lilac, nil)
	obi := both("0,155! 20,154! 20.8,164 21.4,175! 10,176.8 0,177.4")
	c.shape(obi, violet, func() {
		c.stripes(obi, 1.4, 5.4, 0, violet.light())
		c.fill(box(11, 150, 20, 40, 0), dusk)
	})
	c.line(curve("-21,164.6 0,166.6 21,164.6"), 3.6, honey.ink())
	c.line(curve("-21,164.6 0,166.6 21,164.6"), 2.2, honey)
	c.shape(flower(8, 166, 4.6, 5), coral, nil)
}

func yukataUpper(c *canvas) {
	cloth := hex("#fdf4f4")
	c.sides(func() {
		wing := loop("15,131! 22,128.6 30,132 37,146 44,168 49.5,188! 36.4,193! 38.4,208 36.4,221 31,225 23,223 20.6,215! 23,192 25.6,170 23.6,152!")
		c.fill(wing, cloth)
		c.inside(wing, func() {
			morningGlory(c, box(0, 120, 70, 120, 0))
			c.fill(wing.moved(-11, 4), dusk)
		})
		c.line(path{points: wing.points[1:]}, outline, cloth.ink())
		c.line(curve("23.6,152! 24,153!"), outline, cloth.ink())
		c.shape(loop("49.5,186.6! 35.6,191.6! 36.6,195.4! 50.4,190.4!"), lilac, nil)
	})
}

func jinbei(c *canvas) {
	trouserLegs(c, both("0,165! 18.5,165! 23,180 26,204 27,240! 15,243 2.4,242! 1.4,214 0,208!"), navy, func() {
		c.stripes(box(-40, 160, 80, 90, 0), 1, 5.4, 90, faded.veil(0.6))
	})
	gown(c, both("0,148! 11,124! 24,130 29.6,137 26.4,151 24,168 25.6,186 26.6,206! 12,208.6 0,209"), navy, func() {
		c.stripes(box(-40, 120, 80, 100, 0), 1, 5.4, 90, faded.veil(0.6))
		c.line(curve("-13,178! -13.6,212!"), seam, navy.ink())
		c.line(box(6, 186, 13, 13, 1), seam, navy.ink())
	})
	c.shape(loop("-10.6,123.6! -15,126! 1,153! 6,149! -1,144!"), night, nil)
	c.shape(loop("10.6,123.6! 15,126! 1,153! -12.4,179! -15.6,175! -2,147!"), night, nil)
	bow(c, -14, 178, 15, faded)
}

func jinbeiUpper(c *canvas) {
	sleeves(c, sleeve(0.55, 18.5, 19, 21, 22), navy, func() {
		c.stripes(box(0, 120, 80, 80, 0), 1, 5.4, 72, faded.veil(0.6))
		c.fill(armBand(0.50, 0.56, 60), night)
	})
}

func partyDress(c *canvas) {
	c.sides(func() { c.shape(loop("11,126! 17.6,128! 18.6,147! 10.8,147!"), rose, nil) })
	under := skirt(238, 46, 6)
	c.shape(under, blossom, func() { flank(c, 238, 46) })
	c.shape(skirt(222, 41, 6), rose.light(), func() {
		flank(c, 222, 41)
		c.scatter(box(-60, 180, 120, 60, 0), 15, func(x, y float64) { c.fill(star(x, y, 2.4, 0.9, 4), white) })
	})
	c.shape(skirt(202, 34, 5), rose, func() {
		c.sides(func() {
			c.strand(curve("5,168 8,186 9,204"), 1.5, rose.ink().veil(0.5))
			c.strand(curve("12,168 18,184 22,200"), 1.5, rose.ink().veil(0.5))
		})
		flank(c, 202, 34)
	})
	trunk(c, both("0,147! 6,142.6 14,141.4 22.8,145! 21.6,156 18.6,168! 10,170 0,170.4"), rose, func() {
		stitch(c, "-8,144! -5,170!", rose)
		stitch(c, "8,144! 5,170!", rose)
	})
	c.shape(both("0,163.6! 18.6,162! 19.6,169.4! 0,171.6"), berry, func() { c.fill(box(11, 150, 20, 30, 0), dusk) })
	bow(c, 0, 149, 12, berry)
}

func partyUpper(c *canvas) {
	c.sides(func() {
		c.shape(loop("16,131 19,126.4 28,128 36,138 38,147! 33,150.6 29,148.4! 25,151.6 20.6,147.4! 17,144"), rose.light(), func() {
			c.strand(curve("20,146 21,138 21,131"), 1.1, rose.ink().veil(0.5))
			c.strand(curve("29,148 29,140 27,132"), 1.1, rose.ink().veil(0.5))
			c.fill(loop("14,140! 24,152 40,154! 14,156!"), dusk)
		})
	})
}

func raincoat(c *canvas) {
	gown(c, both("0,128.5 6,127.6 10.5,124! 24,130 30,137 27,151 26,168 31,196 36,230! 18,234.4 0,235.4"), honey, func() {
		c.line(curve("-40,226 0,231 40,226"), hairpin, honey.ink().veil(0.8))
		c.fill(box(-3.4, 120, 6.8, 120, 0), lemon)
		stitch(c, "-3.4,128! -3.4,240!", honey)
		stitch(c, "3.4,128! 3.4,240!", honey)
		c.sides(func() {
			c.line(loop("11,192! 24,190! 26,206! 12,208!"), seam, honey.ink())
			c.fill(loop("10.4,190! 24.4,188! 25,194! 11,196!"), lemon)
			c.line(loop("10.4,190! 24.4,188! 25,194! 11,196!"), seam, honey.ink())
		})
	})
	for y := 146.0; y < 226; y += 17 {
		button(c, 0, y, 2.2, sky)
	}
}

func raincoatUpper(c *canvas) {
	sleeves(c, sleeve(0.93, 19, 18.5, 18.5, 18.5), honey, nil)
	cuff(c, 0.87, 0.95, 19, lemon, nil)
	c.shape(loop("0,143! -6,137 -11,127! -14,120! -23,121 -26.6,129 -20,138 -8,144.4 0,147 8,144.4 20,138 26.6,129 23,121 14,120! 11,127! 6,137"), honey, func() {
		c.line(curve("-13,122! -10,132 0,144.4 10,132 13,122!"), 2.2, lemon)
		c.fill(loop("16,116! 18,130 6,142 0,145! 0,152! 32,152! 32,116!"), dusk)
	})
}

func gothicDress(c *canvas) {
	wine := hex("#7c4258")
	gown(c, both("0,128.5 6,127.6 10.5,124! 24,130 29,137 24,151 19,166! 32,196 43,226! 20,231 0,232"), night, func() {
		c.fill(loop("-9,166! 9,166! 22,236! -22,236!"), wine)
		c.stripes(loop("-9,166! 9,166! 22,236! -22,236!"), 1.2, 5, 90, wine.deep().veil(0.7))
		c.fill(loop("-7,136! 7,136! 5,166! -5,166!"), wine)
		for y := 142.0; y < 166; y += 5 {
			c.line(curve("-5,-1.6! 5,1.6!").moved(0, y), 1.1, cream)
			c.line(curve("5,-1.6! -5,1.6!").moved(0, y), 1.1, cream)
		}
		c.sides(func() {
			c.line(curve("7,134! 5.4,166! 9,166! 22,236!"), 2.4, cream)
			c.strand(curve("16,170 24,200 32,226"), 1.4, night.ink())
		})
	})
	c.shape(both("0,227.4! 41,222! 45,231 38,233! 31,238 23.6,235! 15.6,240 7.6,236.6! 3.8,239.4 0,237.4!"), cream, func() { c.fill(loop("18,216! 22,250! 60,250! 60,216!"), dusk) })
}

func gothicUpper(c *canvas) {
	sleeves(c, sleeve(0.86, 19, 17, 14.5, 16), night, nil)
	c.sides(func() {
		bell := loop("34.4,180! 43.6,177! 51,195! 45,200 40.6,197! 36,203 31,199.6!").moved(0.4, 0)
		c.shape(bell, cream, func() { c.strand(curve("38,180 40,188 41,196"), 1.2, cream.ink().veil(0.5)) })
	})
	c.sides(func() {
		c.shape(loop("0,128! 5,126.6 11,122.6! 16,127 14,133! 11,136 8.4,134! 5,138 0,135!"), cream, nil)
	})
	c.shape(loop("0,134! 5,137 7,150! 3.6,148.6! 0,152! -3.6,148.6! -7,150! -5,137"), cream, func() { c.strand(curve("0,137 0.4,143 0,149"), 1.1, cream.ink().veil(0.5)) })
	c.shape(oval(0, 134.6, 6.4, 7.4), hex("#7c4258"), func() { c.fill(oval(-1, 133, 2.2, 2.6), rose) })
}
