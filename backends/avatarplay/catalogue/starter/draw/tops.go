package main

// top is a garment for the upper body: what covers the trunk, and the sleeves
// with what lies over them.
type top struct {
	key, name    string
	free, tucked bool
	trunk        func(*canvas)
	upper        func(*canvas)
}

func tops() []item {
	var all []item
	for _, t := range []top{
		{"tee_star", "スターTシャツ（ホワイト）", true, false, teeStar, func(c *canvas) {
			sleeves(c, sleeve(0.36, 17, 15.5, 16.5), snow, func() { c.line(armBand(0.30, 0.31, 30), hairpin, snow.ink().veil(0.7)) })
		}},
		{"border", "ボーダーカットソー", true, false, border, func(c *canvas) {
			sleeves(c, sleeve(0.82, 17, 14, 13.5, 13.5), cream, func() {
				for i := range 7 {
					at := 0.15 + 0.115*float64(i)
					c.fill(armBand(at, at+0.045, 30), navy)
				}
			})
		}},
		{"hoodie_mint", "パーカー（ミント）", true, false, hoodie, func(c *canvas) {
			sleeves(c, sleeve(0.93, 18, 16, 16, 16), mint, nil)
			cuff(c, 0.90, 1.0, 13, mint.shade(), nil)
			hoodieHood(c)
		}},
		{"blouse", "まるえりブラウス", true, true, blouse, blouseUpper},
		{"sailor", "セーラーふく（なつ）", true, true, sailor, sailorUpper},
		{"cardigan_rose", "カーディガン（ローズ）", false, false, cardigan, func(c *canvas) {
			sleeves(c, sleeve(0.95, 17.5, 15.5, 15, 15), rose, nil)
			cuff(c, 0.90, 0.99, 14.5, rose.light(), nil)
		}},
		{"knit_cream", "ケーブルニット（クリーム）", true, false, knit, knitUpper},
		{"mountain", "マウンテンパーカー", false, false, mountain, mountainUpper},
		{"shirt_tie", "シャツ＆ネクタイ", true, true, shirtTie, shirtTieUpper},
		{"denim_jacket", "デニムジャケット", false, false, denimJacket, denimJacketUpper},
		{"happi", "おまつりハッピ", false, false, happi, happiUpper},
		{"sweat_bear", "くまさんスウェット", true, false, sweatBear, func(c *canvas) {
			sleeves(c, sleeve(0.93, 18, 16, 16, 16), apricot, nil)
			cuff(c, 0.90, 0.99, 13, apricot.shade(), nil)
		}},
		{"polo_aqua", "ポロシャツ（アクア）", true, false, polo, poloUpper},
		{"offshoulder", "オフショルダー（ラベンダー）", false, true, offShoulder, offShoulderUpper},
		{"marching", "マーチングジャケット", false, false, marching, marchingUpper},
		{"vest_argyle", "アーガイルベスト", false, false, vest, vestUpper},
		{"blazer", "スクールブレザー", false, false, blazer, blazerUpper},
		{"stadium", "スタジャン", false, false, stadium, stadiumUpper},
		{"aloha", "アロハシャツ", false, false, aloha, alohaUpper},
		{"flannel", "チェックシャツ（レッド）", true, false, flannel, flannelUpper},
	} {
		z := zTops
		if t.tucked {
			z = zTucked
		}
		all = append(all, item{key: "top_" + t.key, name: t.name, part: "tops", free: t.free, layers: []layer{
			{z: z, group: torso, draw: t.trunk},
			{suffix: "sleeves", z: zSleeves, group: torso, draw: t.upper},
		}})
	}
	return all
}

// rib draws the knitted edge of a neckline.
func rib(c *canvas, neck string, with colour) {
	right := read(neck)
	var whole path
	for i := len(right) - 1; i >= 0; i-- {
		whole.points = append(whole.points, point{-right[i].x, right[i].y, right[i].corner})
	}
	whole.points = append(whole.points, right[1:]...)
	c.line(whole, 5.2, with.ink())
	c.line(whole, 3.0, with)
}

func teeStar(c *canvas) {
	body := shirt(neckRound, 1.5, 191)
	trunk(c, body, snow, func() {
		c.fill(star(0, 157, 12, 5.4, 5), honey)
		c.line(star(0, 157, 12, 5.4, 5), 1.2, honey.ink())
		c.fill(star(0, 157, 6, 2.7, 5), lemon)
		stitch(c, "-30,187.6! 30,187.6!", snow)
	})
	rib(c, neckRound, sky)
}

