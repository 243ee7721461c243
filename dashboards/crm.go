package main

func crm() board {
	return apiBoard("crm", "CV.net CRM", "Customers and points of apparel chains, called by cash registers and apps.",
		append(guesses("crm_.+"),
			panel{
				kind: chart, title: "Sales booked, by what the register was told", width: 12, unit: "reqps",
				says:    "0 is booked; -9002 and -9003 are a customer or shop that is not there, -9098 a session that is over, -9004 a failure of ours after which registers try again.",
				queries: []query{{expr: `sum by (outcome, code) (rate(sekisho_requests_total{operation="set_userpoint",$of}[$__rate_interval]))`, name: "{{outcome}} {{code}}"}},
			},
			panel{
				kind: chart, title: "Calls without a session of Auth", width: 12, unit: "reqps",
				says:    "A few refused ones come when a session is over; allowed ones come only where require_auth is off.",
				queries: []query{{expr: `sum by (operation, outcome) (rate(sekisho_crm_calls_without_session_total{$at}[$__rate_interval]))`, name: "{{operation}} {{outcome}}"}},
			}), nil, nil)
}
