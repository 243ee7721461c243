package main

import (
	"fmt"
	"slices"
	"sync"
	"time"
)

// found is what was found in one part of a run.
type found struct {
	part   string
	lasted time.Duration

	mu      sync.Mutex
	results map[string]*result // by API
	faults  map[string][]time.Duration
	late    []string
	remarks []string
}

func newFound(part string) *found {
	return &found{part: part, results: map[string]*result{}, faults: map[string][]time.Duration{}}
}

// of is what was found of an API.
func (f *found) of(api string) *result {
	f.mu.Lock()
	defer f.mu.Unlock()
	r := f.results[api]
	if r == nil {
		r = &result{calls: map[string]*[len(verdictNames)]int{}, counts: map[string]int{}}
		f.results[api] = r
	}
	return r
}

// recovered notes how long it took after a fault until everything worked.
func (f *found) recovered(fault string, took time.Duration) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.faults[fault] = append(f.faults[fault], took)
	if took > recovers {
		f.late = append(f.late, fmt.Sprintf("after %s everything works again only after %s", fault, took.Round(10*time.Millisecond)))
	}
}

// remark is something for the report that is no fault of the gateways.
func (f *found) remark(format string, args ...any) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.remarks = append(f.remarks, fmt.Sprintf(format, args...))
}

// result is what was found of one API: what its clients called and what the audit
// says of it.
type result struct {
	mu      sync.Mutex
	calls   map[string]*[len(verdictNames)]int // by operation and verdict
	outages []time.Duration                    // that retrying clients saw
	counts  map[string]int                     // what the audit looked at
	wrongs  []wrong
}

// wrong is something that may never happen.
type wrong struct{ kind, what string }

func (r *result) called(operation string, v verdict) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.calls[operation] == nil {
		r.calls[operation] = new([len(verdictNames)]int)
	}
	r.calls[operation][v]++
}

// outage notes how long a client that asked again and again had no answer.
func (r *result) outage(took time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.outages = append(r.outages, took)
}

// counted notes how many of something the audit looked at.
func (r *result) counted(what string, n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.counts[what] += n
}

// lost is something that was answered and is not there.
func (r *result) lost(format string, args ...any) { r.wrong("lost", format, args...) }

// doubled is something that is there twice.
func (r *result) doubled(format string, args ...any) { r.wrong("doubled", format, args...) }

// beyond is something that is there and that nobody was told of, nor waits for.
func (r *result) beyond(format string, args ...any) {
	r.wrong("beyond what was asked", format, args...)
}

// strange is an answer that no old client would understand, or one that is wrong.
func (r *result) strange(format string, args ...any) { r.wrong("strange", format, args...) }

func (r *result) wrong(kind, format string, args ...any) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wrongs = append(r.wrongs, wrong{kind, fmt.Sprintf(format, args...)})
}

// total is how many calls there were of a verdict.
func (r *result) total(v verdict) (n int) {
	for _, calls := range r.calls {
		n += calls[v]
	}
	return n
}

// wrongsOf are how many things of a kind happened.
func (r *result) wrongsOf(kind string) (n int) {
	for _, w := range r.wrongs {
		if w.kind == kind {
			n++
		}
	}
	return n
}

func longest(all []time.Duration) time.Duration {
	if len(all) == 0 {
		return 0
	}
	return slices.Max(all)
}

func medianOf(all []time.Duration) time.Duration {
	if len(all) == 0 {
		return 0
	}
	sorted := slices.Sorted(slices.Values(all))
	return sorted[len(sorted)/2]
}
