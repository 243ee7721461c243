package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// The files are those that are made here, and there are no others.
func TestFilesAreMadeHere(t *testing.T) {
	for name, b := range all() {
		want, err := b.encode(name)
		if err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s.json is not what `go run ./dashboards` makes", name)
		}
	}
	files, err := filepath.Glob("*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		if _, made := all()[strings.TrimSuffix(file, ".json")]; !made {
			t.Errorf("nothing makes %s", file)
		}
	}
}

// Every panel says in one sentence what is normal or what to do, keeps to the
// chosen gateways, and fits on the page.
func TestPanelsAreComplete(t *testing.T) {
	for name, b := range all() {
		var titles []string
		for _, q := range b.questions {
			for _, p := range q.panels {
				titles = append(titles, p.title)
				if !strings.HasSuffix(p.says, ".") || strings.Contains(strings.TrimSuffix(p.says, "."), ". ") {
					t.Errorf("%s, %s: it says %q; want one sentence", name, p.title, p.says)
				}
				if p.title == "" || p.width <= 0 || p.width > 24 || p.unit == "" && p.words == nil || len(p.queries) == 0 {
					t.Errorf("%s, %q lacks a title, width, unit or query", name, p.title)
				}
				for _, asked := range p.queries {
					if asked.name == "" || !strings.Contains(asked.expr, "$at") && !strings.Contains(asked.expr, "$of") {
						t.Errorf("%s, %s: %q has no name, or is not asked of the chosen gateways", name, p.title, asked.expr)
					}
				}
			}
		}
		slices.Sort(titles)
		if len(slices.Compact(titles)) != len(titles) {
			t.Errorf("%s has two panels of one title", name)
		}
	}
}

// Whoever opens a dashboard asks their own Prometheus and nobody else.
func TestNoForeignHost(t *testing.T) {
	for name, b := range all() {
		text, err := b.encode(name)
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), "://") {
			t.Errorf("%s.json names a host", name)
		}
		var read struct {
			UID    string
			Panels []struct {
				ID         int
				Datasource struct{ UID string }
				GridPos    struct{ X, Y, W, H int }
			}
		}
		if err := json.Unmarshal(text, &read); err != nil {
			t.Fatal(err)
		}
		if read.UID != "sekisho-"+name {
			t.Errorf("%s.json has the uid %s", name, read.UID)
		}
		for i, p := range read.Panels {
			if p.ID != i+1 || p.GridPos.X+p.GridPos.W > 24 || p.Datasource.UID != "" && p.Datasource.UID != "${datasource}" {
				t.Errorf("%s.json: panel %d is %+v", name, i+1, p)
			}
			for _, other := range read.Panels[:i] {
				if p, other := p.GridPos, other.GridPos; p.X < other.X+other.W && other.X < p.X+p.W && p.Y < other.Y+other.H && other.Y < p.Y+p.H {
					t.Errorf("%s.json: panel %d lies on another: %+v and %+v", name, i+1, p, other)
				}
			}
		}
	}
}
