package main

// hairdo draws a style in any colour: what falls behind the figure, nil for
// nothing, and what lies on the head.
type hairdo struct {
	back, front func(*canvas, colour)
}

func hair() []item {
	var all []item
	for _, h := range []struct {
		key, name string
		style     hairdo
		tone      colour
		free      bool
	}{
		{"bob_brown", "ボブ（ブラウン）", hairBob, hairBrown, true},
		{"bob_rose", "ボブ（ピンク）", hairBob, hairRose, false},
		{"long_black", "ぱっつんロング（ブラック）", hairLong, hairBlack, true},
		{"long_lilac", "ぱっつんロング（ラベンダー）", hairLong, hairLilac, false},
		{"twintails_ginger", "ツインテール（オレンジ）", hairTwinTails, hairGinger, true},
		{"twintails_skyblue", "ツインテール（みずいろ）", hairTwinTails, hairSkyBlue, false},
		{"ponytail_honey", "ポニーテール（ハニー）", hairPonytail, hairHoney, true},
		{"short_mocha", "ショート（モカ）", hairShort, hairMocha, true},
		{"spiky_ink", "ツンツンヘア（ネイビー）", hairSpiky, hairInk, true},
		{"wavy_caramel", "ゆるふわウェーブ（キャラメル）", hairWavy, hairCaramel, true},
		{"bun_mocha", "おだんご（モカ）", hairBun, hairMocha, false},
		{"braids_burgundy", "みつあみ（ワインレッド）", hairBraids, hairBurgundy, true},
		{"swept_silver", "ながし前髪（シルバー）", hairSwept, hairSilver, false},
		{"centre_ash", "センターパート（アッシュ）", hairCentre, hairAsh, true},
		{"mushroom_honey", "マッシュ（ハニー）", hairMushroom, hairHoney, false},
		{"flip_mint", "外ハネ（ミント）", hairFlip, hairMint, false},
		{"sidetail_lilac", "サイドテール（ラベンダー）", hairSideTail, hairLilac, false},
		{"curly_black", "くるくるヘア（ブラック）", hairCurly, hairBlack, false},
	} {
		layers := []layer{{z: zHair, group: head, draw: func(c *canvas) { h.style.front(c, h.tone) }}}
		if h.style.back != nil {
			layers = append(layers, layer{suffix: "back", z: zBackHair, group: head, draw: func(c *canvas) { h.style.back(c, h.tone) }})
		}
		all = append(all, item{key: "hair_" + h.key, name: h.name, part: "hair", free: h.free, layers: layers})
	}
	return all
}

// The outline of the hair over the head, from the right temple to the left one.
// All styles keep to it where they can, so that every hat fits.
const (
	crownRight = " 0,26 25,30.5 44,46.5 51.5,72 "
	crownLeft  = " -51.5,72 -44,46.5 -25,30.5 "
)

// lock draws a mass of hair: lighter above, darker below.
func lock(c *canvas, p path, tone colour, details func()) {
	_, top, _, bottom := p.bounds()
	c.fade(p, 0, top, 0, bottom, mix(tone, tone.sheen(), 0.18), tone, mix(tone, tone.shade(), 0.55))
	if details != nil {
		c.inside(p, details)
	}
	c.line(p, outline, tone.ink())
}

// front draws the hair on the head, with its shadow on the face.
func front(c *canvas, p path, tone colour, details func()) {
	c.inside(both(headLine), func() { c.fill(p.moved(0, 4.5), castShadow) })
	lock(c, p, tone, details)
}

// castShadow is what hair throws on skin of any tone.
var castShadow = hex("#9c4a40").veil(0.26)

// behind draws hair that lies in the shadow of the head.
func behind(c *canvas, p path, tone colour, details func()) {
	c.fill(p, tone.shade())
	c.inside(p, func() {
		c.fill(both("0,60! 30,70 38,100 36,140 20,152 0,154!"), tone.deep())
		if details != nil {
			details()
		}
	})
	c.line(p, outline, tone.ink())
}

