package pages

import (
	"image/color"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var colour = regexp.MustCompile(`--([a-z-]+): #([0-9a-f]{6});`)

// colours gives the custom properties that are colours.
func colours(t *testing.T, css string) map[string]color.RGBA {
	t.Helper()
	found := map[string]color.RGBA{}
	for _, match := range colour.FindAllStringSubmatch(css, -1) {
		value, err := strconv.ParseUint(match[2], 16, 32)
		if err != nil {
			t.Fatal(err)
		}
		found[match[1]] = color.RGBA{uint8(value >> 16), uint8(value >> 8), uint8(value), 255}
	}
	return found
}

// luminance and contrast are as WCAG 2 defines them.
func luminance(c color.RGBA) float64 {
	linear := func(part uint8) float64 {
		v := float64(part) / 255
		if v <= 0.04045 {
			return v / 12.92
		}
		return math.Pow((v+0.055)/1.055, 2.4)
	}
	return 0.2126*linear(c.R) + 0.7152*linear(c.G) + 0.0722*linear(c.B)
}

func contrast(a, b color.RGBA) float64 {
	x, y := luminance(a), luminance(b)
	return (max(x, y) + 0.05) / (min(x, y) + 0.05)
}

// Every text can be read on every ground that it stands on, by day and by night.
func TestContrast(t *testing.T) {
	t.Parallel()
	body, _, _ := Asset(assetNames["fit.css"])
	light, rest, found := strings.Cut(string(body), "@media (prefers-color-scheme: dark)")
	if !found {
		t.Fatal("there is no dark scheme")
	}
	for scheme, have := range map[string]map[string]color.RGBA{
		"light": colours(t, light),
		"dark":  colours(t, rest),
	} {
		for _, pair := range []struct {
			front, grounds string
			least          float64
		}{
			{"ink", "ground dots card tint lilac mint lemon", 4.5},
			{"soft", "ground dots card tint", 4.5},
			{"main", "ground dots card tint lilac", 4.5},
			{"main-deep", "card tint", 4.5},
			{"wrong", "ground card", 4.5},
			{"on-main", "main main-deep", 4.5},
			{"edge", "card", 3},
			{"ring", "ground card tint lilac", 3},
		} {
			for ground := range strings.FieldsSeq(pair.grounds) {
				front, ok1 := have[pair.front]
				back, ok2 := have[ground]
				if got := contrast(front, back); !ok1 || !ok2 || got < pair.least {
					t.Errorf("%s: %s on %s: %.2f, want %.1f", scheme, pair.front, ground, got, pair.least)
				}
			}
		}
	}
}