func border(c *canvas) {
	body := shirt(neckWide, 1.5, 192)
	trunk(c, body, cream, func() { c.stripes(box(-40, 138, 80, 60, 0), 3.4, 7.6, 0, navy) })
	rib(c, neckWide, cream)
}

func hoodie(c *canvas) {
	body := shirt(neckRound, 3, 190)
	trunk(c, body, mint, func() {
		pocket := loop("-15,190! -13,176 -9,169! 9,169! 13,176 15,190!")
		c.fill(pocket, mint.shade().veil(0.35))
		c.line(pocket, seam, mint.ink().veil(0.8))
	})
	c.shape(both("0,188! 24,187! 24.4,195! 12,196.4 0,196.8"), mint.shade(), func() {
		for x := -24.0; x < 25; x += 4 {
			c.line(polygon(x, 180, x, 200), hairpin, mint.ink().veil(0.35))
		}
	})
}

func hoodieHood(c *canvas) {
	c.shape(loop("0,143! -6,137 -11,127! -14,121! -22,122 -25,129 -19,137 -8,143 0,146 8,143 19,137 25,129 22,122 14,121! 11,127! 6,137"), mint, func() {
		c.fill(loop("14,118! 16,130 6,140 0,143! 0,150! 30,150! 30,118!"), dusk)
	})
	c.sides(func() {
		c.line(curve("4,142 5,150 4.4,158"), 2.4, mint.ink())
		c.line(curve("4,142 5,150 4.4,157.6"), 1.3, white)
	})
}

func blouse(c *canvas) {
	trunk(c, shirt(neckHigh, 0.8, 192), snow, func() {
		c.sides(func() {
			stitch(c, "5,136! 5,192!", snow)
			stitch(c, "8.4,136! 8.4,192!", snow)
		})
		for y := 146.0; y < 190; y += 10 {
			button(c, 0, y, 1.5, blossom)
		}
	})
}

func blouseUpper(c *canvas) {
	sleeves(c, sleeve(0.40, 19, 22, 19, 15), snow, func() {
		c.strand(curve("24,136 27,148 29,160"), 1, snow.ink().veil(0.5))
		c.strand(curve("29,136 33,146 35,156"), 1, snow.ink().veil(0.5))
	})
	cuff(c, 0.38, 0.46, 14.5, blossom, nil)
	c.sides(func() {
		c.shape(loop("0.6,130! 5,128.6 10.5,123.5! 15,127 18,134 13,141.5 5,140.5 1,134"), snow, func() {
			c.fill(loop("4,141 12,140 17,134! 20,140! 6,146!"), dusk)
			c.line(curve("2.4,134 6,138.6 12.4,139.4 16,133.6"), hairpin, rose)
		})
	})
	bow(c, 0, 134, 17, berry)
}

func sailor(c *canvas) {
	trunk(c, shirt(neckVee, 1.5, 192), snow, nil)
	c.shape(loop("0,143! -8,131! 8,131!"), snow, func() { c.stripes(box(-20, 120, 40, 30, 0), 1.5, 4, 0, navy) })
}

func sailorUpper(c *canvas) {
	sleeves(c, sleeve(0.42, 17.5, 16.5, 17.5), snow, nil)
	cuff(c, 0.36, 0.45, 18, navy, func() { c.fill(armBand(0.395, 0.415, 40), white) })
	c.sides(func() {
		collar := loop("11,124! 20,127.5 27,132! 22,141 12,147 0.6,153! 1.6,146!")
		c.shape(collar, navy, func() {
			c.line(curve("24,132.6 20,139 11,144.4 1,150"), 1.3, white)
		})
	})
	c.sides(func() {
		c.shape(loop("0,152! 5,154 9,162 10.5,173! 5.5,170! 2.6,172! 0.6,160"), scarlet, func() { c.fill(loop("0,152! 4,160 3,175! -2,175!"), dusk) })
	})
	c.shape(box(-4, 149, 8, 7, 2.6), scarlet, func() { c.fill(box(1, 146, 8, 12, 0), dusk) })
}

