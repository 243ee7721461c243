package main

import "math"

func backgrounds() []item {
	var all []item
	for _, b := range []struct {
		key, name string
		free      bool
		draw      func(*canvas)
	}{
		{"hearts", "ハートパターン", true, bgHearts},
		{"room", "おへや", true, bgRoom},
		{"park", "こうえん", true, bgPark},
		{"sea", "うみべ", true, bgSea},
		{"sakura", "さくらなみき", false, bgSakura},
		{"night", "ほしぞらの街", false, bgNight},
		{"festival", "なつまつり", false, bgFestival},
		{"cafe", "カフェ", false, bgCafe},
		{"snow", "ゆきげしき", false, bgSnow},
	} {
		all = append(all, item{key: "bg_" + b.key, name: b.name, part: "background", free: b.free, layers: []layer{
			{z: zBackground, group: scene, draw: func(c *canvas) {
				b.draw(c)
				standing(c)
			}},
		}})
	}
	return all
}

// standing is the shadow of who stands there.
func standing(c *canvas) {
	for i := range 7 {
		grown := float64(i)
		c.fill(oval(0, 301, 52+grown*6, 7+grown*1.5), night.veil(0.06))
	}
}

// whole is the whole picture.
var whole = box(-width/2, 0, width, height, 0)

// random gives a number from 0 to 1 that belongs to i.
func random(i int) float64 {
	v := math.Sin(float64(i)*12.9898+4.1414) * 43758.5453
	return v - math.Floor(v)
}

func cloudAt(c *canvas, x, y, size float64, with colour) {
	c.fill(loop("-30,8! -34,2 -27,-5! -24,-14 -12,-14! -6,-22 8,-20 12,-12! 22,-14 27,-5! 36,-3 34,8!").scaled(size, size).moved(x, y), with)
}

func bgHearts(c *canvas) {
	c.fade(whole, 0, 0, 0, height, hex("#fff0f3"), hex("#fde2ea"))
	c.stripes(whole, 15, 30, 90, white.veil(0.5))
	i := 0
	c.scatter(whole, 40, func(x, y float64) {
		i++
		tone := []colour{rose, lilac, sky, lemon, mint}[i%5]
		c.fill(heart(x, y, 15).turned(float64(i%3-1)*14, x, y), tone.veil(0.75))
		c.fill(disc(x+20, y, 2.6), white)
	})
	c.fade(box(-width/2, 262, width, 60, 0), 0, 262, 0, height, hex("#fbd9e3"), hex("#f7c9d8"))
	scallops(c, 262, 12, hex("#fbd9e3"), white)
}

// scallops draws a row of half discs along a height, with a pale edge.
func scallops(c *canvas, y, radius float64, with, edge colour) {
	for x := -132.0; x <= 132; x += 2 * radius {
		c.fill(disc(x, y, radius), with)
		c.line(disc(x, y, radius-2.6), 1.4, edge)
	}
	c.fill(box(-width/2, y, width, radius+3, 0), with)
}

