package main

func avatarplay() board {
	return apiBoard("avatarplay", "Avatar Play", "Avatars for partners' apps, and the dress-up site.",
		append(guesses("avatarplay_.+|api_key"), callers()),
		[]panel{
			{
				kind: chart, title: "Pictures drawn", width: 12, unit: "cps",
				says:    "Each look is drawn once and then kept; a high line that stays is new looks, or a blob store that loses them.",
				queries: []query{{expr: `sum by (kind) (rate(sekisho_avatarplay_pictures_drawn_total{$at}[$__rate_interval]))`, name: "{{kind}}"}},
			},
			{
				kind: chart, title: "Time to draw, 95 of 100 pictures", width: 12, unit: "s",
				says:    "Some ten milliseconds, a few hundred for one that moves.",
				queries: []query{{expr: `histogram_quantile(0.95, sum by (le, kind) (rate(sekisho_avatarplay_drawing_duration_seconds_bucket{$at}[$__rate_interval])))`, name: "{{kind}}"}},
			},
		},
		nil)
}