func cardigan(c *canvas) {
	trunk(c, shirt(neckRound, 1, 190), snow, nil)
	c.sides(func() {
		front := loop("11,125.5! 24,130 29,137 25,151 20.5,168 22.5,182 24.6,194! 10,195.4 1,195.6! 1.6,168! 5,148")
		c.shape(front, rose, func() {
			c.stripes(box(0, 188, 40, 12, 0), 1, 3, 90, rose.shade())
			c.fill(loop("16,125! 17,160 14,180 18,200! 40,200! 40,125!"), dusk)
			c.line(curve("13.5,126 7.6,148 4.4,168! 4,196!"), seam, rose.ink().veil(0.7))
		})
	})
	for y := 171.0; y < 194; y += 9 {
		button(c, 2.2, y, 1.8, cream)
	}
}

func knit(c *canvas) {
	trunk(c, shirt(neckHigh, 3, 189), cream, func() {
		for _, x := range []float64{-14, 0, 14} {
			c.line(polygon(x-4.4, 130, x-4.4, 200), hairpin, cream.ink().veil(0.5))
			c.line(polygon(x+4.4, 130, x+4.4, 200), hairpin, cream.ink().veil(0.5))
			for y := 138.0; y < 190; y += 8 {
				c.strand(curve("-3.4,-3 0,1 3.4,3").moved(x, y), 1.8, camel.veil(0.75))
				c.strand(curve("3.4,-3 0,-1 -3.4,3").moved(x, y+4), 1.8, camel.veil(0.75))
			}
		}
	})
	c.shape(both("0,187! 24,186! 24,194.6! 12,196 0,196.4"), cream, func() {
		c.stripes(box(-30, 180, 60, 20, 0), 1, 3.4, 90, camel.veil(0.7))
		c.fill(box(14, 180, 20, 20, 0), dusk)
	})
}

func knitUpper(c *canvas) {
	sleeves(c, sleeve(0.92, 18, 16, 15.5, 15.5), cream, func() {
		c.line(curve(armLine).moved(-2, 0), hairpin, camel.veil(0.8))
		c.line(curve(armLine).moved(3, -1), hairpin, camel.veil(0.8))
	})
	cuff(c, 0.88, 0.98, 14.5, cream, nil)
	c.shape(both("0,120! 12,118! 13.6,126 12.6,133 6,136 0,136.6"), cream, func() {
		c.stripes(box(-20, 110, 40, 40, 0), 1, 3.2, 90, camel.veil(0.7))
		c.fill(both("0,110! 20,110! 14,124 0,127"), dusk)
	})
}

func mountain(c *canvas) {
	trunk(c, shirt(neckHigh, 3.4, 197), sky, func() {
		c.fill(box(-40, 110, 80, 42, 0), navy)
		stitch(c, "-40,152! 40,152!", navy)
		for _, x := range []float64{-1, 1} {
			pocket := box(x*14-7, 174, 14, 14, 2)
			c.line(pocket, seam, sky.ink().veil(0.8))
			c.line(curve("0,0! 14,0!").moved(x*14-7, 179), seam, sky.ink().veil(0.8))
		}
		c.fill(box(-2, 120, 4, 90, 0), lemon)
		stitch(c, "0,128! 0,200!", navy)
	})
}

func mountainUpper(c *canvas) {
	sleeves(c, sleeve(0.95, 18.5, 17, 16.5, 16), sky, func() { c.fill(armBand(-0.2, 0.26, 60), navy) })
	cuff(c, 0.93, 0.99, 14.5, navy, nil)
	c.shape(both("0,132! 4,127 12,119! 19,118.4 24,123 22,131 12,138 0,143!"), navy, func() {
		c.fill(both("0,128! 12,119! 16,126 8,134 0,138!"), sky)
		c.fill(loop("12,116! 14,130 0,144! 30,144! 30,116!"), dusk)
	})
	c.fill(box(-1.6, 140, 3.2, 6, 1.4), lemon)
	c.line(box(-1.6, 140, 3.2, 6, 1.4), hairpin, navy.ink())
}

func shirtTie(c *canvas) {
	pale := hex("#d8e9f8")
	trunk(c, shirt(neckHigh, 1.2, 192), pale, func() {
		stitch(c, "3.4,132! 3.4,195!", pale)
		stitch(c, "-3.4,132! -3.4,195!", pale)
		c.line(loop("9,150! 18,150! 18,158 13.5,161 9,158!"), seam, pale.ink().veil(0.7))
	})
}

