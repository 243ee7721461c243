package main

// accessory is a thing to put on: one picture, or several at different depths.
type accessory struct {
	key, name, slot string
	free            bool
	layers          []layer
}

func accessories() []item {
	one := func(z int, group string, draw func(*canvas)) []layer {
		return []layer{{z: z, group: group, draw: draw}}
	}
	var all []item
	for _, a := range []accessory{
		{"straw_hat", "むぎわらぼうし", "hat", true, one(zHat, head, strawHat)},
		{"cap", "キャップ（スカイ）", "hat", true, one(zHat, head, cap)},
		{"beret", "ベレーぼう（レッド）", "hat", false, one(zHat, head, beret)},
		{"knit_cap", "ニットぼう（グレー）", "hat", false, one(zHat, head, knitCap)},
		{"cat_ears", "ねこみみ", "hat", false, one(zHeadgear, head, catEars)},
		{"ribbon", "リボンカチューシャ", "hat", true, one(zHeadgear, head, ribbon)},
		{"crown", "プリンセスティアラ", "hat", false, one(zHeadgear, head, tiara)},
		{"headphones", "ヘッドホン", "ears", false, one(zHeadgear, head, headphones)},
		{"hairflower", "はなかざり", "hairpin", false, one(zHeadgear, head, hairFlower)},
		{"glasses", "まるめがね", "eyes", true, one(zGlasses, head, glasses)},
		{"sunglasses", "サングラス", "eyes", false, one(zGlasses, head, sunglasses)},
		{"scarf", "チェックマフラー", "neck", true, one(zScarf, torso, scarf)},
		{"necklace", "パールネックレス", "neck", false, one(zNecklace, torso, necklace)},
		{"bag", "ショルダーバッグ", "bag", true, []layer{
			{suffix: "strap", z: zStrap, group: torso, draw: bagStrap},
			{z: zNecklace, group: torso, draw: bag},
		}},
		{"backpack", "リュック", "back", false, []layer{
			{suffix: "back", z: zBehind, group: torso, draw: backpack},
			{suffix: "straps", z: zStrap, group: torso, draw: backpackStraps},
		}},
		{"wings", "てんしのはね", "back", false, one(zWings, torso, wings)},
		{"balloon", "ふうせん", "hand", true, one(zStrap, torso, balloon)},
		{"umbrella", "かさ", "hand", false, []layer{
			{suffix: "back", z: zBehind, group: torso, draw: umbrella},
			{z: zStrap, group: torso, draw: umbrellaHandle},
		}},
		{"icecream", "ソフトクリーム", "hand", false, one(zStrap, torso, iceCream)},
		{"fan", "うちわ", "hand", false, one(zStrap, torso, fan)},
	} {
		all = append(all, item{key: "acc_" + a.key, name: a.name, part: "accessory", slots: []string{a.slot}, free: a.free, layers: a.layers})
	}
	return all
}

func strawHat(c *canvas) {
	weave := func(p path) {
		c.inside(p, func() {
			for y := 4.0; y < 76; y += 4 {
				c.line(curve("-90,6 0,-2 90,6").scaled(1, -1).moved(0, y), hairpin, camel.veil(0.55))
			}
		})
	}
	brim := loop("-78,52 -60,43 -30,39! 30,39! 60,43 78,52 70,63 40,70 0,72 -40,70 -70,63")
	c.shape(brim, honey.light(), func() {
		weave(brim)
		c.fill(loop("-90,58! -50,63 0,65.4 50,63 90,58! 90,80! -90,80!"), dusk)
		c.fill(loop("46,40! 60,60 40,72! 90,72! 90,40!"), dusk)
	})
	dome := both("0,7 24,9.6 43,22 50,42 51,54! 30,59.4 0,61")
	c.shape(dome, honey.light(), func() {
		weave(dome)
		c.fill(loop("26,6! 38,30 38,64! 60,64! 60,6!"), dusk)
		c.fill(oval(-22, 22, 20, 9).turned(-30, -22, 22), white.veil(0.5))
	})
	c.shape(both("0,48! 26,46.6 50.4,41! 51,54! 30,59.4 0,61"), coral, func() { c.fill(loop("34,40! 38,64! 60,64! 60,40!"), dusk) })
	bow(c, 36, 53, 25, coral)
}

