package main

// face tells how a face looks.
type face struct {
	key, name string
	iris      colour
	eye       eye
	brow      brow
	mouth     func(*canvas)
	blush     float64 // how strong, from 0 to 1
}

// eye is the shape of both eyes.
type eye struct {
	wide, high float64 // in pixels
	tilt       float64 // degrees that the outer corner is lower
	lid        float64 // how far the upper lid is lowered, from 0 to 1
	lashes     int     // at the outer corner
	iris       float64 // width of the iris over that of the eye
	wink       bool    // the left one is always shut
	smile      bool    // shut, it is a happy arch instead of a bow
}

// brow is the shape of both brows.
type brow struct {
	line  string
	thick float64
}

// Brows.
var (
	browSoft   = brow{"12,68.5 19,65.5 27,68", 1.7}
	browRaised = brow{"12,66 19,62.5 27,65.5", 1.7}
	browSharp  = brow{"10,70.5 19,67 28,65.5", 2.2}
	browTroubl = brow{"11,66.5 19,67 27,70.5", 1.7}
	browThick  = brow{"10,68.5 19,65 28,68", 3.2}
	browFlat   = brow{"11,69 19,67.8 28,69", 1.9}
)

func faces() []item {
	looks := []face{
		{"smile", "にこにこ", eyeBrown, eye{wide: 16.5, high: 21, lashes: 1, iris: 0.86}, browSoft, mouthSmile, 0.75},
		{"sparkle", "きらきら", eyeBlue, eye{wide: 18, high: 22, lashes: 2, iris: 0.86, smile: true}, browRaised, mouthOpen, 0.85},
		{"cool", "クール", eyeGrey, eye{wide: 17, high: 17, tilt: -8, lid: 0.12, iris: 0.74}, browSharp, mouthSmirk, 0.2},
		{"gentle", "おっとり", eyeGreen, eye{wide: 17, high: 20, tilt: 9, lashes: 1, iris: 0.86}, browTroubl, mouthSmall, 0.8},
		{"neko", "ねこぐち", eyeAmber, eye{wide: 17.5, high: 20.5, tilt: -6, lashes: 1, iris: 0.82, smile: true}, browSoft, mouthCat, 0.7},
		{"sleepy", "ねむねむ", eyeViolet, eye{wide: 17, high: 21, tilt: 4, lid: 0.40, lashes: 1, iris: 0.86}, browFlat, mouthPout, 0.55},
		{"genki", "げんき", eyeBrown, eye{wide: 15.5, high: 19.5, iris: 0.8, smile: true}, browThick, mouthGrin, 0.5},
		{"wink", "ウインク", eyeRose, eye{wide: 17.5, high: 21.5, lashes: 2, iris: 0.86, wink: true, smile: true}, browRaised, mouthTongue, 0.85},
	}
	var all []item
	for i, f := range looks {
		all = append(all, item{key: "face_" + f.key, name: f.name, part: "face", free: i < 5, layers: []layer{
			{suffix: "open", z: zFace, group: head, when: "open", draw: func(c *canvas) { drawFace(c, f, false) }},
			{suffix: "blink", z: zFace, group: head, when: "blink", draw: func(c *canvas) { drawFace(c, f, true) }},
		}})
	}
	return all
}

// Lines of the face: lashes, and softer ones.
var (
	lash     = hex("#4a2f30")
	softLine = hex("#8c5348")
)

func drawFace(c *canvas, f face, blink bool) {
	cheek := hex("#f58a86")
	c.sides(func() {
		c.glow(oval(28.5, 101, 19, 12), 28.5, 101, 9.5, cheek.veil(0.62*f.blush), cheek.veil(0.42*f.blush), cheek.veil(0))
		c.strand(curve(f.brow.line), f.brow.thick, hex("#7a5148"))
	})
	c.strand(curve("-1.2,97 0.2,98.1 1.6,97.3"), 1.5, softLine)
	f.mouth(c)
	for _, left := range []bool{false, true} {
		c.mirror = left
		switch {
		case blink || f.eye.wink && left:
			drawShutEye(c, f.eye)
		default:
			drawOpenEye(c, f.eye, f.iris)
		}
	}
	c.mirror = false
}

