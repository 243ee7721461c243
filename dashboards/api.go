package main

// apiBoard is the dashboard of one API: what all have in common, with what only
// this one has under each question.
func apiBoard(api, title, says string, fails, slow, full []panel) board {
	return board{
		title: "Sekisho: " + title,
		says:  says,
		api:   api,
		questions: []question{
			{"Is it up?", []panel{
				{
					kind: chart, title: "Answers", width: 12, unit: "reqps",
					says:    "Green is well answered, red is our own failure, the rest is what callers are refused for.",
					queries: []query{{expr: `sum by (outcome) (rate(sekisho_requests_total{$of}[$__rate_interval]))`, name: "{{outcome}}"}},
				},
				{
					kind: grid, title: "Operations, in the time shown", width: 12, unit: "short",
					says: "What is called, how often, and what became of it; what nobody calls any more can go (`sekisho census` knows of longer times).",
					queries: []query{
						{expr: `sum by (operation) (increase(sekisho_requests_total{$of}[$__range]))`, name: "calls"},
						{expr: `sum by (operation) (increase(sekisho_failures_total{$of}[$__range]))`, name: "failures of ours"},
						{expr: `sum by (operation) (increase(sekisho_requests_total{outcome!~"ok|internal|gone",$of}[$__range]))`, name: "refused"},
						{expr: `histogram_quantile(0.95, sum by (le, operation) (rate(sekisho_request_duration_seconds_bucket{$of}[$__range])))`, name: "95 of 100 within", unit: "s"},
					},
				},
			}},
			{"Who fails?", append([]panel{
				{
					kind: chart, title: "Failures of ours", width: 12, unit: "reqps",
					says:    "Nothing is normal; each has a line `answering failed` with a reference in the log, and the stores are the first suspects.",
					queries: []query{{expr: `sum by (operation, code) (rate(sekisho_requests_total{outcome="internal",$of}[$__rate_interval]))`, name: "{{operation}} {{code}}"}},
				},
				{
					kind: grid, title: "Refusals, in the time shown", width: 12, unit: "short",
					says:    "What callers are refused for, with the code that they read; the documents say what each code means.",
					queries: []query{{expr: `sum by (operation, outcome, code) (increase(sekisho_requests_total{outcome!="ok",$of}[$__range]))`, name: "answers"}},
				},
			}, fails...)},
			{"How slow?", append([]panel{
				{
					kind: chart, title: "Time to answer", width: 12, unit: "s", limits: limits{odd: 1, bad: 2},
					says: "Half of the calls, 95 and 99 of 100; a password costs 50 to 100 milliseconds, everything else much less.",
					queries: []query{
						{expr: `histogram_quantile(0.5, sum by (le) (rate(sekisho_request_duration_seconds_bucket{$of}[$__rate_interval])))`, name: "half"},
						{expr: `histogram_quantile(0.95, sum by (le) (rate(sekisho_request_duration_seconds_bucket{$of}[$__rate_interval])))`, name: "95 of 100"},
						{expr: `histogram_quantile(0.99, sum by (le) (rate(sekisho_request_duration_seconds_bucket{$of}[$__rate_interval])))`, name: "99 of 100"},
					},
				},
				{
					kind: chart, title: "Time to answer by operation, 95 of 100 calls", width: 12, unit: "s",
					says:    "Which operation is the slow one.",
					queries: []query{{expr: `histogram_quantile(0.95, sum by (le, operation) (rate(sekisho_request_duration_seconds_bucket{$of}[$__rate_interval])))`, name: "{{operation}}"}},
				},
			}, slow...)},
			{"What is full?", append([]panel{
				{
					kind: chart, title: "Being answered", width: 12, unit: "short",
					says:    "Calls in flight; a few are normal, a rising line means that answers stick.",
					queries: []query{{expr: `sum by (instance) (sekisho_requests_in_flight{$of})`, name: "{{instance}}"}},
				},
			}, full...)},
		},
	}
}

// guesses shows the doors of an API that ask for a secret; doors is a pattern of
// their names.
func guesses(doors string) []panel {
	return []panel{
		{
			kind: chart, title: "Secrets shown at its doors", width: 12, unit: "reqps",
			says:    "Wrong ones come now and then; many on a day without a new client or a rotation are guesses (void: a failure of ours took the attempt back).",
			queries: []query{{expr: `sum by (door, outcome) (rate(sekisho_guess_attempts_total{door=~"` + doors + `",$at}[$__rate_interval]))`, name: "{{door}} {{outcome}}"}},
		},
		{
			kind: chart, title: "Refused by a limit", width: 12, unit: "reqps",
			says:    "A line that stays means that somebody guesses, or that one address hides many callers (trusted_proxies).",
			queries: []query{{expr: `sum by (door, limit) (rate(sekisho_guess_refusals_total{door=~"` + doors + `",$at}[$__rate_interval]))`, name: "{{door}} {{limit}}"}},
		},
	}
}

// callers shows what the guard of an API finds out.
func callers() panel {
	return panel{
		kind: chart, title: "Who is calling?", width: 12, unit: "reqps",
		says:    "What the guard found: unauthorized is a wrong, old or disabled key or token, missing is none at all, internal is a failure of ours.",
		queries: []query{{expr: `sum by (outcome) (rate(sekisho_guard_checks_total{$of}[$__rate_interval]))`, name: "{{outcome}}"}},
	}
}