func shirtTieUpper(c *canvas) {
	pale := hex("#d8e9f8")
	sleeves(c, sleeve(0.60, 17, 15, 15, 14.5), pale, nil)
	cuff(c, 0.55, 0.66, 15.5, pale.light(), nil)
	tie := loop("-2.6,135! 2.6,135! 5.4,164! 0,171! -5.4,164!")
	c.shape(tie, berry, func() {
		c.stripes(box(-10, 130, 20, 50, 0), 2.2, 7, -35, blossom)
		c.fill(box(1, 130, 12, 50, 0), dusk)
	})
	c.shape(loop("-4,129! 4,129! 3,136! -3,136!"), berry, nil)
	c.sides(func() {
		c.shape(loop("0.4,130! 6,127 10.8,121.5! 14.4,126! 12.4,137.4! 6,135.5!"), pale.light(), nil)
	})
}

func denimJacket(c *canvas) {
	trunk(c, shirt(neckRound, 1, 190), snow, func() {
		c.stripes(box(-20, 138, 40, 60, 0), 2.6, 6.6, 0, coral)
	})
	c.sides(func() {
		front := loop("11,125! 24,129.4 29.6,137 26,151 22,168 23.4,180 24,187! 7,189! 7.4,160 6,140!")
		c.shape(front, denim, func() {
			c.fill(loop("18,125! 18,160 15,190! 40,190! 40,125!"), dusk)
			c.line(box(10.4, 147, 11, 11, 1), seam, denim.ink().veil(0.9))
			c.line(curve("10.4,150.6! 16,153! 21.4,150.6!"), seam, denim.ink().veil(0.9))
			c.line(curve("13,160! 12,182!"), seam, faded)
			c.line(curve("6,181.6! 25,180!"), 1.0, honey)
			button(c, 9, 184.8, 1.2, honey)
			button(c, 16, 153.4, 1.0, honey)
		})
	})
}

func denimJacketUpper(c *canvas) {
	sleeves(c, sleeve(0.92, 18, 15.5, 15, 14.5), denim, func() { c.line(armBand(0.10, 0.11, 60), 1.0, honey) })
	cuff(c, 0.86, 0.97, 15, denim.light(), nil)
	c.sides(func() {
		c.shape(loop("9.6,121! 17,124 22,131! 12,146! 7,140 7.6,131"), denim.light(), func() { c.line(curve("18,126! 20,131! 12,143!"), hairpin, honey) })
	})
}

func happi(c *canvas) {
	trunk(c, shirt(neckVee, 4, 206), navy, func() {
		for i := range 7 {
			x := float64(i)*10 - 30
			for radius := 9.0; radius > 1; radius -= 3 {
				c.line(disc(x, 207, radius), 1.3, white)
			}
		}
		c.line(curve("-40,193! 40,193!"), 1.6, white)
	})
	c.sides(func() {
		c.shape(loop("10,123! 15,125! 4,152! 3.6,207! -1.4,207! -1.4,150!"), scarlet, func() {
			for y := 160.0; y < 206; y += 12 {
				c.fill(disc(1.4, y, 1.7), white)
			}
		})
	})
	c.shape(both("0,170! 22.8,169! 23.4,177! 0,179!"), hex("#fff4df"), func() { c.fill(box(14, 160, 20, 30, 0), dusk) })
	c.shape(loop("3,172! 10,175 11,189! 7,188! 4,190! 2,180"), hex("#fff4df"), nil)
	c.shape(box(-3, 170, 8, 8, 2), hex("#fff4df"), nil)
}

func happiUpper(c *canvas) {
	sleeves(c, sleeve(0.62, 19, 21, 24, 26), navy, func() {
		c.fill(armBand(0.52, 0.57, 60), white)
		c.fill(armBand(0.42, 0.445, 60), white)
	})
}