// drawOpenEye draws the right eye, or the left one on a mirrored canvas. The
// light comes from one side for both.
func drawOpenEye(c *canvas, e eye, iris colour) {
	w, h := e.wide/2, e.high/2
	set := func(p path) path { return p.turned(e.tilt, 0, 0).moved(eyeX, eyeY) }
	lidY := -h + 2*h*e.lid
	opening := path{closed: true, points: []point{
		{x: -w * 0.94, y: max(-h*0.30, lidY+1)},
		{x: -w * 0.55, y: max(-h*0.86, lidY)},
		{x: w * 0.08, y: max(-h, lidY)},
		{x: w * 0.70, y: max(-h*0.80, lidY)},
		{x: w, y: max(-h*0.22, lidY+1)},
		{x: w * 0.84, y: h * 0.50},
		{x: w * 0.30, y: h * 0.96},
		{x: -w * 0.30, y: h * 0.96},
		{x: -w * 0.82, y: h * 0.50},
	}}
	c.fill(set(opening), hex("#fffdfb"))
	c.inside(set(opening), func() {
		ball := oval(eyeX-w*0.06, eyeY+h*0.03, e.wide*e.iris, e.high*1.0)
		c.fade(ball, eyeX, eyeY-h, eyeX, eyeY+h, iris.deep().times(0.66, 0.62, 0.68), iris.shade(), mix(iris, iris.light(), 0.35), mix(iris.light(), white, 0.25))
		c.fill(oval(eyeX-w*0.06, eyeY-h*0.02, e.wide*e.iris*0.46, h*0.92), iris.deep().times(0.45, 0.42, 0.48))
		c.fill(loop("-0.62,0.42! 0,0.62 0.62,0.42! 0.4,0.86 0,0.98 -0.4,0.86").scaled(w*e.iris, h).moved(eyeX-w*0.06, eyeY), iris.light().veil(0.8))
		c.line(ball, 1.1, iris.deep().times(0.6, 0.55, 0.6))
		c.fill(box(eyeX-w-4, eyeY+lidY-4, e.wide+8, 4+h*0.26, 0).turned(e.tilt, eyeX, eyeY), hex("#5e4a5e").veil(0.32))
	})
	upper := path{points: []point{
		{x: -w * 1.02, y: max(-h*0.16, lidY+1.5)}, {x: -w * 0.60, y: max(-h*0.86, lidY)}, {x: w * 0.08, y: max(-h*1.02, lidY-0.3)}, {x: w * 0.74, y: max(-h*0.80, lidY)}, {x: w * 1.10, y: max(-h*0.12, lidY+2)},
	}}
	c.fill(limb(set(upper), 0.7, 2.2, 2.9, 3.1, 1.6), lash)
	for i := range e.lashes {
		at := float64(i)
		tip := path{points: []point{{x: w * 0.88, y: max(-h*0.50, lidY+0.8) - 2.0*at}, {x: w*1.18 - 0.6*at, y: max(-h*0.58, lidY) - 2.4*at}, {x: w*1.42 - 1.0*at, y: max(-h*0.84, lidY-2) - 2.6*at}}}
		c.fill(limb(set(tip), 2.0, 1.5, 0.3), lash)
	}
	lower := path{points: []point{{x: w * 0.86, y: h * 0.52}, {x: w * 0.42, y: h * 0.95}, {x: -w * 0.35, y: h * 0.98}}}
	c.fill(limb(set(lower), 1.0, 0.9, 0.2), lash.veil(0.75))
	if e.lid > 0.3 {
		fold := path{points: []point{{x: -w * 0.8, y: lidY - 1.8}, {x: 0, y: lidY - 4}, {x: w * 0.9, y: lidY - 2}}}
		c.strand(set(fold), 0.9, softLine)
	}

	side := 1.0
	if c.mirror {
		side = -1
	}
	mirrored := c.mirror
	c.mirror = false
	x := side * (eyeX - w*0.06)
	top := max(eyeY-h*0.42, eyeY+lidY+h*0.34)
	c.fill(oval(x-w*0.30, top, w*0.62, h*0.54), hex("#ffffff"))
	c.fill(disc(x+w*0.36, eyeY+h*0.46, w*0.16), hex("#ffffff").veil(0.9))
	c.mirror = mirrored
}