func bgRoom(c *canvas) {
	wall := hex("#fbeede")
	c.fill(whole, wall)
	c.stripes(box(-width/2, 0, width, 220, 0), 10, 20, 90, hex("#f8e4d0"))
	// The window.
	c.fill(box(-96, 34, 72, 96, 4), white)
	c.fade(box(-90, 40, 60, 84, 0), 0, 40, 0, 124, hex("#a9d8f5"), hex("#e2f4fb"))
	cloudAt(c, -56, 82, 0.55, white)
	c.inside(box(-90, 40, 60, 84, 0), func() {
		c.fill(oval(-80, 126, 60, 32), hex("#b7dcae"))
		c.fill(oval(-40, 128, 60, 26), hex("#a4d09e"))
	})
	c.fill(box(-62, 40, 4, 84, 0), white)
	c.fill(box(-90, 80, 60, 4, 0), white)
	curtain := hex("#f7b9b4")
	c.fill(loop("-104,26! -72,26! -78,70 -92,96! -92,140! -106,140!"), curtain)
	c.fill(loop("-16,26! -48,26! -42,70 -28,96! -28,140! -14,140!"), curtain)
	for _, x := range []float64{-99, -88} {
		c.strand(curve("0,28 -1,70 -3,138").moved(x, 0), 2.2, curtain.shade())
	}
	for _, x := range []float64{-21, -32} {
		c.strand(curve("0,28 1,70 3,138").moved(x, 0), 2.2, curtain.shade())
	}
	c.fill(box(-110, 20, 100, 8, 3), hex("#c99a74"))
	// Pictures and a shelf.
	c.fill(box(34, 44, 36, 44, 3), hex("#d9a982"))
	c.fill(box(38, 48, 28, 36, 0), hex("#e8f4ea"))
	c.fill(flower(52, 62, 8, 6), rose)
	c.fill(disc(52, 62, 3), honey)
	c.line(curve("52,70! 52,82!"), 2, sage)
	c.fill(box(80, 60, 26, 32, 3), hex("#d9a982"))
	c.fill(box(84, 64, 18, 24, 0), hex("#fdf3d8"))
	c.fill(star(93, 76, 7, 3.2, 5), apricot)
	c.fill(box(66, 128, 54, 6, 2), hex("#c99a74"))
	for i, tone := range []colour{coral, sky, lemon, mint, lilac} {
		c.fill(box(72+float64(i)*7, 106+float64(i%3)*3, 6, 22-float64(i%3)*3, 1), mix(tone, wall, 0.25))
	}
	// The floor and a rug.
	c.fill(box(-width/2, 214, width, 8, 0), hex("#f3dcc2"))
	c.fill(box(-width/2, 222, width, 98, 0), hex("#e6c19a"))
	for i, y := range []float64{222, 240, 262, 288} {
		c.fill(box(-width/2, y, width, 1.4, 0), hex("#d4a97f"))
		for x := -150.0 + float64(i%2)*40; x < 130; x += 80 {
			c.fill(box(x, y, 1.4, 24, 0), hex("#d4a97f"))
		}
	}
	c.fill(oval(0, 292, 196, 46), hex("#f6d2d2"))
	c.fill(oval(0, 292, 176, 38), hex("#fdeeea"))
	c.fill(oval(0, 292, 150, 30), hex("#f9dfdc"))
	// A plant.
	for i := range 7 {
		turn := float64(i)*24 - 72
		c.fill(loop("0,0! 7,-22 0,-46! -7,-22").moved(-98, 222).turned(turn, -98, 222), mix(forest, mint, 0.25+0.1*float64(i%3)))
	}
	c.fill(loop("-112,218! -84,218! -88,250 -108,250"), hex("#e9a58c"))
	c.fill(box(-114, 214, 32, 8, 3), hex("#f0b49c"))
}

func bgPark(c *canvas) {
	c.fade(whole, 0, 0, 0, 210, hex("#a8daf6"), hex("#e8f7fb"))
	cloudAt(c, -66, 54, 0.9, white)
	cloudAt(c, 78, 36, 0.7, white)
	cloudAt(c, 60, 104, 0.55, white.veil(0.8))
	c.fill(loop("-120,190! -90,164 -50,160 -10,176 30,158 80,152 120,172! 120,320! -120,320!"), hex("#bfe3b4"))
	tree := func(x, y, size float64) {
		c.fill(loop("-4,0! -3,-40! 4,-40! 5,0!").scaled(size, size).moved(x, y), hex("#b58a68"))
		crown := loop("-6,-96 14,-94 24,-80 34,-66 30,-48 14,-38 -14,-38 -32,-46 -36,-64 -26,-80").scaled(size, size).moved(x, y)
		c.fill(crown, hex("#97cd92"))
		c.inside(crown, func() {
			c.fill(crown.moved(10*size, 12*size), hex("#83bd84"))
			c.fill(oval(x-14*size, y-78*size, 16*size, 9*size).turned(-30, x-14*size, y-78*size), hex("#b4dfa6"))
		})
	}
	tree(-88, 226, 1.15)
	tree(92, 220, 1.0)
	tree(58, 204, 0.62)
	tree(-50, 202, 0.5)
	c.fill(loop("-120,214! -60,206 0,210 70,204 120,212! 120,320! -120,320!"), hex("#a9d99c"))
	c.fill(loop("-14,208! 14,208! 34,240 78,320! -78,320! -34,240"), hex("#f5e6c8"))
	c.fill(loop("2,208! 14,208! 34,240 78,320! 56,320! 22,240"), hex("#ead6b2").veil(0.8))
	for i := range 22 {
		x, y := random(i)*230-115, 226+random(i+50)*88
		if math.Abs(x) < 34+(y-220)*0.5 {
			continue
		}
		c.line(curve("0,0! 0,6!").moved(x, y), 1.2, hex("#7fb878"))
		c.fill(flower(x, y, 3.6, 5), []colour{white, rose, lemon, lilac}[i%4])
		c.fill(disc(x, y, 1.2), honey)
	}
}

