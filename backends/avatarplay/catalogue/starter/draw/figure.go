package main

// The figure stands straight in front of us, from the crown at 28 to the soles at
// 300: chin at 120, shoulders at 131 and 24 from the centre line, waist at 166,
// hips at 192, hands at 205 and 44 from it. All that is worn is drawn to these
// places, so that it fits every body and goes with everything else.

// Where the eyes are: from the centre line, and from the top.
const eyeX, eyeY = 19.5, 87.5

// armLine is the middle of the right arm, from the shoulder to the wrist.
const armLine = "23,137 29,152 35,172 40.5,196"

// headLine is the right half of the head without hair and ears.
const headLine = "0,31.5 18,34.5 34,46.5 42.4,66 42.6,86 37.5,101 23,114.5 8,119.6 0,120.4"

// What lies over what. Arms are above clothes without sleeves and what is held,
// sleeves above arms; a shirt that is tucked in lies under the bottoms.
const (
	zBackground = 0
	zWings      = 10
	zBehind     = 14 // umbrellas
	zBackHair   = 20
	zLegs       = 30
	zTorso      = 34
	zShoes      = 36
	zTucked     = 38
	zBottoms    = 40
	zTops       = 44
	zDress      = 45
	zStrap      = 46 // and what a hand holds
	zArms       = 47
	zSleeves    = 48
	zNecklace   = 49
	zHead       = 50
	zScarf      = 52
	zFace       = 60
	zGlasses    = 66
	zHair       = 70
	zHeadgear   = 76
	zHat        = 80
)
