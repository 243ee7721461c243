package main

func photocloak() board {
	return apiBoard("photocloak", "PhotoCloak", "Photo albums like cloakroom tickets: members, cloaks, photos and their views.",
		append(guesses("photocloak_.+"), callers(), panel{
			kind: chart, title: "Uploads", width: 12, unit: "reqps",
			says:    "Kept, or what they were refused for; too_many means that more uploads wait for their turn than may.",
			queries: []query{{expr: `sum by (outcome) (rate(sekisho_requests_total{operation="photos_upload",$of}[$__rate_interval]))`, name: "{{outcome}}"}},
		}),
		[]panel{{
			kind: chart, title: "Time of a call of the blob store, 95 of 100", width: 12, unit: "s",
			says:    "Where photos are kept; a bucket takes some ten milliseconds, a folder less.",
			queries: []query{{expr: `histogram_quantile(0.95, sum by (le, call) (rate(sekisho_store_call_duration_seconds_bucket{store="blobs",$at}[$__rate_interval])))`, name: "{{call}}"}},
		}},
		[]panel{
			{
				kind: chart, title: "Memory for decoding photos", width: 12, unit: "bytes",
				says: "At the bound uploads wait for their turn; if they do all day, raise decode_memory where the machine has it.",
				queries: []query{
					{expr: `sum by (instance) (sekisho_photocloak_decode_memory_bytes{$at})`, name: "{{instance}} given out"},
					{expr: `sum by (instance) (sekisho_photocloak_decode_memory_max_bytes{$at})`, name: "{{instance}} bound"},
				},
			},
			{
				kind: chart, title: "Uploads under way", width: 12, unit: "short",
				says: "At the bound further uploads wait at the door; slow lines hold their places long.",
				queries: []query{
					{expr: `sum by (instance) (sekisho_photocloak_uploads_in_progress{$at})`, name: "{{instance}} under way"},
					{expr: `sum by (instance) (sekisho_photocloak_uploads_max{$at})`, name: "{{instance}} bound"},
				},
			},
			{
				kind: chart, title: "Photos kept", width: 12, unit: "cps",
				says:    "How many photos come to stay.",
				queries: []query{{expr: `sum by (instance) (rate(sekisho_photocloak_photos_kept_total{$at}[$__rate_interval]))`, name: "{{instance}}"}},
			},
			{
				kind: chart, title: "Bytes of photos kept", width: 12, unit: "Bps",
				says:    "How fast the blob store fills.",
				queries: []query{{expr: `sum by (instance) (rate(sekisho_photocloak_photo_bytes_kept_total{$at}[$__rate_interval]))`, name: "{{instance}}"}},
			},
			{
				kind: chart, title: "Views waiting to be moved into SQL", width: 12, unit: "short",
				says:    "What one second brings is normal; a rising line means that answers show old numbers, and nothing is lost.",
				queries: []query{{expr: `max by (set) (sekisho_counters_pending{set="photocloak_views",$at})`, name: "{{set}}"}},
			},
		})
}