func sweatBear(c *canvas) {
	trunk(c, shirt(neckRound, 3, 190), apricot, func() {
		c.sides(func() { c.shape(disc(8.2, 150.5, 4.2), camel, func() { c.fill(disc(8.2, 151, 2.2), cream) }) })
		c.shape(oval(0, 159, 23, 20), camel, nil)
		c.fill(oval(0, 163, 11, 8.5), cream)
		c.fill(oval(0, 160.6, 4, 2.8), cocoa)
		c.sides(func() { c.fill(disc(5.4, 156.6, 1.5), cocoa) })
		c.line(curve("-2.4,164.4 0,165.6 2.4,164.4"), 1.0, cocoa)
	})
	c.shape(both("0,188! 24,187! 24.4,195! 12,196.4 0,196.8"), apricot.shade(), func() {
		c.stripes(box(-30, 180, 60, 20, 0), 0.8, 3.6, 90, apricot.ink().veil(0.35))
	})
	rib(c, neckRound, apricot.shade())
}

func polo(c *canvas) {
	trunk(c, shirt(neckVee, 1.5, 191), aqua, func() {
		c.fill(box(-4, 130, 8, 24, 0), aqua.light())
		c.line(curve("-4,130! -4,154! 4,154! 4,130!"), seam, aqua.ink().veil(0.8))
		button(c, 0, 147, 1.3, white)
		button(c, 0, 151.4, 1.3, white)
		c.fill(heart(13, 152, 5), coral)
		stitch(c, "-30,187.6! 30,187.6!", aqua)
	})
}

func poloUpper(c *canvas) {
	sleeves(c, sleeve(0.38, 17, 15.5, 16.5), aqua, nil)
	cuff(c, 0.34, 0.40, 17, white, nil)
	c.sides(func() {
		c.shape(loop("0.5,142! 6,131 10.8,122! 16,126! 13,140 5,145!"), white, func() { c.line(curve("13.8,128! 11.4,138.4 4.6,142.4"), 1.2, aqua) })
	})
}

func offShoulder(c *canvas) {
	trunk(c, both("0,146! 22,143! 23.6,150 19.5,166 21.5,182 22.5,192! 0,194!"), lilac, func() {
		c.dots(box(-40, 140, 80, 60, 0), 1.1, 8, white)
	})
	c.sides(func() { c.shape(polygon(11, 128, 17.6, 129.4, 17.4, 147, 11.4, 147), lilac, nil) })
}

func offShoulderUpper(c *canvas) {
	frill := both("0,142! 20,140 33,137! 36.6,144 39.5,152! 34,158.4 28,155! 23,160.6 17,156.6! 12,161.6 6,157.8! 3,161 0,158.4!")
	c.shape(frill, lilac.light(), func() {
		c.sides(func() {
			c.strand(curve("17,156 15,149 15,143"), 1.2, lilac.ink().veil(0.6))
			c.strand(curve("28,154 25,148 24,141"), 1.2, lilac.ink().veil(0.6))
			c.strand(curve("6,157 5.4,150 5.4,144"), 1.2, lilac.ink().veil(0.6))
		})
		c.line(curve("-40,151! -28,153.4 -23,159 -17,155 -12,160 -6,156.4 0,158 6,156.4 12,160 17,155 23,159 28,153.4 40,151"), hairpin, white)
		c.fill(loop("18,138! 20,150 17,162! 44,162! 44,132!"), dusk)
	})
	bow(c, 0, 146, 13, violet)
}

func marching(c *canvas) {
	trunk(c, shirt(neckHigh, 2.4, 194), scarlet, func() {
		c.fill(box(-1.2, 120, 2.4, 90, 0), scarlet.deep())
		for i := range 5 {
			y := 142 + float64(i)*9.4
			wide := 13.5 - float64(i)*1.1
			c.line(curve("-1,0! 1,0!").scaled(wide, 1).moved(0, y), 2.6, gold.ink())
			c.line(curve("-1,0! 1,0!").scaled(wide, 1).moved(0, y), 1.6, gold)
			button(c, wide, y, 1.8, gold)
			button(c, -wide, y, 1.8, gold)
		}
	})
	c.line(curve("-24.4,194 -12,195.4 0,195.8 12,195.4 24.4,194"), 2.6, gold)
}

