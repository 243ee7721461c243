package main

import (
	"bytes"
	"fmt"
	"image"
	"image/png"
	"runtime"
	"sync"
)

// The groups of layers that an animation moves.
const (
	scene = "scene" // stays where it is
	legs  = "legs"
	torso = "torso" // with arms, tops, skirts, bags
	head  = "head"  // with face, hair, hats, glasses
)

// item is one thing of the catalogue.
type item struct {
	key, name, part string
	slots           []string // of an accessory
	free            bool
	layers          []layer
}

// layer is one picture of an item.
type layer struct {
	suffix string // tells it from the item's other layers, "" for one of them
	z      int
	group  string
	when   string // open, blink, "" for always
	draw   func(*canvas)
}

// file is the name of a layer's picture in the catalogue's folder.
func (i item) file(l layer) string {
	if l.suffix == "" {
		return "layers/" + i.key + ".png"
	}
	return "layers/" + i.key + "_" + l.suffix + ".png"
}

// items are all things, in the order in which they are shown.
func items() []item {
	var all []item
	for _, part := range []func() []item{
		bodies, faces, hair, tops, bottoms, dresses, shoes, accessories, backgrounds,
	} {
		all = append(all, part()...)
	}
	return all
}

// pictures draws the layers of things, on all processors; they go by the names of their
// files.
func pictures(all []item) map[string]*image.NRGBA {
	type job struct {
		file string
		draw func(*canvas)
	}
	jobs := make(chan job)
	drawn := map[string]*image.NRGBA{}
	var mu sync.Mutex
	var drawing sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		drawing.Go(func() {
			for j := range jobs {
				c := newCanvas()
				j.draw(c)
				finished := c.finish()
				mu.Lock()
				drawn[j.file] = finished
				mu.Unlock()
			}
		})
	}
	for _, i := range all {
		for _, l := range i.layers {
			jobs <- job{i.file(l), l.draw}
		}
	}
	close(jobs)
	drawing.Wait()
	return drawn
}

// encoded gives a picture as a PNG file.
func encoded(picture image.Image) ([]byte, error) {
	var file bytes.Buffer
	encoder := png.Encoder{CompressionLevel: png.BestCompression}
	if err := encoder.Encode(&file, picture); err != nil {
		return nil, fmt.Errorf("encoding picture: %w", err)
	}
	return file.Bytes(), nil
}