// fringe shades what every front has: the far side, and the light on the crown.
func fringe(c *canvas, tone colour) {
	c.fill(loop("33,28! 42,50 44,74 42,100 44,150! 80,150! 80,28!"), tone.shade().veil(0.85))
	c.fill(loop("-60,74! -49,72 -47,100 -48,150! -60,150!"), tone.shade().veil(0.7))
	c.fill(loop("-40,58! -38,52.5 -24,44 -8,41 -6,44.5! -4,41 8,41.2 19,43.4 20,46.4! 23,45 29,48.2 27.4,52! 14,47 11,50.5! 8,46.6 -4,47 -8.4,51.4! -12,47.8 -22,50.6 -26,56! -28,53 -35,57"), tone.sheen())
}

// strands draws lines of hair.
func strands(c *canvas, tone colour, lines ...string) {
	for _, line := range lines {
		c.strand(curve(line), 1.4, tone.ink().veil(0.7))
	}
}

// band is what ties a tail.
func band(c *canvas, x, y, wide, degrees float64, with colour) {
	c.shape(box(x-wide/2, y-3, wide, 6, 2.5).turned(degrees, x, y), with, nil)
}

var hairBob = hairdo{
	back: func(c *canvas, tone colour) {
		behind(c, both("0,36 40,48 53,76 54.5,102 49,120 36,125 18,123 0,122"), tone, nil)
	},
	front: func(c *canvas, tone colour) {
		front(c, loop(crownRight+"53,98 50,114 43,122! 38.5,114 39.5,98! 37.5,86 37,74! 31,75.5 27,70! 20,75 11,75.5 6,69! -1,75.5 -13,75 -17,70! -23,74.5 -31,74.5 -36,72! -37.5,86 -39.5,98! -38.5,114 -43,122! -50,114 -53,98"+crownLeft), tone, func() {
			fringe(c, tone)
			strands(c, tone, "6,69 4.4,59 7,50", "-17,70 -16.5,61 -12,51", "27,70 25.6,62 21,53", "39.6,98 43,82 42,68", "-39.6,98 -43,82 -42,68")
		})
	},
}

var hairLong = hairdo{
	back: func(c *canvas, tone colour) {
		behind(c, both("0,36 40,48 53,80 55,122 56,166 57,196! 48,202 41,197! 32,204 20,200! 10,205 0,199!"), tone, func() {
			strands(c, tone, "47,110 48,150 46,190", "-47,110 -48,150 -46,190", "36,150 37,175 34,196", "-36,150 -37,175 -34,196")
		})
	},
	front: func(c *canvas, tone colour) {
		front(c, loop(crownRight+"54,100 54.5,130 52,150! 46,153 40,148! 41,128 40,104! 38,88 37,73.5! 30,73 24,72.7! 16,74.5 8,73.5! 0,74.9 -8,73.5! -16,74.5 -24,72.7! -30,73 -37,73.5! -38,88 -40,104! -41,128 -40,148! -46,153 -52,150! -54.5,130 -54,100"+crownLeft), tone, func() {
			fringe(c, tone)
			strands(c, tone, "24,75 23.6,66 20,55", "8,76 8.4,66 7.4,55", "-8,76 -8.4,66 -7.4,55", "-24,75 -23.6,66 -20,55", "40,104 43.4,86 42,68", "-40,104 -43.4,86 -42,68", "47.5,146 48.5,126 47,104", "-47.5,146 -48.5,126 -47,104")
		})
	},
}