func cap(c *canvas) {
	c.shape(both("0,11 27,13 49,28 56,58! 54,64 30,58 0,56"), sky, func() {
		c.fill(both("0,8! 15,10 21,34 22,60 0,60!"), snow)
		c.line(curve("22,60 21,34 14,14"), seam, sky.ink().veil(0.8))
		c.line(curve("-22,60 -21,34 -14,14"), seam, sky.ink().veil(0.8))
		c.fill(loop("30,12! 40,34 42,66! 66,66! 66,12!"), dusk)
	})
	c.shape(oval(0, 11.4, 9, 5.4), navy, nil)
	c.shape(star(0, 37, 10, 4.6, 5), coral, nil)
	c.shape(both("0,51 24,52.6 45,61 50,69! 40,68.4 22,64.4 0,63.6"), navy, func() {
		c.line(curve("-46,65.6 -24,59 0,57.4 24,59 46,65.6"), hairpin, faded)
		c.fill(loop("20,50! 30,60 30,72! 60,72! 60,50!"), dusk)
	})
}

func beret(c *canvas) {
	c.fill(limb(curve("-10,12 -8,6 -9,2"), 4, 3, 3), scarlet.ink())
	c.shape(loop("-12,8 18,9 44,22 57,42 54,56 44,57! 20,50 -18,48 -46,53! -62,46 -62,30 -42,14"), scarlet, func() {
		c.fill(loop("30,6! 44,34 20,50 -20,46 -60,48 -40,60! 70,70! 70,6!"), dusk)
		c.fill(loop("-48,32 -38,20 -20,15 -16,18 -34,25"), scarlet.light().veil(0.7))
		c.strand(curve("44,55 38,48 28,42"), 1.3, scarlet.ink().veil(0.6))
		c.strand(curve("-45,52 -42,46 -36,42"), 1.3, scarlet.ink().veil(0.6))
	})
	c.shape(loop("-47,50 -20,44.6 16,46.6 46,54! 46,59.4 16,52.6 -20,50.6 -46,56!"), scarlet.deep(), nil)
}

func knitCap(c *canvas) {
	ribs := func(p path, with colour) {
		c.inside(p, func() {
			for x := -64.0; x < 66; x += 6.4 {
				c.line(curve("0,70! 0,44 0,8!").scaled(1, 1).moved(x, 0).turned(-x*0.28, x, 70), hairpin, with.ink().veil(0.5))
			}
		})
	}
	c.shape(disc(0, 9, 9.4), snow, func() {
		c.fill(disc(6, 16, 10), dusk)
		for _, place := range []string{"-5,6 -3,4 0,5", "0,12 3,10 5,11", "-6,14 -4,12 -2,13"} {
			c.strand(curve(place), 1.2, snow.ink().veil(0.5))
		}
	})
	dome := both("0,14 27,17 49,32 57,58! 30,54 0,53")
	c.shape(dome, ash, func() {
		ribs(dome, ash)
		c.fill(loop("28,12! 40,38 40,66! 70,66! 70,12!"), dusk)
	})
	edge := both("0,48 30,49.6 56,55! 59,64 57,71! 30,65 0,63.6")
	c.shape(edge, cloud, func() {
		ribs(edge, ash)
		c.fill(box(38, 40, 40, 40, 0), dusk)
	})
}

func catEars(c *canvas) {
	fur := hex("#6a5560")
	c.line(curve("-50,58 -44,43 -26,28.6 0,24 26,28.6 44,43 50,58"), 4.2, fur.ink())
	c.line(curve("-50,58 -44,43 -26,28.6 0,24 26,28.6 44,43 50,58"), 2.4, fur)
	c.sides(func() {
		c.shape(loop("14,27! 24,10 41,1! 48,18 47,46! 34,34"), fur, nil)
		c.shape(loop("24,27! 30,15 39,9! 43,20 42.6,37! 34,30.6"), rose, func() { c.fill(loop("38,6! 36,30 48,44! 60,6!"), dusk) })
		c.strand(curve("22,28 24,22 27,20"), 1.6, fur)
	})
}

