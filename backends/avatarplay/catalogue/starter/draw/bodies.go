package main

// bodies are the figure in underwear, in three tones of skin.
func bodies() []item {
	return []item{
		body("body_light", "はだ（ライト）", skinLight),
		body("body_warm", "はだ（ナチュラル）", skinWarm),
		body("body_brown", "はだ（ブラウン）", skinBrown),
	}
}

func body(key, name string, s skin) item {
	return item{key: key, name: name, part: "body", free: true, layers: []layer{
		{suffix: "legs", z: zLegs, group: legs, draw: func(c *canvas) { drawLegs(c, s) }},
		{suffix: "torso", z: zTorso, group: torso, draw: func(c *canvas) { drawTorso(c, s) }},
		{suffix: "arms", z: zArms, group: torso, draw: func(c *canvas) { drawArms(c, s) }},
		{suffix: "head", z: zHead, group: head, draw: func(c *canvas) { drawHead(c, s) }},
	}}
}

func drawLegs(c *canvas, s skin) {
	c.sides(func() {
		leg := loop("22.2,190! 22,208 20.8,228 19.2,246 19.2,262 17.6,281 18.4,289 21.8,295 20.6,299.4 12,300.6 5,299.6 3.6,295 5.6,288 5.6,272 3.6,258 3.6,246 2,226 1,206 1,190!")
		c.fill(leg, s.base)
		c.inside(leg, func() {
			c.fill(loop("14,190! 16,225 14.6,246 15.6,262 14,284 18,292 30,290! 30,190!"), s.shadow)
			c.fill(loop("-2,200! 26,200! 26,219! 12,223 -2,220!"), s.shadow)
			c.fill(box(0, 298, 30, 6, 0), s.shadow)
		})
		c.line(leg, outline, s.ink)
		c.strand(curve("8.5,248 11,249.6 13.5,248.6"), 1.1, s.ink.veil(0.55))
	})
	shorts := both("0,176! 20,176! 22.5,190 23.5,214! 3,216! 1.5,208 0,206.5")
	c.shape(shorts, cloud, func() {
		c.fill(loop("14,170! 16,216! 30,216! 30,170!"), cloud.shade())
		c.sides(func() { c.line(curve("24,211! 2,213!"), seam, cloud.ink().veil(0.6)) })
	})
}

func drawTorso(c *canvas, s skin) {
	trunk := both("0,108! 8.5,108! 8.3,121 11,126.5 24,131 29,137 24,150 18,166 20.5,184! 0,184!")
	c.fill(trunk, s.base)
	c.inside(trunk, func() {
		c.fill(both("0,100! 20,100! 14,122 6,127.5 0,128.5"), s.shadow)
		c.line(curve("17,133 10,131.5 4,133.5"), seam, s.ink.veil(0.5))
		c.line(curve("-17,133 -10,131.5 -4,133.5"), seam, s.ink.veil(0.5))
	})
	c.line(trunk, outline, s.ink)
	shirt := both("0,147 7,145 12,138! 12.5,129.5! 17,130.5! 17.5,139 23,148! 18.5,166 21,184! 12,185 0,185.4")
	c.shape(shirt, snow, func() {
		c.fill(loop("13,140! 12,166 15,200! 30,200! 30,140!"), snow.shade())
		c.line(curve("-13,138 -7,146.5 0,148.5 7,146.5 13,138"), seam, snow.ink().veil(0.5))
	})
}

func drawArms(c *canvas, s skin) {
	c.sides(func() {
		arm := loop("16,131! 22,130.5 28.5,133.5 33.5,146 38.5,166 43.5,186 46.5,197 50,203 49.5,210.5 44.5,214.5 39.5,212 37.5,205 37.5,198 34.5,186 29,168 23.5,150 17,141!")
		c.fill(arm, s.base)
		c.inside(arm, func() {
			c.fill(loop("20,140! 29.5,164 36.5,186 40,199 45,216! 30,216! 15,140!"), s.shadow)
		})
		c.line(curve("18,130! 22,130.5 28.5,133.5 33.5,146 38.5,166 43.5,186 46.5,197 50,203 49.5,210.5 44.5,214.5 39.5,212 37.5,205 37.5,198 34.5,186 29,168 24,151!"), outline, s.ink)
		c.strand(curve("41,202 41.5,207 44,209"), 1.2, s.ink.veil(0.8)) // the thumb
	})
}

func drawHead(c *canvas, s skin) {
	c.sides(func() {
		ear := loop("40,80 46,77 49.5,83 47.5,92 41,96")
		c.fill(ear, s.base)
		c.line(ear, outline, s.ink)
		c.strand(curve("42,83 46,83.5 44.5,89.5"), 1.4, s.shadow)
	})
	face := both(headLine)
	c.fill(face, s.base)
	c.inside(face, func() {
		c.fill(loop("60,40! 38,56 40,80 36,97 22,110 0,117 -14,116! 0,130! 60,130!"), s.shadow.veil(0.55))
	})
	c.line(face, outline, s.ink)
}