func bgSea(c *canvas) {
	c.fade(whole, 0, 0, 0, 170, hex("#8ecdf3"), hex("#dff3fa"))
	c.fill(disc(74, 46, 20), hex("#fff3c2"))
	c.fill(disc(74, 46, 28), hex("#fff3c2").veil(0.4))
	cloudAt(c, -62, 118, 1.1, white)
	cloudAt(c, -22, 128, 0.8, white)
	cloudAt(c, 84, 130, 0.7, white.veil(0.9))
	c.fade(box(-width/2, 150, width, 90, 0), 0, 150, 0, 234, hex("#5fb4df"), hex("#a5e3e6"))
	for i := range 26 {
		x, y := random(i+7)*240-120, 156+random(i+90)*62
		c.fill(oval(x, y, 6+14*random(i+3), 1.4), white.veil(0.7))
	}
	c.fill(loop("64,150! 67,130! 80,149!"), white)
	c.fill(loop("62,150! 63,134! 52,149!"), hex("#fbd0c4"))
	c.fill(loop("50,151! 82,151! 76,158! 56,158!"), coral)
	c.fill(loop("-120,228! -80,222 -30,231 20,222 70,230 120,222! 120,320! -120,320!"), white)
	c.fill(loop("-120,234! -80,229 -30,238 20,229 70,237 120,229! 120,320! -120,320!"), hex("#f3dfb6"))
	c.fill(loop("-120,242! -80,236 -30,245 20,236 70,244 120,236! 120,320! -120,320!"), hex("#fbecc8"))
	for i := range 40 {
		c.fill(disc(random(i+11)*240-120, 252+random(i+61)*66, 0.9), hex("#e6cd9c"))
	}
	c.fill(star(-80, 276, 9, 4.2, 5).turned(14, -80, 276), coral.light())
	c.fill(oval(84, 284, 16, 13), hex("#fbd9d5"))
	for _, x := range []float64{79, 84, 89} {
		c.strand(curve("0,278 0,284 0,290").moved(x, 0), 1.2, rose)
	}
	// A palm leaf reaches in.
	for i, turn := range []float64{18, 42, 68, 96} {
		leaf := loop("0,0! 26,-12 62,-6 84,10! 56,8 26,6").moved(-128, 6).turned(turn, -128, 6)
		c.fill(leaf, mix(forest, mint, 0.15+0.12*float64(i)))
		c.line(curve("0,0 40,-6 80,9").moved(-128, 6).turned(turn, -128, 6), 1, hex("#dff0d4").veil(0.7))
	}
}

func bgSakura(c *canvas) {
	c.fade(whole, 0, 0, 0, 230, hex("#cfe9f8"), hex("#fdeff2"))
	cloudAt(c, 20, 120, 0.8, white.veil(0.9))
	for i, x := range []float64{-64, -40, 38, 66} { // far trees
		y := 206.0
		c.fill(box(x-2, y-26, 4, 30, 0), hex("#c9a79c"))
		c.fill(loop("-20,0 -24,-14 -12,-26 6,-28 20,-20 24,-6 12,4 -8,5").moved(x, y-22), mix(hex("#fbd5de"), hex("#fdeff2"), 0.2*float64(i%2)))
	}
	c.fill(loop("-120,212! -40,206 40,206 120,212! 120,320! -120,320!"), hex("#c4e2b0"))
	c.fill(loop("-10,206! 10,206! 36,244 86,320! -86,320! -36,244"), hex("#f8ead8"))
	for _, side := range []float64{-1, 1} {
		turn := func(p path) path { return p.scaled(side, 1) }
		c.fill(turn(loop("96,250! 100,180 90,120 70,70! 78,68! 98,110 104,80 100,40! 108,40! 114,90 118,180 122,250!")), hex("#a97f76"))
		c.fill(turn(loop("110,250! 112,170 106,110! 114,90 120,180 124,250!")), hex("#966c68"))
		c.fill(oval(side*112, 251, 52, 9), hex("#b4d8a0"))
		for i, blossomAt := range [][3]float64{{112, 20, 34}, {80, 18, 30}, {50, 22, 24}, {98, 52, 28}, {66, 54, 22}, {114, 82, 24}, {30, 10, 18}, {84, 84, 14}} {
			tone := []colour{hex("#fbcfdb"), hex("#fdd9e2"), hex("#f9c3d1")}[i%3]
			c.fill(flower(side*blossomAt[0], blossomAt[1], blossomAt[2], 7), tone)
		}
		for i := range 34 {
			x, y := 20+random(i+5)*100, random(i+33)*96
			if x-20 < y*0.72 {
				continue
			}
			c.fill(flower(side*x, y, 4.4, 5), hex("#fff3f6"))
			c.fill(disc(side*x, y, 1.1), rose)
		}
	}
	for i := range 46 { // petals in the air and on the ground
		x, y := random(i+17)*240-120, 70+random(i+71)*246
		petal := loop("0,-3! 2.6,0 0,3 -2.6,0").turned(360*random(i), 0, 0)
		if y > 220 {
			petal = petal.scaled(1.2, 0.6)
		}
		c.fill(petal.moved(x, y), []colour{hex("#f9b9ca"), hex("#fcd3dd"), white}[i%3])
	}
}

