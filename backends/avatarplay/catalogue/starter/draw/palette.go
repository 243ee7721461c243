package main

// The colours of the catalogue: soft, and made to go well together.
var (
	white     = hex("#ffffff")
	lineBrown = hex("#5e3d38") // of all outlines, before they take on the shape's colour

	// Cloth.
	snow     = hex("#fdfbf8")
	cream    = hex("#fdf3df")
	beige    = hex("#e8d2b0")
	camel    = hex("#cfa377")
	mocha    = hex("#9a705a")
	cocoa    = hex("#76524a")
	ash      = hex("#b9b7bf")
	cloud    = hex("#e3e2e8")
	charcoal = hex("#5b5865")
	night    = hex("#464557")
	navy     = hex("#4a5680")
	denim    = hex("#6f8fbe")
	faded    = hex("#a3bfde")
	sky      = hex("#a9d8f2")
	aqua     = hex("#9fe0dc")
	mint     = hex("#b5e6cc")
	sage     = hex("#a9c39b")
	olive    = hex("#8c9468")
	forest   = hex("#5f8a72")
	lemon    = hex("#fdeb9c")
	honey    = hex("#f6cd6b")
	apricot  = hex("#fbc49b")
	coral    = hex("#f5928a")
	rose     = hex("#f4a9b8")
	blossom  = hex("#fbd3da")
	berry    = hex("#c9667f")
	scarlet  = hex("#dd5f5c")
	lilac    = hex("#cdbcec")
	violet   = hex("#9883c4")
	gold     = hex("#ecc160")
	silver   = hex("#d3d6e0")
)

// skin is a tone of skin: its own colour, where less light falls, its lines,
// and the blush on it.
type skin struct{ base, shadow, ink, warm colour }

var (
	skinLight = skin{hex("#ffe7d8"), hex("#f8c8b4"), hex("#a8685a"), hex("#f9b3a6")}
	skinWarm  = skin{hex("#f7d0ae"), hex("#e4aa86"), hex("#8f5844"), hex("#ec9f85")}
	skinBrown = skin{hex("#c98f68"), hex("#ab7050"), hex("#6a3f30"), hex("#b96f55")}
)

// Hair.
var (
	hairBlack    = hex("#55485a")
	hairInk      = hex("#4c5578")
	hairBrown    = hex("#8e5f4c")
	hairMocha    = hex("#75524c")
	hairCaramel  = hex("#c98f5e")
	hairHoney    = hex("#f3cb7c")
	hairGinger   = hex("#e2835c")
	hairRose     = hex("#f2a0b4")
	hairLilac    = hex("#b7a0dd")
	hairMint     = hex("#93d3c3")
	hairSilver   = hex("#cfcfdc")
	hairAsh      = hex("#a89a92")
	hairSkyBlue  = hex("#8fbfe6")
	hairBurgundy = hex("#a4546a")
)

// Eyes.
var (
	eyeBrown  = hex("#a8644a")
	eyeBlue   = hex("#4d8fd0")
	eyeGreen  = hex("#55a27c")
	eyeViolet = hex("#8a6cc0")
	eyeAmber  = hex("#cf8a36")
	eyeGrey   = hex("#7886a6")
	eyeRose   = hex("#cf5f7f")
)