var hairTwinTails = hairdo{
	back: func(c *canvas, tone colour) {
		behind(c, both("0,36 40,48 50,74 50,96 42,112 20,118 0,118"), tone, nil)
		c.sides(func() {
			lock(c, loop("43,50! 54,44 72,54 86,84 90,120 82,156 66,188! 69,168 66,158! 60,172 50,178! 57,158 58,134 55,104 49,74"), tone, func() {
				c.fill(loop("62,60 74,90 77,126 70,160 64,190! 96,190! 100,90! 80,50!"), tone.shade())
				c.fill(loop("54,62! 60,56 70,74 73,96! 66,86 60,84 57,92! 56,76"), tone.sheen().veil(0.75))
				strands(c, tone, "52,66 63,100 65,132 61,160", "60,62 72,94 75,128 70,160")
			})
		})
	},
	front: func(c *canvas, tone colour) {
		front(c, loop(crownRight+"50,84 46,98 44,112! 40,104 40,92! 37.5,84 36,73! 31,75.5 27,70! 21,74.5 14,74.5 10,70! 4,77.5 0,83 -3,70! -9,75 -18,74.5 -22,70! -27,73.5 -32,74 -36,73! -37.5,84 -40,92! -40,104 -44,112! -46,98 -50,84"+crownLeft), tone, func() {
			fringe(c, tone)
			strands(c, tone, "10,70 9,60 11,51", "-3,70 -3.4,60 -1.6,51", "-22,70 -21,61 -17,51", "27,70 26,62 22,53", "40,92 44,76 44,60", "-40,92 -44,76 -44,60")
		})
		c.sides(func() {
			c.shape(loop("47,52! 53,38 62,37 62,47 55,54!"), rose, func() { c.fill(loop("54,40! 62,40! 62,56! 52,54!"), rose.shade()) })
			c.shape(loop("47,52! 40,41 45,33 53,38 52,50!"), rose, nil)
			c.shape(disc(50, 50, 4.6), rose.light(), nil)
		})
	},
}

var hairPonytail = hairdo{
	back: func(c *canvas, tone colour) {
		lock(c, loop("12,32! 24,16 46,14 66,28 78,58 76,98 66,132 52,154! 55,138 52,130! 46,142 38,148! 46,126 50,98 44,66 30,48"), tone, func() {
			c.fill(loop("52,30 64,60 62,100 50,156! 90,156! 90,30! 60,20!"), tone.shade())
			c.fill(loop("40,24 56,34 66,56 67,72! 60,58 54,56 52,62! 50,46 42,36"), tone.sheen().veil(0.8))
			strands(c, tone, "30,36 50,62 55,96 49,128", "38,30 60,60 64,96 58,126")
		})
		behind(c, both("0,36 40,48 49,74 48,96 40,112 20,116 0,116"), tone, nil)
	},
	front: func(c *canvas, tone colour) {
		front(c, loop(crownRight+"49,84 46,97 43.5,113! 39.5,104 40,92! 37,82 35,71! 26,73 14,70.5 6,62! 0,70 -12,74.5 -24,76! -23,74 -20,70! -27,73 -34,77! -37,86 -40,94! -39.5,106 -44,114! -46,97 -49,84"+crownLeft), tone, func() {
			fringe(c, tone)
			strands(c, tone, "6,62 6,52 12,40", "-20,70 -10,64 -4,54", "40,92 44,76 43,58", "-40,94 -44,76 -43,58", "20,71 16,60 18,52")
		})
		band(c, 22, 27, 17, 38, coral)
	},
}

var hairShort = hairdo{
	back: func(c *canvas, tone colour) {
		behind(c, both("0,36 40,48 48,74 47,94 40,108 28,117 20,112! 10,119 0,114!"), tone, nil)
	},
	front: func(c *canvas, tone colour) {
		front(c, loop(crownRight+"52,84 51,92! 48,91 47,99! 42,95 40,86! 37,82 35.5,72! 31,76.5 26,69! 20,75.5 9,77.5 2,67! -1,74 -7,76.5! -18,74.5 -21,68! -26,73.5 -34,79! -37,82 -40,86! -42,95 -47,99! -48,91 -51,92! -52,84"+crownLeft), tone, func() {
			fringe(c, tone)
			strands(c, tone, "2,67 1,57 5,47", "-21,68 -19,59 -14,50", "26,69 24,60 20,52", "40,86 43,74 42,62", "-40,86 -43,74 -42,62")
		})
	},
}