func marchingUpper(c *canvas) {
	sleeves(c, sleeve(0.95, 18, 15.5, 15, 14.5), scarlet, nil)
	cuff(c, 0.84, 0.97, 15.5, white, func() { c.fill(armBand(0.84, 0.865, 60), gold) })
	c.sides(func() {
		for i := range 5 {
			x := 21 + float64(i)*3.4
			c.line(curve("0,0! 0.6,6!").moved(x, 133+float64(i*i)*0.35), 2.6, gold.ink())
			c.line(curve("0,0! 0.6,6!").moved(x, 133+float64(i*i)*0.35), 1.6, gold)
		}
		c.shape(loop("17,129! 23,127.4 31,129.6 36,135.4! 30,136.4 20,134.4!"), gold, func() { c.fill(loop("17,133! 28,132 38,138! 20,140!"), dusk) })
	})
	c.shape(both("0,121.4! 11,119.4! 12.4,127 11.6,132! 6,134.6 0,135.2"), scarlet, func() {
		c.line(curve("-12,129.6 0,132.8 12,129.6"), 1.8, gold)
		c.fill(both("0,110! 20,110! 14,123 0,126"), dusk)
	})
}

func vest(c *canvas) {
	trunk(c, shirt(neckVee, 1.4, 191), sage, func() {
		c.scatter(box(-40, 146, 80, 42, 0), 15, func(x, y float64) {
			c.fill(polygon(x, y-8, x+5, y, x, y+8, x-5, y), cream.veil(0.85))
		})
		for at := -90.0; at < 90; at += 7.5 {
			c.line(curve("-30,-48! 30,48!").moved(at, 167), hairpin, forest.veil(0.7))
			c.line(curve("30,-48! -30,48!").moved(at, 167), hairpin, forest.veil(0.7))
		}
	})
	c.shape(both("0,188! 23.6,187! 23.8,194.6! 12,196 0,196.4"), forest, func() {
		c.stripes(box(-30, 180, 60, 20, 0), 0.8, 3.4, 90, forest.ink().veil(0.5))
	})
	c.line(curve("-13.5,127! 0,146.4! 13.5,127!"), 4.6, forest.ink())
	c.line(curve("-13.5,127! 0,146.4! 13.5,127!"), 2.8, forest)
	c.shape(loop("-9,126! 9,126! 0,143!"), snow, func() { c.fill(both("0,110! 20,110! 14,128 0,133"), dusk) })
}

func vestUpper(c *canvas) {
	sleeves(c, sleeve(0.90, 16.5, 14.5, 14.5, 14.5), snow, nil)
	cuff(c, 0.88, 0.97, 14, snow, nil)
	c.sides(func() {
		edge := curve("15.4,129.6! 17.4,137 18,144 21.4,150!")
		c.line(edge, 4.0, forest.ink())
		c.line(edge, 2.2, forest)
		c.shape(loop("0.4,131! 6,127 10.8,121.5! 14.6,126! 12.4,137.4! 6,135.5!"), snow, nil)
	})
	bow(c, 0, 134, 14, scarlet)
}

func blazer(c *canvas) {
	trunk(c, shirt(neckHigh, 1.2, 186), snow, nil)
	tie := loop("-2.4,134! 2.4,134! 4.6,160! 0,166! -4.6,160!")
	c.shape(tie, forest, func() { c.stripes(box(-10, 130, 20, 50, 0), 1.8, 6, -35, honey) })
	c.sides(func() {
		front := loop("12,125! 24,129.6 29.6,137 26,151 21.6,168 24,184 26,197! 12,199.6 2,200! -0.8,172! 8,150!")
		c.shape(front, navy, func() {
			c.fill(loop("18,125! 18,160 15,180 19,202! 40,202! 40,125!"), dusk)
			c.line(curve("9,184! 20,183!"), 1.6, navy.ink())
		})
		lapel := loop("11,122! 18,125! 22,140! 15.6,143! 18,147! 0.6,170! 7,148!")
		c.shape(lapel, navy.light().times(0.9, 0.9, 0.95), nil)
	})
	button(c, 0.4, 177, 2, gold)
	button(c, 0.4, 187, 2, gold)
	c.shape(loop("-19,151! -12,151! -12,157 -15.5,160 -19,157!"), gold, func() { c.fill(box(-17, 150, 3, 12, 0), scarlet) })
}

func blazerUpper(c *canvas) {
	sleeves(c, sleeve(0.94, 18, 15.5, 15, 14.5), navy, nil)
	cuff(c, 0.93, 0.985, 12.5, snow, nil)
	c.sides(func() {
		c.shape(loop("0.4,131! 6,127 10.4,121.5! 14,126! 11.4,138! 5.6,135.5!"), snow, nil)
	})
	c.shape(loop("-4,129.4! 4,129.4! 3,136! -3,136!"), forest, nil)
}