func ribbon(c *canvas) {
	c.line(curve("-52,70 -46,46 -26,29 0,24 26,29 46,46 52,70"), 5.2, coral.ink())
	c.line(curve("-52,70 -46,46 -26,29 0,24 26,29 46,46 52,70"), 3.2, coral)
	bow(c, 22, 23, 42, coral)
}

func tiara(c *canvas) {
	c.shape(loop("-36,36! -33,24! -24,31! -16,14! -8,27! 0,4! 8,27! 16,14! 24,31! 33,24! 36,36! 18,31 0,29.4 -18,31"), gold, func() {
		c.fill(loop("4,0! 8,32 40,40! 40,0!"), dusk)
	})
	c.shape(oval(0, 20, 6.4, 8.6), coral, func() { c.fill(oval(-1, 18, 2.2, 3), white) })
	c.sides(func() {
		c.trinket(disc(16, 23.6, 2.6), sky, nil)
		c.trinket(disc(16, 13, 2), white, nil)
		c.trinket(disc(33, 23.4, 2), white, nil)
	})
	c.trinket(disc(0, 4.4, 2.6), white, nil)
}

func headphones(c *canvas) {
	arch := curve("-53,80 -55,54 -42,30 -20,17.6 0,15.4 20,17.6 42,30 55,54 53,80")
	c.line(arch, 8, night.ink())
	c.line(arch, 5, cloud)
	c.line(curve("-34,25 -20,18.6 0,16.4 20,18.6 34,25"), 5, aqua)
	c.sides(func() {
		c.shape(box(45, 70, 9, 29, 4.5), charcoal, nil)
		c.shape(loop("52,70 59,72 63,84.5 59,97 52,99"), cloud, func() { c.fill(loop("58,66! 58,102! 70,102! 70,66!"), dusk) })
		c.shape(oval(57, 84.5, 6, 14), aqua, nil)
	})
}

func hairFlower(c *canvas) {
	c.shape(loop("30,56! 22,58 17,65! 26,66"), sage, nil)
	c.shape(loop("46,58! 50,64 49,72! 42,67"), sage, nil)
	c.line(curve("40,60 44,72 43,84"), 1.1, gold.ink())
	for y := 70.0; y < 88; y += 5 {
		c.fill(disc(43.4, y, 1.7), gold)
	}
	c.shape(flower(38, 54, 12.5, 5), rose, func() { c.fill(flower(38, 54, 7, 5), rose.light()) })
	c.trinket(disc(38, 54, 3), honey, nil)
	c.trinket(flower(25, 46, 6.6, 5), snow, nil)
	c.trinket(disc(25, 46, 1.7), honey, nil)
}

func glasses(c *canvas) {
	frame := hex("#8a5a4a")
	c.sides(func() {
		lens := oval(19.8, 88, 27, 26)
		c.fill(lens, white.veil(0.05))
		c.inside(lens, func() { c.fill(polygon(14, 74, 17.5, 74, 11, 92, 7.5, 92), white.veil(0.45)) })
		c.line(lens, 1.8, frame)
		c.line(curve("33,86! 43,83!"), 1.7, frame)
	})
	c.line(curve("-6.6,86.4 0,84 6.6,86.4"), 1.7, frame)
}

func sunglasses(c *canvas) {
	c.sides(func() {
		lens := loop("5.4,78.6! 20,76.6 36,78.6! 36.4,88 31,97.6 19,99 8,94.6")
		c.fade(lens, 0, 76, 0, 99, night, hex("#8d6f86"))
		c.inside(lens, func() { c.fill(polygon(14, 74, 20, 74, 11, 102, 5, 102), white.veil(0.32)) })
		c.line(lens, 2, hex("#3d3342"))
		c.line(curve("36,80! 43,81!"), 2.2, hex("#3d3342"))
	})
	c.line(curve("-6,80.6 0,79 6,80.6"), 2.4, hex("#3d3342"))
}