func drawShutEye(c *canvas, e eye) {
	w := e.wide / 2
	set := func(p path) path { return p.turned(e.tilt*0.6, 0, 0).moved(eyeX, eyeY+3) }
	lid := curve("-1,-0.16 -0.5,0.34 0.1,0.46 0.66,0.28 1.1,-0.22")
	if e.smile {
		lid = curve("-1,0.40 -0.5,-0.24 0.05,-0.42 0.6,-0.22 1.08,0.36")
	}
	c.fill(limb(set(lid.scaled(w, w)), 0.8, 2.2, 2.6, 2.4, 1.0), lash)
	for i := range e.lashes {
		at := float64(i)
		tip := curve("0.78,0.16 1.06,0.26 1.34,0.24")
		if e.smile {
			tip = curve("0.8,-0.02 1.1,-0.12 1.34,-0.34")
		}
		c.fill(limb(set(tip.scaled(w, w).moved(-1.8*at, 1.6*at*0.6)), 1.6, 1.2, 0.3), lash)
	}
}

// Mouths.

func mouthSmile(c *canvas) {
	c.fill(limb(curve("-7,103 -3.6,106.2 0,107 3.6,106.2 7,103"), 1.1, 1.7, 1.8, 1.7, 1.1), softLine)
}

func mouthOpen(c *canvas) {
	mouth := loop("-7.6,102.2! -3,103.4 3,103.4 7.6,102.2! 6,108.6 0,112 -6,108.6")
	c.fill(mouth, hex("#b8484f"))
	c.inside(mouth, func() {
		c.fill(oval(0, 112, 9, 7), hex("#f5918f"))
		c.fill(loop("-8,101! 8,101! 5.4,105 0,105.6 -5.4,105"), white)
	})
	c.line(mouth, 1.2, softLine)
}

func mouthSmirk(c *canvas) {
	c.fill(limb(curve("-5,106 0,106.4 4,105.4 6.4,103.4"), 0.8, 1.7, 1.7, 0.9), softLine)
}

func mouthSmall(c *canvas) {
	mouth := loop("-3.4,103.8! 0,104.6 3.4,103.8! 2.4,107.6 0,108.6 -2.4,107.6")
	c.fill(mouth, hex("#d0605f"))
	c.inside(mouth, func() { c.fill(oval(0, 108.6, 4.4, 3.2), hex("#f5918f")) })
	c.line(mouth, 1.1, softLine)
}

func mouthCat(c *canvas) {
	c.fill(limb(curve("-7.6,103 -5.6,106 -2.6,106 0,103.2! 2.6,106 5.6,106 7.6,103"), 1.0, 1.7, 1.7, 1.5, 1.7, 1.7, 1.0), softLine)
	fang := loop("3.2,106.2! 6.2,105.6! 5.1,109!")
	c.fill(fang, white)
	c.line(fang, 0.9, softLine)
}

func mouthPout(c *canvas) {
	c.fill(oval(0, 105.6, 4.6, 4.0), hex("#d0605f"))
	c.line(oval(0, 105.6, 4.6, 4.0), 1.1, softLine)
}

func mouthGrin(c *canvas) {
	mouth := loop("-9,101.8! 0,103.4 9,101.8! 6.6,108 0,110.2 -6.6,108")
	c.fill(mouth, white)
	c.inside(mouth, func() {
		c.fill(loop("-12,106.4! 0,107.8 12,106.4! 12,114! -12,114!"), hex("#e9dcdc"))
	})
	c.line(mouth, 1.3, softLine)
}

func mouthTongue(c *canvas) {
	tongue := loop("0.6,105! 6.6,104.4! 6.6,109 4,110.6 1.2,109.4")
	c.fill(tongue, hex("#f58f93"))
	c.line(tongue, 1.0, softLine)
	c.strand(curve("3.6,105 3.8,107.4"), 0.8, hex("#d9666c"))
	c.fill(limb(curve("-7.6,102.6 -3.8,105.4 0,106 3.8,105.4 7.6,102.6"), 1.1, 1.7, 1.8, 1.7, 1.1), softLine)
}