func bgNight(c *canvas) {
	c.fade(whole, 0, 0, 0, 250, hex("#4a4f8f"), hex("#8a7cc0"), hex("#e0aecb"))
	for i := range 64 {
		x, y := random(i+2)*240-120, random(i+44)*150
		c.fill(disc(x, y, 0.5+random(i+8)*0.8), white.veil(0.9))
	}
	for i := range 7 {
		x, y := random(i+201)*220-110, 10+random(i+310)*120
		c.fill(star(x, y, 4.6, 1.1, 4), hex("#fff6cf"))
	}
	c.fill(disc(76, 46, 32), hex("#fff1c4").veil(0.16))
	moon := disc(76, 46, 21)
	c.fill(moon, hex("#fff1c4"))
	c.inside(moon, func() { c.fill(disc(66, 40, 19), hex("#6d68ab")) })
	for row, tone := range []colour{hex("#8f7fbb"), hex("#6f67a6"), hex("#545189")} {
		x := -126.0 - float64(row)*9
		for i := 0; x < 122; i++ {
			seed := row*40 + i
			wide := 18 + 16*random(seed+3)
			top := 196 - (30+52*random(seed+13))*(1-float64(row)*0.22) + float64(row)*16
			c.fill(box(x, top, wide, 280-top, 0), tone)
			if row > 0 {
				for wy := top + 6; wy < 236; wy += 8 {
					for wx := x + 4; wx < x+wide-4; wx += 6.4 {
						if random(int(wx*31+wy*17)) > 0.45 {
							c.fill(box(wx, wy, 2.8, 4, 0), []colour{hex("#ffe9a8"), hex("#ffd3a0"), hex("#cfe4ff")}[int(wx+wy+400)%3])
						}
					}
				}
			}
			x += wide
		}
	}
	// The terrace and its railing.
	c.fade(box(-width/2, 248, width, 80, 0), 0, 248, 0, height, hex("#7d739f"), hex("#685f8c"))
	for _, y := range []float64{262, 284, 308} {
		c.fill(box(-width/2, y, width, 1.2, 0), hex("#8f86b2"))
	}
	for x := -116.0; x < 120; x += 16 {
		c.fill(box(x, 214, 2.6, 36, 0), hex("#403c66"))
	}
	c.fill(box(-width/2, 210, width, 5, 0), hex("#403c66"))
	c.fill(box(-width/2, 246, width, 4, 0), hex("#403c66"))
}

