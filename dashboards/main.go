// Command dashboards writes the dashboards for Grafana, one overview and one for
// each API, into this folder:
//
//	go run ./dashboards
//
// The JSON files are what Grafana is given; they are made here so that a panel
// takes one line of thought instead of fifty lines of JSON, and all panels look
// alike. Each dashboard answers an operator's first questions, in this order: is
// it up, who fails, how slow is it, what is full.
package main

import (
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	folder := "dashboards"
	if len(os.Args) > 1 {
		folder = os.Args[1]
	}
	if err := write(folder); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// all are the dashboards by the name of their file, without .json.
func all() map[string]board {
	return map[string]board{
		"overview":   overview(),
		"photocloak": photocloak(),
		"customers":  customers(),
		"ydits":      ydits(),
		"avatarplay": avatarplay(),
		"crm":        crm(),
	}
}

// write writes the files into a folder.
func write(folder string) error {
	for name, b := range all() {
		text, err := b.encode(name)
		if err != nil {
			return fmt.Errorf("encoding %s: %w", name, err)
		}
		if err := os.WriteFile(filepath.Join(folder, name+".json"), text, 0o644); err != nil {
			return fmt.Errorf("writing a dashboard: %w", err)
		}
	}
	return nil
}
