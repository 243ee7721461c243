package main

// overview is what an operator looks at first, over all APIs.
func overview() board {
	return board{
		title: "Sekisho: overview",
		says:  "All five APIs: is the gateway up, who fails, how slow is it, what is full.",
		questions: []question{
			{"Is it up?", []panel{
				{
					kind: sign, title: "Gateways", width: 6, words: []string{"down", "up"},
					says:    "All are up; where one is down, look at its service's log on its machine.",
					queries: []query{{expr: `up{job="sekisho",$at}`, name: "{{instance}}"}},
				},
				{
					kind: sign, title: "Stores", width: 6, words: []string{"out", "answers"},
					says:    "All answer every gateway; while one is out, every call that needs it is told of a failure of ours, and it heals by itself.",
					queries: []query{{expr: `min by (store) (sekisho_store_up{$at})`, name: "{{store}}"}},
				},
				{
					kind: sign, title: "Last reload", width: 6, words: []string{"refused", "taken"},
					says:    "Where it was refused the old configuration goes on serving; `sekisho validate` tells why.",
					queries: []query{{expr: `caddy_config_last_reload_successful{$at}`, name: "{{instance}}"}},
				},
				{
					kind: sign, title: "Configuration loaded", width: 6, unit: "s",
					says:    "How long ago each gateway took its configuration; all of them should be of one age.",
					queries: []query{{expr: `time() - caddy_config_last_reload_success_timestamp_seconds{$at}`, name: "{{instance}} ago"}},
				},
				{
					kind: sign, title: "Certificates run out in", width: 12, unit: "s",
					says:    "Renewing one needs no hand; Caddy's own for *.localhost live 12 hours.",
					queries: []query{{expr: `min by (name) (sekisho_certificate_expiry_timestamp_seconds{$at}) - time()`, name: "{{name}}"}},
				},
				{
					kind: sign, title: "Certificates: life left", width: 12, unit: "percentunit", limits: limits{odd: 1.0 / 6, bad: 0.05},
					says:    "A certificate is renewed when a third of its life is left; where it falls below a sixth, renewing fails, and the log has what the authority says.",
					queries: []query{{expr: `min by (name) ((sekisho_certificate_expiry_timestamp_seconds{$at} - time()) / (sekisho_certificate_expiry_timestamp_seconds{$at} - sekisho_certificate_start_timestamp_seconds{$at}))`, name: "{{name}}"}},
				},
				{
					kind: sign, title: "Running for", width: 12, unit: "s",
					says:    "A gateway that starts again and again is killed or crashes: its service's log has the reason.",
					queries: []query{{expr: `time() - process_start_time_seconds{job="sekisho",$at}`, name: "{{instance}}"}},
				},
				{
					kind: sign, title: "Chores: how overdue", width: 12, unit: "percentunit", limits: limits{odd: 0.5, bad: 1},
					says:    "What a gateway does besides answering: at 100 % a chore has not succeeded in three times its interval and five minutes, and the alarm is raised.",
					queries: []query{{expr: `max by (api, chore) ((time() - sekisho_chore_last_success_timestamp_seconds{$at}) / (3 * sekisho_chore_interval_seconds{$at} + 300))`, name: "{{api}} {{chore}}"}},
				},
			}},
			{"Who fails?", []panel{
				{
					kind: chart, title: "Failures of ours", width: 12, unit: "reqps",
					says:    "Nothing is normal; each has a line `answering failed` with a reference in the log, and the stores are the first suspects.",
					queries: []query{{expr: `sum by (api, operation) (rate(sekisho_failures_total{$at}[$__rate_interval]))`, name: "{{api}} {{operation}}"}},
				},
				{
					kind: chart, title: "Failures of ours, share of all answers", width: 12, unit: "percentunit", limits: limits{odd: 0.001, bad: 0.01},
					says:    "Nothing is normal, one in a hundred raises the alarm; an API without calls has no line.",
					queries: []query{{expr: `sum by (api) (rate(sekisho_failures_total{$at}[$__rate_interval])) / sum by (api) (rate(sekisho_requests_total{$at}[$__rate_interval]))`, name: "{{api}}"}},
				},
				{
					kind: chart, title: "Refused for what the caller did", width: 12, unit: "reqps",
					says:    "Old clients always ask for some things that are not there; a step means a new client, a changed key or an attack (gone: the client left before it was answered).",
					queries: []query{{expr: `sum by (api, outcome) (rate(sekisho_requests_total{outcome!~"ok|internal",$at}[$__rate_interval]))`, name: "{{api}} {{outcome}}"}},
				},
				{
					kind: chart, title: "Guesses refused by a limit", width: 12, unit: "reqps",
					says:    "Now and then somebody forgets a password; a line that stays means that somebody guesses, or that one address hides many callers (trusted_proxies).",
					queries: []query{{expr: `sum by (door, limit) (rate(sekisho_guess_refusals_total{$at}[$__rate_interval]))`, name: "{{door}} {{limit}}"}},
				},
				{
					kind: chart, title: "Wrong secrets", width: 12, unit: "reqps",
					says:    "A step at a door for machines (site_key, api_key, photocloak_client, crm_auth) right after a rotation is a program that still has the old key.",
					queries: []query{{expr: `sum by (door) (rate(sekisho_guess_attempts_total{outcome="wrong",$at}[$__rate_interval]))`, name: "{{door}}"}},
				},
				{
					kind: chart, title: "Calls of stores that failed", width: 12, unit: "cps",
					says:    "Nothing is normal; the store's own log says more.",
					queries: []query{{expr: `sum by (store, call) (rate(sekisho_store_errors_total{$at}[$__rate_interval]))`, name: "{{store}} {{call}} failed"}},
				},
				{
					kind: chart, title: "Chores that failed", width: 12, unit: "cps",
					says:    "Nothing is normal; a chore is tried again by itself, and its failure is in the log once a minute.",
					queries: []query{{expr: `sum by (api, chore) (rate(sekisho_chore_runs_total{outcome="failed",$at}[$__rate_interval]))`, name: "{{api}} {{chore}} failed"}},
				},
				{
					kind: chart, title: "Certificates not obtained or renewed", width: 12, unit: "cps",
					says:    "Nothing is normal; the log has what the certificate authority said, and it is tried again by itself.",
					queries: []query{{expr: `sum by (instance) (rate(sekisho_certificate_failures_total{$at}[$__rate_interval]))`, name: "{{instance}} failed"}},
				},
			}},
			{"How slow?", []panel{
				{
					kind: chart, title: "Answers", width: 12, unit: "reqps",
					says:    "Who calls, and how much; a line that falls to nothing is an API that cannot be reached, or that nobody needs any more.",
					queries: []query{{expr: `sum by (api) (rate(sekisho_requests_total{$at}[$__rate_interval]))`, name: "{{api}}"}},
				},
				{
					kind: chart, title: "Time to answer, 95 of 100 calls", width: 12, unit: "s", limits: limits{odd: 1, bad: 2},
					says:    "Some ten milliseconds are normal, a password costs 50 to 100; photos take as long as the caller's line does.",
					queries: []query{{expr: `histogram_quantile(0.95, sum by (le, api) (rate(sekisho_request_duration_seconds_bucket{$at}[$__rate_interval])))`, name: "{{api}}"}},
				},
				{
					kind: chart, title: "Time of a store's call, 95 of 100", width: 12, unit: "s",
					says:    "Some milliseconds are normal; a store that gets slow makes every API slow.",
					queries: []query{{expr: `histogram_quantile(0.95, sum by (le, store, call) (rate(sekisho_store_call_duration_seconds_bucket{$at}[$__rate_interval])))`, name: "{{store}} {{call}}"}},
				},
				{
					kind: chart, title: "Time of a chore, mean", width: 12, unit: "s",
					says:    "A chore that takes ever longer has ever more to do.",
					queries: []query{{expr: `sum by (api, chore) (rate(sekisho_chore_duration_seconds_sum{$at}[$__rate_interval])) / sum by (api, chore) (rate(sekisho_chore_duration_seconds_count{$at}[$__rate_interval]))`, name: "{{api}} {{chore}}"}},
				},
			}},
			{"What is full?", []panel{
				{
					kind: chart, title: "How full", width: 12, unit: "percentunit", max: 1, limits: limits{odd: 0.8, bad: 0.9},
					says: "What has a bound: at 100 % callers wait (connections, photos, uploads) or are turned away (files); only SQLite's one writer may be full at times.",
					queries: []query{
						{expr: `sum by (instance, pool) (sekisho_sql_connections{state="in_use",$at}) / sum by (instance, pool) (sekisho_sql_connections_max{$at})`, name: "{{instance}} SQL connections, {{pool}}"},
						{expr: `sum by (instance) (sekisho_redis_connections{state="in_use",$at}) / sum by (instance) (sekisho_redis_connections_max{$at})`, name: "{{instance}} Redis connections"},
						{expr: `process_open_fds{job="sekisho",$at} / process_max_fds{job="sekisho",$at}`, name: "{{instance}} files"},
						{expr: `sekisho_photocloak_decode_memory_bytes{$at} / sekisho_photocloak_decode_memory_max_bytes{$at}`, name: "{{instance}} memory for photos"},
						{expr: `sekisho_photocloak_uploads_in_progress{$at} / sekisho_photocloak_uploads_max{$at}`, name: "{{instance}} uploads"},
					},
				},
				{
					kind: chart, title: "Waiting for a connection", width: 12, unit: "short",
					says: "How many calls wait at a time, and how often Redis had no connection in time; much more than nothing asks for a larger pool or a faster store.",
					queries: []query{
						{expr: `sum by (instance, pool) (rate(sekisho_sql_wait_seconds_total{$at}[$__rate_interval]))`, name: "{{instance}} SQL, {{pool}}: waiting"},
						{expr: `sum by (instance, pool) (rate(sekisho_sql_waits_total{$at}[$__rate_interval]))`, name: "{{instance}} SQL, {{pool}}: waits a second"},
						{expr: `sum by (instance) (rate(sekisho_redis_pool_timeouts_total{$at}[$__rate_interval]))`, name: "{{instance}} Redis: failed for lack of one, a second"},
					},
				},
				{
					kind: chart, title: "Memory", width: 8, unit: "bytes", limits: limits{odd: 1e9, bad: 1.25e9},
					says:    "100 to 300 MB are normal, with up to 700 MiB more while large photos are decoded (decode_memory).",
					queries: []query{{expr: `process_resident_memory_bytes{job="sekisho",$at}`, name: "{{instance}}"}},
				},
				{
					kind: chart, title: "Processors in use", width: 8, unit: "short",
					says:    "Of as many as the machine has; passwords and photos cost the most.",
					queries: []query{{expr: `rate(process_cpu_seconds_total{job="sekisho",$at}[$__rate_interval])`, name: "{{instance}}"}},
				},
				{
					kind: chart, title: "Being answered", width: 8, unit: "short",
					says:    "Calls in flight; a few are normal, a rising line means that answers stick.",
					queries: []query{{expr: `sum by (api) (sekisho_requests_in_flight{$at})`, name: "{{api}}"}},
				},
				{
					kind: chart, title: "Counts waiting to be moved into SQL", width: 12, unit: "short",
					says:    "What one second brings is normal; a rising line means that the chore does not come through.",
					queries: []query{{expr: `max by (set) (sekisho_counters_pending{$at})`, name: "{{set}}"}},
				},
				{
					kind: chart, title: "Counts moved into SQL", width: 12, unit: "cps",
					says:    "It follows what is counted.",
					queries: []query{{expr: `sum by (set) (rate(sekisho_counters_drained_total{$at}[$__rate_interval]))`, name: "{{set}}"}},
				},
			}},
		},
	}
}
