package main

func shoes() []item {
	var all []item
	for _, s := range []struct {
		key, name string
		free      bool
		draw      func(*canvas) // the right one
	}{
		{"sneakers_white", "スニーカー（ホワイト）", true, func(c *canvas) { sneaker(c, snow, coral) }},
		{"sneakers_navy", "スニーカー（ネイビー）", true, func(c *canvas) { sneaker(c, navy, lemon) }},
		{"loafers", "ローファー＆ハイソックス", true, loafer},
		{"boots_camel", "ショートブーツ（キャメル）", true, boot},
		{"longboots", "ロングブーツ（ブラック）", false, longBoot},
		{"sandals", "サンダル", false, sandal},
		{"geta", "げた", false, geta},
		{"maryjane", "ストラップシューズ", true, maryJane},
		{"rainboots", "レインブーツ（イエロー）", false, rainBoot},
		{"oxfords", "レースアップシューズ（ブラウン）", false, oxford},
	} {
		all = append(all, item{key: "shoes_" + s.key, name: s.name, part: "shoes", free: s.free, layers: []layer{
			{z: zShoes, group: legs, draw: func(c *canvas) { c.sides(func() { s.draw(c) }) }},
		}})
	}
	return all
}

// shoeToe goes around the front of the right shoe, from ankle to ankle.
const shoeToe = "19.4,288 23.6,294 23.4,299! 12,300.4 2.2,299.4! 2,294 4.6,288 "

// sock draws one from the shoe up to top.
func sock(c *canvas, points string, with colour, details func()) {
	p := loop(points)
	c.shape(p, with, func() {
		if details != nil {
			details()
		}
		c.fill(box(13.4, 200, 20, 100, 0), dusk)
	})
}

// sole draws a flat one.
func sole(c *canvas, thick float64, with colour) {
	c.shape(loop("1.8,297! 23.6,297! 24.2,300.6 21,303 12,303.4 4,303 1.4,300.6").moved(0, -thick), with, nil)
}

func sneaker(c *canvas, with, accent colour) {
	sock(c, "5.2,277! 18,277! 18.2,290! 5.2,290!", snow, func() { c.fill(box(0, 279, 30, 1.6, 0), accent) })
	c.shape(loop("4.6,285! 12,283.4 18.8,285! "+shoeToe), with, func() {
		c.fill(oval(13, 299, 20, 10), mix(with, white, 0.75))
		c.line(oval(13, 299, 20, 10), seam, with.ink())
		c.fill(box(18, 280, 12, 30, 0), dusk)
	})
	for i := range 3 {
		y := 286.4 + 2.6*float64(i)
		c.line(curve("8,0! 16,0!").moved(0, y), 1.5, accent.ink())
		c.line(curve("8,0! 16,0!").moved(0, y), 0.9, accent)
	}
	sole(c, 1, mix(accent, white, 0.55))
}

func loafer(c *canvas) {
	sock(c, "3.4,250! 19.6,250! 19.4,262 17.8,290! 5,290! 5.2,272", navy, func() {
		c.fill(box(0, 252.4, 30, 1.8, 0), white)
	})
	c.shape(loop("4.4,289! 8,287.4 12,289.6 16,287.4 18.8,289! 23.4,295 23.2,299! 12,300.4 2.2,299.4! 2,295"), cocoa, func() {
		c.fill(oval(9, 296, 5, 3), cocoa.light().veil(0.7))
		c.fill(box(18, 280, 12, 30, 0), dusk)
	})
	c.line(curve("5,292.4 12,294 19.6,292.4"), 2.4, cocoa.ink())
	c.line(curve("5,292.4 12,294 19.6,292.4"), 1.2, mocha)
	sole(c, 0.4, night)
}

func boot(c *canvas) {
	c.shape(loop("3.4,268! 20,268! 19.2,280 "+shoeToe+"4.4,280"), camel, func() {
		c.fill(box(0, 264, 30, 7.4, 0), cream)
		c.dots(box(0, 264, 30, 7.4, 0), 0.8, 3, beige)
		c.line(curve("0,271.6! 30,271.6!"), seam, camel.ink())
		c.fill(box(14.4, 260, 20, 50, 0), dusk)
		c.strand(curve("5,286 11,288.6 16,286.6"), 1.3, camel.ink().veil(0.6))
		c.fill(oval(9, 295, 5, 3), camel.light().veil(0.8))
	})
	sole(c, 0.6, mocha)
}