var hairSpiky = hairdo{
	back: func(c *canvas, tone colour) {
		behind(c, both("0,36 40,48 52,70 58,86! 50,90 53,104! 44,103 42,114! 32,111 26,119! 14,113 6,119! 0,113!"), tone, nil)
	},
	front: func(c *canvas, tone colour) {
		front(c, loop("-3,27! 4,17 14,14! 12,22 18,25! 28,20 38,24! 37,29 40,34! 50,35 54,44! 51,48 52,56! 58,63 60,73! 54,73 52,80! 53,90 49,98! 46,90 42,90! 41,97 40,98! 37,84 36,71! 32,75.5 26,77.5! 25,73 22,67! 18,74.5 9,82! 7,74 4,66! -2,73.5 -12,81! -13,74 -13,67! -20,74.5 -30,77.5! -31,74 -34,71! -37,84 -40,98! -41,97 -42,90! -46,90 -49,98! -53,90 -52,80! -54,73 -60,73! -58,62 -53,56! -53,48 -55,43! -49,38 -42,34! -41,29 -43,25! -34,22 -24,26! -24,19 -21,14! -10,17 -3,27!"), tone, func() {
			fringe(c, tone)
			strands(c, tone, "4,66 2,54 6,40", "22,67 20,56 20,42", "-13,67 -13,55 -8,42", "36,71 34,58 30,46", "-34,71 -32,58 -26,48", "18,25 14,31 8,34", "40,34 33,37 26,38", "-24,26 -20,33 -12,36", "52,56 46,57 42,60", "-53,56 -46,57 -42,60")
		})
	},
}

var hairWavy = hairdo{
	back: func(c *canvas, tone colour) {
		behind(c, both("0,36 40,46 54,68 55,86 60,102 57,118 63,134 59,150 63,166 56,182 44,188! 42,180 36,184! 28,192 20,184! 10,190 0,182!"), tone, func() {
			strands(c, tone, "48,100 52,118 48,136 52,152 47,172", "-48,100 -52,118 -48,136 -52,152 -47,172", "38,140 42,156 37,176", "-38,140 -42,156 -37,176")
		})
	},
	front: func(c *canvas, tone colour) {
		front(c, loop(crownRight+"52.5,86 57,101 53,115 58,130 53,145 46,154! 49,144 44,142! 41,132 45,120 40,108 42,96! 38,86 36,71! 27,72 14,66 4,52! 3,64 -6,74 -18,74.5! -27,75 -36,72! -38,86 -42,96! -40,108 -45,120 -41,132 -44,142! -49,144 -46,154! -53,145 -58,130 -53,115 -57,101 -52.5,86"+crownLeft), tone, func() {
			fringe(c, tone)
			strands(c, tone, "4,52 5,44 9,37", "18,69 12,60 10,50", "-18,77 -6,68 -1,56", "-36,72 -26,68 -17,58", "42,96 45,80 43,62", "-42,96 -45,80 -43,62", "49,140 46,128 50,116 46,104", "-49,140 -46,128 -50,116 -46,104")
		})
	},
}

var hairBun = hairdo{
	back: func(c *canvas, tone colour) {
		lock(c, loop("-1,30 -14,29 -19,19 -12,8 2,5 15,9 19,20 13,29"), tone, func() {
			c.fill(loop("8,4! 12,14 8,32! 24,32! 24,4!"), tone.shade())
			c.fill(loop("-13,16 -8,10 2,9 4,11.4! -4,13 -10,18.6!"), tone.sheen())
			strands(c, tone, "-12,26 -10,16 2,11", "-3,29 2,20 12,16")
		})
		behind(c, both("0,36 40,48 47,74 46,94 38,110 20,115 0,115"), tone, nil)
	},
	front: func(c *canvas, tone colour) {
		front(c, loop(crownRight+"49,82 45,94 44,110 46,121! 40,114 39,98! 37.5,84 35,70! 24,70 12,66 0,53! -12,66 -24,70 -35,70! -37.5,84 -39,98! -40,114 -46,121! -44,110 -45,94 -49,82"+crownLeft), tone, func() {
			fringe(c, tone)
			strands(c, tone, "0,53 0,44 0,34", "14,67 10,56 6,40", "-14,67 -10,56 -6,40", "28,70 25,58 16,44", "-28,70 -25,58 -16,44")
		})
		c.shape(both("0,25.5! 12,23 17,25.5 18,29 8,32.4 0,33"), berry, func() { c.fill(box(7, 20, 20, 20, 0), berry.shade()) })
	},
}