func scarf(c *canvas) {
	tartan := func(p path, degrees float64) {
		c.check(p, 9, degrees, berry.veil(0.45), cream)
	}
	tail := loop("8,134! 21,131! 25,160 24,184! 11,186! 11,158")
	c.shape(tail, coral, func() {
		tartan(tail, 4)
		c.fill(loop("8,130! 26,130! 24,146 10,148!"), dusk)
	})
	for x := 12.4; x < 24; x += 3.2 {
		c.line(curve("0,0! 0,5!").moved(x, 186-x*0.06), 1.4, coral.ink())
	}
	wrap := both("0,117 16,114.4 27,119 29.6,129 23,138.4 10,143 0,144")
	c.shape(wrap, coral, func() {
		tartan(wrap, 0)
		c.fill(loop("-30,130! -14,134 10,132 30,120! 34,150! -34,150!"), dusk)
		c.strand(curve("-24,128 -6,134 16,130 26,122"), 1.6, coral.ink().veil(0.8))
	})
	knot := loop("6,129 14,125.4 23,129 23,139 14,143.4 7,139")
	c.shape(knot, coral, func() { tartan(knot, 30) })
}

func necklace(c *canvas) {
	places := curve("-11,127.4 -8,135 0,139 8,135 11,127.4").flat()
	for i := 0; i < len(places); i += 4 {
		pearl := disc(places[i].x, places[i].y, 1.9)
		c.fill(pearl, snow)
		c.line(pearl, hairpin, ash.ink().veil(0.8))
	}
	c.trinket(heart(0, 143.6, 8.4), coral, func() { c.fill(disc(-1.7, 142, 1.1), white) })
}

func bagStrap(c *canvas) {
	line := curve("14,127.4 6,142 -8,166 -20,190")
	c.line(line, 5.2, mocha.ink())
	c.line(line, 3, mocha)
}

func bag(c *canvas) {
	c.shape(box(-35, 185, 29, 24, 5), camel, func() { c.fill(box(-14, 180, 20, 40, 0), dusk) })
	c.shape(loop("-36,185! -5,185! -5.4,194 -10,199 -20.5,200.4 -31,199 -35.6,194"), camel.light().times(0.96, 0.94, 0.92), func() {
		c.line(curve("-33.4,188 -32,195 -20.5,198 -9,195 -7.6,188"), hairpin, camel.ink().veil(0.7))
	})
	button(c, -20.5, 199, 2.4, gold)
}

func backpack(c *canvas) {
	c.shape(box(-31, 128, 62, 66, 16), aqua, func() {
		c.fill(box(16, 120, 30, 90, 0), dusk)
	})
	c.shape(loop("-4,128! -5,121 5,121 4,128!"), aqua.shade(), nil)
}

func backpackStraps(c *canvas) {
	c.sides(func() {
		strap := curve("14,127.4 16.6,138 18,150 21,164")
		c.line(strap, 7, aqua.ink())
		c.line(strap, 4.6, aqua)
		c.line(curve("14.6,141! 19.6,140!"), 1.6, white)
	})
}

func wings(c *canvas) {
	c.sides(func() {
		wing := loop("6,150! 22,126 46,104 72,94 92,98! 96,108 91,117! 98,122 97,133 89,139! 93,146 88,156 78,159! 79,167 70,175 59,174! 52,181 38,180 30,172! 16,168")
		c.shape(wing, snow, func() {
			c.fill(loop("6,150! 30,152 56,144 84,118 100,110! 100,190! 10,190!"), sky.veil(0.30))
			c.fill(loop("6,158! 30,166 56,162 78,146 100,136! 100,190! 10,190!"), lilac.veil(0.40))
		})
		c.strand(curve("91,117 74,128 50,138"), 1.5, snow.ink().veil(0.6))
		c.strand(curve("89,139 72,146 48,150"), 1.5, snow.ink().veil(0.6))
		c.strand(curve("78,159 62,161 42,159"), 1.5, snow.ink().veil(0.6))
		c.strand(curve("59,174 48,172 34,166"), 1.5, snow.ink().veil(0.6))
	})
}

