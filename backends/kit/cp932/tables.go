package cp932

import (
	"sync"
	"unicode/utf8"

	"golang.org/x/text/encoding/japanese"
)

const (
	firstKana = '｡' // U+FF61, half-width
	lastKana  = 'ﾟ' // U+FF9F

	lastOfTable = '\uFFFF'

	columns = 0xFC - 0x40 + 1 // of trail bytes; that of 7F stays empty
	rows    = 0x9F - 0x81 + 1 + 0xFC - 0xE0 + 1
)

func isKana(c byte) bool  { return c >= 0xA1 && c <= 0xDF }
func isLead(c byte) bool  { return c >= 0x81 && c <= 0x9F || c >= 0xE0 && c <= 0xFC }
func isTrail(c byte) bool { return c >= 0x40 && c <= 0xFC && c != 0x7F }

// cell is where the character of a lead and a trail byte stands in decoding.
func cell(lead, trail byte) int {
	row := int(lead) - 0x81
	if lead >= 0xE0 {
		row = int(lead) - 0xE0 + 0x9F - 0x81 + 1
	}
	return row*columns + int(trail) - 0x40
}

// decoding holds the characters of two bytes, 0 where there is none. It is made
// when it is first needed, by an API that speaks CP932.
var decoding = sync.OnceValue(func() *[rows * columns]uint16 {
	var table [rows * columns]uint16
	for _, lead := range leads() {
		for trail := range byte(0xFF) {
			if isTrail(trail) {
				table[cell(lead, trail)] = decodePair(lead, trail)
			}
		}
	}
	return &table
})

// decodePair knows what golang.org/x/text does not: the characters that users
// define themselves, which Windows keeps at U+E000 and up, 188 to a lead byte.
func decodePair(lead, trail byte) uint16 {
	if lead >= 0xF0 && lead <= 0xF9 {
		column := uint16(trail) - 0x40
		if trail > 0x7F {
			column--
		}
		return 0xE000 + uint16(lead-0xF0)*188 + column
	}
	var text [2 * utf8.UTFMax]byte
	n, _, _ := japanese.ShiftJIS.NewDecoder().Transform(text[:], []byte{lead, trail}, true)
	r, size := utf8.DecodeRune(text[:n])
	if r == utf8.RuneError || size != n {
		return 0
	}
	return uint16(r)
}

// encoding holds the two bytes of each character, 0 where there are none.
var encoding = sync.OnceValue(func() *[lastOfTable + 1]uint16 {
	var table [lastOfTable + 1]uint16
	for _, lead := range leads() {
		for trail := range byte(0xFF) {
			if !isTrail(trail) {
				continue
			}
			r := decoding()[cell(lead, trail)]
			if r != 0 && table[r] == 0 {
				table[r] = uint16(lead)<<8 | uint16(trail)
			}
		}
	}
	for from, to := range folds {
		table[from] = table[to]
	}
	return &table
})

// leads gives all lead bytes. Where a character has several codes, Windows
// writes that of the earliest: JIS X 0208 (81 on), then NEC's row 13 (87), then
// what IBM added (FA to FC), and NEC's selection of that (ED, EE) last, so that
// no code of it is ever written.
func leads() []byte {
	var all []byte
	for lead := range byte(0xFF) {
		if isLead(lead) && lead != 0xED && lead != 0xEE {
			all = append(all, lead)
		}
	}
	return append(all, 0xED, 0xEE)
}

// folds are characters that other systems read where Windows reads its own; both
// mean the same code of JIS X 0208. iconv also folds ¥ to 5C and ‾ to 7E, but
// those bytes decode to \ and ~: to JSON a 5C begins an escape. They are lacking
// here.
var folds = map[rune]rune{
	'〜': '～', // U+301C, U+FF5E
	'−': '－', // U+2212, U+FF0D
	'‖': '∥', // U+2016, U+2225
	'—': '―', // U+2014, U+2015
	'¢': '￠', // U+00A2, U+FFE0
	'£': '￡', // U+00A3, U+FFE1
	'¬': '￢', // U+00AC, U+FFE2
}