var hairBraids = hairdo{
	back: func(c *canvas, tone colour) {
		behind(c, both("0,36 40,48 50,74 50,98 43,114 20,119 0,119"), tone, nil)
	},
	front: func(c *canvas, tone colour) {
		c.sides(func() {
			tuft := loop("36,172! 44,172! 47,182 42,193! 40,188 37,192! 33,182")
			lock(c, tuft, tone, func() { c.fill(box(41, 160, 20, 40, 0), tone.shade()) })
			for i := 4; i >= 0; i-- {
				at := float64(i)
				wide := 17 - at*1.3
				y := 112 + at*12.5
				knot := oval(43-at*0.6, y, wide, 17)
				lock(c, knot, tone, func() {
					c.fill(oval(43-at*0.6+wide*0.55, y+3, wide*0.9, 18), tone.shade())
					c.strand(curve("-4,-4 0,1 1,7").moved(43-at*0.6, y), 1.2, tone.ink().veil(0.7))
				})
			}
			c.shape(box(35.5, 167, 10, 6, 2.5), lemon, nil)
		})
		front(c, loop(crownRight+"52,88 51,102 46,113! 40,108 39.5,96! 37.5,84 36,71! 29,75 20,76 12,71! 6,75 -6,75 -12,71! -20,76 -29,75 -36,71! -37.5,84 -39.5,96! -40,108 -46,113! -51,102 -52,88"+crownLeft), tone, func() {
			fringe(c, tone)
			strands(c, tone, "12,71 11,60 12,51", "-12,71 -11,60 -12,51", "0,77 0,64 1,54", "40,96 44,78 43,60", "-40,96 -44,78 -43,60")
		})
	},
}

var hairSwept = hairdo{
	back: func(c *canvas, tone colour) {
		behind(c, both("0,36 40,48 48,74 48,94 42,110 30,118! 22,113 12,119! 0,113"), tone, nil)
	},
	front: func(c *canvas, tone colour) {
		front(c, loop(crownRight+"53,86 51,97! 48,95 45,104! 41,98 39.5,88! 37,84 35,73! 32,81 24,84! 26,76.5 25,74! 18,76.5 8,76.5! 12,72.5 13,70! 2,73.5 -12,72 -26,58! -28,66 -35,72! -37,84 -39.5,90! -41,98 -45,102! -48,94 -51,95! -53,84"+crownLeft), tone, func() {
			fringe(c, tone)
			strands(c, tone, "-26,58 -24,48 -14,38", "13,70 0,66 -12,56", "25,74 14,66 4,54", "35,73 30,64 20,52", "40,88 43,74 41,60")
		})
	},
}

var hairCentre = hairdo{
	back: func(c *canvas, tone colour) {
		behind(c, both("0,36 40,48 49,74 49,96 42,112 30,120! 22,114 10,120! 0,115"), tone, nil)
	},
	front: func(c *canvas, tone colour) {
		front(c, both("0,31! 5,26.5 26,29.5 45,46.5 52.5,72 53,90 50,101! 47,99 44,108! 40.5,98 40.5,88! 38,92 35,93! 36.5,82 32,71 18,59 0,44!"), tone, func() {
			fringe(c, tone)
			c.sides(func() {
				strands(c, tone, "0,32 14,38 30,54 37,76", "8,28 28,40 40,60 42,84", "2,42 16,52 28,62 34,74")
			})
		})
	},
}

var hairMushroom = hairdo{
	back: func(c *canvas, tone colour) {
		behind(c, both("0,36 40,48 46,74 45,92 38,106 20,112 0,112"), tone, nil)
	},
	front: func(c *canvas, tone colour) {
		front(c, loop(" 0,25 26,29.5 46,46 54,70 54,84 49,92! 44,92.5 40,90! 38,82 36,74.5! 24,75.1 12,75.9 0,76.1 -12,75.9 -24,75.1 -36,74.5! -38,82 -40,90! -44,92.5 -49,92! -54,84 -54,70 -46,46 -26,29.5"), tone, func() {
			fringe(c, tone)
			strands(c, tone, "14,78 13,68 10,57", "2,78 1,68 1,57", "-10,78 -10,68 -8,57", "-22,77 -22,68 -18,57", "26,77 25,68 20,57", "40,90 42,78 39,64", "-40,90 -42,78 -39,64")
		})
	},
}