func balloon(c *canvas) {
	c.line(curve("45,207 52,186 74,150 87,100"), 1.1, coral.ink())
	c.fill(disc(45, 207, 1.8), coral.ink())
	c.shape(polygon(87, 94, 91.4, 100, 82.6, 100), coral, nil)
	c.shape(loop("87,34 104,41 110,60 102,81 87,95 72,81 64,60 70,41"), coral, func() {
		c.fill(loop("98,34! 100,60 90,84 78,92! 90,100! 116,100! 116,34!"), dusk)
		c.fill(oval(76, 53, 8, 15).turned(22, 76, 53), white.veil(0.75))
	})
}

// The umbrella leans on the shoulder; its tip is up behind the head.
func umbrella(c *canvas) {
	c.line(curve("45,214! 78,30!"), 3.6, mocha.ink())
	c.line(curve("45,214! 78,30!"), 2, camel)
	canopy := loop("84,8! 104,20 116,44 117,76! 106,66 94,74! 82,66 68,76! 54,68 38,78! 24,64 6,66! 14,34 44,10")
	turned := func(p path) path { return p.turned(8, 80, 60) }
	c.shape(turned(canopy), lilac, func() {
		c.dots(box(-20, -10, 160, 110, 0), 2.2, 15, white)
		c.fill(turned(loop("84,8! 98,34 94,74 120,100! 130,0!")), dusk)
		for _, rib := range []string{"84,8 90,38 94,74", "84,8 74,38 68,76", "84,8 54,36 38,78"} {
			c.line(turned(curve(rib)), seam, lilac.ink().veil(0.7))
		}
	})
	c.line(turned(curve("84,8! 85,1!")), 2.4, mocha.ink())
}

func umbrellaHandle(c *canvas) {
	hook := curve("46,208! 43.6,222 38,226 33.6,222 34,217")
	c.line(hook, 4.4, mocha.ink())
	c.line(hook, 2.6, camel)
}

func iceCream(c *canvas) {
	lean := func(p path) path { return p.turned(-20, -44, 210) }
	cone := lean(loop("-53,184! -37,184! -44,213!"))
	c.shape(cone, camel.light(), func() {
		c.stripes(cone, 0.9, 4.2, 35, camel.ink().veil(0.6))
		c.stripes(cone, 0.9, 4.2, -75, camel.ink().veil(0.6))
	})
	c.shape(lean(oval(-45, 182, 21, 10)), snow, nil)
	c.shape(lean(oval(-45, 175.6, 16, 9.6)), snow, nil)
	c.shape(lean(loop("-50.6,171 -44,172.6 -39.6,170 -43,165 -43,160! -49,164")), snow, nil)
	c.fill(lean(oval(-41, 183.4, 8, 4)), dusk)
	c.fill(lean(oval(-42, 176.6, 6, 3.6)), dusk)
}

func fan(c *canvas) {
	c.line(curve("-45,214! -50,186!"), 4, mocha.ink())
	c.line(curve("-45,214! -50,186!"), 2.4, camel)
	leaf := oval(-55, 168, 40, 40)
	c.shape(leaf, snow, func() {
		c.fill(loop("-80,164! -66,160 -52,166 -40,160 -30,164! -30,200! -80,200!"), sky)
		c.fill(loop("-80,174! -66,170 -52,176 -40,170 -30,174! -30,200! -80,200!"), sky.shade().veil(0.6))
		c.fill(disc(-60, 158, 6), scarlet)
		c.fill(loop("-44,140! -40,170 -50,192 -30,192! -30,140!"), dusk)
	})
}