func longBoot(c *canvas) {
	c.shape(loop("2.4,243! 11,245 20.6,243! 20,262 18.8,280 "+shoeToe+"5,280 3,262"), night, func() {
		c.fill(box(14.6, 230, 20, 80, 0), dusk)
		c.strand(curve("7,250 7.4,266 8.6,280"), 2.4, night.light().veil(0.7))
		c.fill(oval(9, 295, 5, 3), night.light().veil(0.7))
		c.strand(curve("6,285 12,287.4 17,285"), 1.3, night.ink())
	})
	for y := 252.0; y < 284; y += 6.4 {
		c.line(curve("12,0! 17,2.6!").moved(0, y), 1.2, silver)
		c.line(curve("17,0! 12,2.6!").moved(0, y), 1.2, silver)
	}
	sole(c, 0.4, charcoal)
}

func sandal(c *canvas) {
	sole(c, 0.6, camel)
	c.shape(loop("3.4,293! 12,290.4 21.4,293! 22.6,297.4! 12,295 2.8,297.4!"), coral, func() { c.fill(box(17, 280, 12, 30, 0), dusk) })
	c.shape(loop("5,284! 18.4,284! 18.6,287.6! 12,288.6 4.8,287.6!"), coral, nil)
	c.fill(flower(12, 293, 3.6, 5), lemon)
	c.line(flower(12, 293, 3.6, 5), hairpin, lemon.ink())
	c.fill(disc(12, 293, 1.1), coral)
}

func geta(c *canvas) {
	c.shape(polygon(6, 300, 18.6, 300, 18, 305, 6.6, 305), mocha, nil)
	c.shape(box(1.6, 297.4, 22, 4, 1.4), camel, func() { c.fill(box(17, 290, 12, 20, 0), dusk) })
	c.line(curve("12.4,297! 8,291 4.6,290"), 3.6, scarlet.ink())
	c.line(curve("12.4,297! 16.4,291 19,290"), 3.6, scarlet.ink())
	c.line(curve("12.4,297! 8,291 4.6,290"), 2.2, scarlet)
	c.line(curve("12.4,297! 16.4,291 19,290"), 2.2, scarlet)
}

func maryJane(c *canvas) {
	sock(c, "4.6,270! 18.4,270! 18,290! 5.2,290!", snow, nil)
	c.shape(loop("3.6,268 6,266.6 8.4,268.4 10.8,266.8 13.4,268.4 16,266.6 19.2,268 18.8,272.4 16.4,271.4 13.6,273 10.8,271.4 8,273 5.6,271.4 4,272.4"), snow, nil)
	c.shape(loop("4.2,290! 8,294.6 15,294.6 18.8,290! 23,295 23.2,299! 12,300.4 2.2,299.4! 2.2,295"), berry, func() {
		c.fill(oval(8.6, 297, 5, 2.6), berry.light().veil(0.8))
		c.fill(box(18, 280, 12, 30, 0), dusk)
	})
	c.line(curve("4.6,288.6 12,291 18.8,288.6"), 3.2, berry.ink())
	c.line(curve("4.6,288.6 12,291 18.8,288.6"), 1.8, berry)
	button(c, 17, 289.4, 1.3, gold)
	sole(c, 0.2, berry.deep())
}

func rainBoot(c *canvas) {
	c.shape(loop("2.2,256! 21.2,256! 20,274 "+shoeToe+"4,274"), honey, func() {
		c.fill(box(0, 254, 30, 6, 0), lemon)
		c.line(curve("0,260! 30,260!"), seam, honey.ink())
		c.fill(box(14.6, 250, 20, 60, 0), dusk)
		c.strand(curve("6.4,264 6.8,274 7.6,284"), 2.6, white)
		c.fill(oval(8.6, 295, 5, 3), white)
	})
	sole(c, 0.8, mocha)
}

func oxford(c *canvas) {
	sock(c, "5,276! 18.2,276! 18,290! 5.2,290!", charcoal, nil)
	c.shape(loop("4.4,286.4! 12,285 18.8,286.4! "+shoeToe), mocha, func() {
		c.line(curve("1,295.4 12,292.8 24,295.4"), seam, mocha.ink())
		c.fill(oval(9, 297, 5, 2.4), mocha.light().veil(0.7))
		c.fill(box(18, 280, 12, 30, 0), dusk)
	})
	for i := range 2 {
		c.line(curve("9,0! 15,0!").moved(0, 288+2.4*float64(i)), 1.0, cream)
	}
	sole(c, 0.6, cocoa)
}