var hairFlip = hairdo{
	back: func(c *canvas, tone colour) {
		behind(c, both("0,36 40,48 51,74 51,98 56,112 69,116! 62,124 50,125! 50,130 40,133! 34,126 20,127! 10,131 0,125!"), tone, nil)
	},
	front: func(c *canvas, tone colour) {
		front(c, loop(crownRight+"52,90 54,104 66,109! 60,116 50,115! 49,121 42,124! 38.5,112 39.5,96! 37.5,84 36,71! 28,70 16,66 8,56! 2,68 -10,73.5 -24,75.5! -22,72.5 -21,72! -28,74 -36,76! -37.5,86 -39.5,98! -38.5,112 -42,124! -49,121 -50,115! -60,116 -66,109! -54,104 -52,90"+crownLeft), tone, func() {
			fringe(c, tone)
			strands(c, tone, "8,56 8,46 12,38", "-21,72 -8,66 0,56", "24,69 18,60 16,50", "50,115 46,100 46,82", "-50,115 -46,100 -46,82")
		})
		c.shape(box(22, 58, 15, 4, 2).turned(-28, 30, 60), lemon, nil)
		c.shape(box(22, 64, 15, 4, 2).turned(-28, 30, 66), coral, nil)
	},
}

var hairSideTail = hairdo{
	back: func(c *canvas, tone colour) {
		behind(c, both("0,36 40,48 50,74 50,96 42,112 20,118 0,118"), tone, nil)
	},
	front: func(c *canvas, tone colour) {
		lock(c, loop("40,108! 48,106! 56,120 57,140 50,160 54,172! 46,178 38,186! 39,178 34,176! 40,160 41,142 38,124"), tone, func() {
			c.fill(loop("48,106! 51,130 48,158 44,190! 70,190! 70,100!"), tone.shade())
			strands(c, tone, "44,112 47,132 44,156 42,176", "49,112 53,132 49,158")
			c.fill(loop("42,120! 44,116 49,122 51,130! 47,128 44,132!"), tone.sheen())
		})
		front(c, loop(crownRight+"52,90 50,102 44,111! 39.5,104 40,92! 37.5,84 36,71! 28,72.5 16,68 5,55! 2,66 -8,73.5 -20,75.5! -20,72 -19,69! -26,74 -34,75! -37,86 -39.5,96! -39.5,108 -44,118! -50,104 -52,90"+crownLeft), tone, func() {
			fringe(c, tone)
			strands(c, tone, "5,55 5,46 10,37", "-19,69 -9,64 -2,54", "20,69 14,60 12,51", "40,92 44,78 43,62", "-39.5,96 -43,80 -42,64")
		})
		c.shape(oval(43.5, 108.5, 14, 9).turned(-14, 43.5, 108.5), lemon, func() { c.fill(box(45, 100, 20, 20, 0), dusk) })
		c.shape(flower(43, 108, 5.4, 5), coral, nil)
	},
}

var hairCurly = hairdo{
	back: func(c *canvas, tone colour) {
		behind(c, both("0,30 16,30 34,36 48,48 56,64 58,80 53,94 50,106 40,114 26,117 12,118 0,116"), tone, nil)
	},
	front: func(c *canvas, tone colour) {
		front(c, loop("0,21 9,23 14,26! 20,20 31,23 34,31! 42,28 50,36 49,45! 57,46 61,56 55,64! 62,69 61,80 54,84! 57,92 51,101 43,97! 39,92 40,84! 35,80 35,73! 28,75.5 20,72.5 18,70! 12,75.5 3,74.5 1,70! -5,75.5 -14,74.5 -17,70! -22,74.5 -31,75.5 -35,72! -36,80 -40,84! -39,92 -43,97! -51,101 -57,92 -54,84! -61,80 -62,69 -55,64! -61,56 -57,46 -49,45! -50,36 -42,28 -34,31! -31,23 -20,20 -14,26! -9,23"), tone, func() {
			fringe(c, tone)
			for _, curl := range []string{"-8,64 -14,58 -10,51 -3,54", "12,62 6,57 9,50 16,52", "30,62 24,58 26,50 33,52", "-30,62 -35,55 -29,49 -24,53", "46,74 42,68 46,61 51,65", "-46,74 -50,68 -46,61 -41,65", "36,42 30,38 33,32 39,34", "-22,37 -28,33 -24,28 -18,30", "12,36 6,33 9,28 14,30"} {
				c.strand(curve(curl), 1.5, tone.ink().veil(0.75))
			}
		})
	},
}