func bgFestival(c *canvas) {
	c.fade(whole, 0, 0, 0, 240, hex("#54508f"), hex("#9a72a8"), hex("#f3b08f"))
	for i := range 40 {
		c.fill(disc(random(i+2)*240-120, random(i+44)*90, 0.5+random(i+8)*0.6), white.veil(0.8))
	}
	firework := func(x, y, size float64, with colour) {
		for ring := 1.0; ring <= 3; ring++ {
			for i := range 16 {
				turn := math.Pi * 2 * float64(i) / 16
				far := size * ring / 3
				c.fill(disc(x+far*math.Cos(turn), y+far*math.Sin(turn), 1.0+0.25*ring), mix(with, white, 0.5-0.15*ring))
			}
		}
	}
	firework(-74, 84, 32, rose)
	firework(80, 70, 26, lemon)
	firework(30, 40, 15, aqua)
	stall := func(x float64, awning colour) {
		c.fill(box(x+4, 150, 62, 96, 0), hex("#a9705e"))
		c.fill(box(x+8, 162, 54, 42, 0), hex("#ffe6b4"))
		c.fill(box(x, 204, 70, 10, 2), hex("#d99b73"))
		c.fill(box(x+4, 214, 62, 40, 0), hex("#c98466"))
		for i := range 5 {
			tone := []colour{awning, snow}[i%2]
			c.fill(loop("0,0! 14,0! 14,22! 7,29 0,22!").moved(x+float64(i)*14, 138), tone)
		}
		for i := range 4 {
			c.fill(disc(x+15+float64(i)*13, 196, 5), []colour{scarlet, honey, mint, lilac}[i])
			c.fill(disc(x+13.6+float64(i)*13, 194.4, 1.5), white.veil(0.8))
		}
	}
	stall(-116, scarlet)
	stall(46, hex("#5fa6c9"))
	c.fade(loop("-120,246! 120,246! 120,320! -120,320!"), 0, 246, 0, 320, hex("#c79286"), hex("#b07c7c"))
	c.fill(loop("-24,246! 24,246! 92,320! -92,320!"), hex("#dcae98").veil(0.7))
	for _, row := range []float64{14, 108} {
		sag := curve("-130,0 -60,17 0,22 60,17 130,0").moved(0, row-8)
		c.line(sag, 1.2, hex("#4b3b58"))
		places := sag.flat()
		for i := 3; i < len(places); i += 6 {
			x, y := places[i].x, places[i].y+11
			if row > 100 && math.Abs(x) < 44 {
				continue
			}
			c.fill(disc(x, y, 17), hex("#ffd48a").veil(0.18))
			lantern := oval(x, y, 16, 19)
			tone := []colour{hex("#f0705f"), hex("#ffe2ae")}[i/6%2]
			c.fill(lantern, tone)
			c.inside(lantern, func() {
				c.fill(oval(x, y, 8, 16), mix(tone, hex("#fff6d8"), 0.5))
				for line := -6.0; line <= 6; line += 4 {
					c.fill(box(x-9, y+line, 18, 0.8, 0), tone.shade())
				}
			})
			c.fill(box(x-4, y-11.5, 8, 3, 1), hex("#4b3b58"))
			c.fill(box(x-4, y+8.5, 8, 3, 1), hex("#4b3b58"))
		}
	}
}

func bgCafe(c *canvas) {
	c.fill(whole, hex("#dcece2"))
	c.fill(box(-width/2, 150, width, 90, 0), hex("#c9a386"))
	for x := -120.0; x < 120; x += 20 {
		c.fill(box(x, 150, 1.2, 90, 0), hex("#b58d70"))
	}
	c.fill(box(-width/2, 146, width, 6, 0), hex("#a97f64"))
	// Shelves with cups and jars.
	for i, y := range []float64{66, 108} {
		c.fill(box(34, y, 80, 5, 1), hex("#a97f64"))
		for j := range 5 {
			x := 42 + float64(j)*15
			tone := []colour{coral, snow, honey, mint, lilac}[(j+i*2)%5]
			if (i+j)%2 == 0 {
				c.fill(loop("0,0! 10,0! 9,10 1,10").moved(x, y-10), tone)
				c.line(curve("10,2 13,4 10,7").moved(x, y-10), 1.4, tone)
			} else {
				c.fill(box(x, y-15, 9, 15, 2), tone)
				c.fill(box(x-0.6, y-17, 10.2, 3.6, 1), hex("#a97f64"))
			}
		}
	}
	// The blackboard.
	c.fill(box(-112, 52, 62, 76, 3), hex("#a97f64"))
	c.fill(box(-107, 57, 52, 66, 1), hex("#4f6b62"))
	chalk := hex("#f4f1e4")
	c.line(loop("-96,70! -76,70! -78,84 -94,84"), 1.5, chalk)
	c.line(curve("-76,73 -70,75 -76,80"), 1.5, chalk)
	c.line(curve("-90,66 -88,63 -90,60"), 1.2, chalk)
	c.line(curve("-83,66 -81,63 -83,60"), 1.2, chalk)
	for i := range 4 {
		c.line(curve("-99,0! -72,0!").moved(0, 94+float64(i)*7), 1.2, chalk.veil(0.8))
		c.line(curve("-67,0! -61,0!").moved(0, 94+float64(i)*7), 1.2, lemon.veil(0.9))
	}
	// Lamps.
	for _, x := range []float64{-84, -2, 80} {
		c.line(polygon(x, 0, x, 16), 1.4, hex("#7d5f52"))
		c.fill(disc(x, 31, 20), hex("#ffe9b0").veil(0.35))
		c.fill(disc(x, 31, 6), hex("#fff3cf"))
		c.fill(loop("-4,0! 4,0! 14,14! -14,14!").moved(x, 16), hex("#e98f7f"))
	}
	// The floor, tiled, and two tables.
	c.fill(box(-width/2, 236, width, 84, 0), hex("#f5ead8"))
	for i := range 16 {
		for j := range 4 {
			if (i+j)%2 == 0 {
				y0, y1 := 236+float64(j*j)*3+float64(j)*12, 236+float64((j+1)*(j+1))*3+float64(j+1)*12
				spread := func(x, y float64) float64 { return (x - 8) * (15 + (y-236)*0.10) }
				c.fill(polygon(spread(float64(i), y0), y0, spread(float64(i+1), y0), y0, spread(float64(i+1), y1), y1, spread(float64(i), y1), y1), hex("#e7d3bb"))
			}
		}
	}
	for _, x := range []float64{-92, 94} {
		c.fill(box(x-2.5, 206, 5, 56, 0), hex("#8d6a58"))
		c.fill(oval(x, 263, 34, 8), hex("#8d6a58"))
		c.fill(oval(x, 207, 62, 14), hex("#f9f3ea"))
		c.fill(oval(x, 205, 62, 13), white)
	}
	c.fill(loop("-104,192! -88,192! -90,204 -102,204"), coral.light())
	c.fill(loop("84,200! 106,200! 108,190 95,182 82,190"), hex("#f6d9b0"))
	c.fill(loop("82,191 95,182 108,191! 104,194 99,190 95,195 90,191 86,195"), blossom)
	c.fill(disc(95, 181, 3), scarlet)
}

