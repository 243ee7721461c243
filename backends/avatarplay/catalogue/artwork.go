package catalogue

import (
	"errors"
	"maps"
	"runtime"
	"slices"
	"sync"

	"sekisho/backends/avatarplay/drawing"
)

// picture is what is known of a layer's file.
type picture struct {
	hash string
	err  error
}

// artwork checks the files of all layers, on all processors, and puts their
// hashes into the catalogue.
func (r *reader) artwork(c *Catalogue, progress func(done, all int)) {
	names := slices.Sorted(maps.Keys(r.files))
	pictures := make(map[string]picture, len(names))
	var mu sync.Mutex
	var checking sync.WaitGroup
	queue := make(chan string)
	for range runtime.GOMAXPROCS(0) {
		checking.Go(func() {
			for name := range queue {
				p := c.check(name)
				mu.Lock()
				pictures[name] = p
				if progress != nil {
					progress(len(pictures), len(names))
				}
				mu.Unlock()
			}
		})
	}
	for _, name := range names {
		queue <- name
	}
	close(queue)
	checking.Wait()

	for _, name := range names {
		if err := pictures[name].err; err != nil {
			r.faultOf(r.files[name], name, "%v", err)
		}
	}
	for _, item := range c.Items {
		for i := range item.Layers {
			item.Layers[i].Hash = pictures[item.Layers[i].File].hash
		}
	}
}

var errEmpty = errors.New("all of it is transparent")

// check looks whether a file is a picture as a layer needs it.
func (c *Catalogue) check(name string) picture {
	content, err := read(c.files, name, drawing.MaxFile)
	if err != nil {
		return picture{err: err}
	}
	sprite, err := drawing.Decode(content)
	if err != nil {
		return picture{err: err}
	}
	if sprite.Empty() {
		return picture{err: errEmpty}
	}
	return picture{hash: hash(content)}
}
