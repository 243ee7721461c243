package main

func customers() board {
	return apiBoard("customers", "customers", "The customer table of EC shops, which call with the key of their site.",
		append(guesses("site_key"), callers(), panel{
			kind: chart, title: "Passwords told", width: 12, unit: "cps",
			says:    "Answers with a customer's password in clear, as the old shops need; a step without more visitors is a site whose key is in wrong hands.",
			queries: []query{{expr: `sum by (operation) (rate(sekisho_customers_disclosures_total{$at}[$__rate_interval]))`, name: "{{operation}}"}},
		}), nil, nil)
}
