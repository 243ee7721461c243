// Command draw draws the starter catalogue of Avatar Play: all layers as PNG
// files, and catalogue.yaml.
//
//	go run ./backends/avatarplay/catalogue/starter/draw
//
// It is run in the repository's folder; -o names another place to write to.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
)

func main() {
	folder := flag.String("o", "backends/avatarplay/catalogue/starter", "folder to write the catalogue to")
	flag.Parse()
	if err := write(*folder); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// write draws everything anew into a folder: layers that are no longer drawn go.
func write(folder string) error {
	text, err := document()
	if err != nil {
		return fmt.Errorf("writing catalogue: %w", err)
	}
	layers := filepath.Join(folder, "layers")
	if err := os.RemoveAll(layers); err != nil {
		return fmt.Errorf("removing old layers: %w", err)
	}
	if err := os.MkdirAll(layers, 0o755); err != nil {
		return fmt.Errorf("making folder: %w", err)
	}
	for file, picture := range pictures(items()) {
		content, err := encoded(picture)
		if err != nil {
			return fmt.Errorf("drawing %s: %w", file, err)
		}
		if err := os.WriteFile(filepath.Join(folder, file), content, 0o644); err != nil {
			return fmt.Errorf("writing layer: %w", err)
		}
	}
	if err := os.WriteFile(filepath.Join(folder, "catalogue.yaml"), text, 0o644); err != nil {
		return fmt.Errorf("writing catalogue: %w", err)
	}
	return nil
}