func stadium(c *canvas) {
	trunk(c, shirt(neckRound, 3, 188), berry, func() {
		stitch(c, "0,130! 0,200!", berry)
		for y := 143.0; y < 188; y += 9.5 {
			button(c, 0, y, 1.7, white)
		}
		initial := loop("8,147! 12.5,147! 12.5,153! 17,153! 17,147! 21.5,147! 21.5,163! 17,163! 17,157! 12.5,157! 12.5,163! 8,163!").moved(-0.6, 0)
		c.line(initial, 2.4, cream)
		c.fill(initial, honey)
		c.line(curve("-19,171! -14,182!"), 2.4, cream)
		c.line(curve("19,171! 14,182!"), 2.4, cream)
	})
	ribbed(c, berry)
	rib(c, neckRound, cream)
	rib(c, neckRound, berry.shade())
}

// ribbed draws a knitted waistband with two stripes.
func ribbed(c *canvas, with colour) {
	c.shape(both("0,186! 23.6,185! 24,194.6! 12,196 0,196.4"), with, func() {
		c.line(curve("-30,188.4 0,190 30,188.4"), 1.5, cream)
		c.line(curve("-30,192 0,193.6 30,192"), 1.5, cream)
		c.fill(box(14, 180, 20, 20, 0), dusk)
	})
}

func stadiumUpper(c *canvas) {
	sleeves(c, sleeve(0.92, 18.5, 16.5, 16.5, 16), cream, nil)
	cuff(c, 0.89, 0.99, 13.5, berry, func() { c.fill(armBand(0.93, 0.95, 60), cream) })
}

func aloha(c *canvas) {
	trunk(c, shirt(neckVee, 3, 196), sky, func() {
		tropical(c, box(-50, 120, 100, 90, 0))
		stitch(c, "0,146! 0,200!", sky)
		for y := 152.0; y < 194; y += 11 {
			button(c, 0, y, 1.4, cream)
		}
	})
}

// tropical scatters hibiscus flowers and leaves.
func tropical(c *canvas, p path) {
	c.scatter(p, 22, func(x, y float64) {
		for _, turn := range []float64{35, 100, 215} {
			c.fill(loop("0,-3! 3.4,-8 0,-13! -3.4,-8").moved(x, y).turned(turn, x, y), mix(forest, aqua, 0.35))
		}
		c.fill(flower(x, y, 7, 5), coral)
		c.fill(flower(x, y, 4, 5), rose)
		c.fill(disc(x, y, 1.5), lemon)
	})
}

func alohaUpper(c *canvas) {
	sleeves(c, sleeve(0.42, 18, 17, 19), sky, func() { tropical(c, box(0, 120, 70, 60, 0)) })
	c.sides(func() {
		c.shape(loop("0.5,144! 7,131 10.8,122! 17,126 19,137! 12,137.6! 4,147!"), sky, func() { tropical(c, box(0, 120, 30, 40, 0)) })
	})
}

func flannel(c *canvas) {
	trunk(c, shirt(neckRound, 1, 188), snow, nil)
	c.sides(func() {
		front := loop("11,125! 24,129.6 29.6,137 26,151 22,168 24,184 26.4,199! 16,203 8,202! 7,170 6.6,142!")
		c.shape(front, scarlet, func() {
			c.check(box(0, 110, 60, 100, 0), 10, 0, scarlet.deep().veil(0.45), lemon.veil(0.9))
			c.fill(loop("18,125! 18,160 15,180 19,206! 40,206! 40,125!"), dusk)
			c.line(curve("9.4,140! 10,204!"), seam, scarlet.ink().veil(0.7))
		})
	})
}

func flannelUpper(c *canvas) {
	sleeves(c, sleeve(0.62, 18, 15.5, 15.5, 15.5), scarlet, func() {
		c.check(box(0, 110, 90, 100, 0).turned(-14, 30, 150), 10, -14, scarlet.deep().veil(0.45), lemon.veil(0.9))
	})
	cuff(c, 0.56, 0.68, 16.5, scarlet.light(), nil)
	c.sides(func() {
		c.shape(loop("8.6,121.6! 15.4,124! 19,133! 11,144! 6.6,138! 7.6,129"), scarlet, func() {
			c.check(box(0, 110, 60, 100, 0), 10, 30, scarlet.deep().veil(0.45), lemon.veil(0.9))
		})
	})
}