func bgSnow(c *canvas) {
	c.fade(whole, 0, 0, 0, 240, hex("#b9cdf0"), hex("#e6eefb"))
	c.fill(loop("-120,196! -84,150 -58,178 -20,138 20,184 60,146 120,194! 120,320! -120,320!"), hex("#c2d1ee"))
	c.fill(loop("-36,156! -20,138! -2,159! -12,155 -20,160 -28,154"), white)
	c.fill(loop("46,161! 60,146! 80,160! 68,158 60,164 54,157"), white)
	fir := func(x, y, size float64) {
		c.fill(box(x-3*size, y-8*size, 6*size, 12*size, 0), hex("#9b8087"))
		for i := range 3 {
			at := y - float64(i)*20*size
			wide := (28 - float64(i)*6) * size
			c.fill(loop("0,-34! 1,0! 0.5,4 0,1 -0.5,4 -1,0!").scaled(wide, size).moved(x, at-4*size), mix(forest, hex("#9cc3c0"), 0.45))
			c.fill(loop("0,-34! 0.55,-13! 0.3,-16 0.1,-11 -0.2,-16 -0.55,-13!").scaled(wide, size).moved(x, at-4*size), white)
		}
	}
	fir(-92, 232, 1.25)
	fir(94, 226, 1.1)
	fir(-54, 212, 0.65)
	fir(60, 210, 0.6)
	c.fill(loop("-120,222! -60,210 0,216 60,208 120,220! 120,320! -120,320!"), hex("#f4f8fe"))
	c.fill(loop("-120,262! -50,250 30,262 120,248! 120,320! -120,320!"), hex("#e6eefa"))
	// A snowman.
	c.fill(oval(86, 272, 40, 36), white)
	c.inside(oval(86, 272, 40, 36), func() { c.fill(oval(99, 284, 40, 36), hex("#dfe8f7")) })
	c.fill(disc(86, 246, 13), white)
	c.fill(loop("76,236! 96,236! 94,222! 78,222!"), coral)
	c.fill(disc(82, 245, 1.4), cocoa)
	c.fill(disc(90, 245, 1.4), cocoa)
	c.fill(loop("86,248! 96,250! 86,251.4!"), apricot)
	c.line(curve("76,257 86,260 96,257"), 4, scarlet)
	for i := range 70 {
		c.fill(disc(random(i+2)*240-120, random(i+44)*300, 0.9+random(i+8)*1.5), white.veil(0.9))
	}
}
