package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/jpeg"
	"math"
	"os"
	"runtime"
	"time"

	"golang.org/x/image/draw"

	"sekisho/backends/photocloak/thumbnail"
	"sekisho/backends/photocloak/thumbnail/scaledjpeg/jpegtest"
)

// measurePictures measures both thumbnails of a photo of 12 megapixels (I), one
// photo at a time, beside the standard library: its decoder alone, and what one
// would write with it and x/image. That one scales the small thumbnail from the
// large one too, which costs it hardly anything.
func (b *bench) measurePictures() error {
	photo, err := photograph(b.size(4000, 1000), b.size(3000, 750))
	if err != nil {
		return err
	}
	budget := thumbnail.NewBudget(thumbnail.DefaultBudget)
	const own, decoder, standard = "both thumbnails", "image/jpeg decodes alone", "image/jpeg and CatmullRom"
	found, err := b.inTurn(
		side{own, b.repeated(1, func(int) (int, error) {
			made, err := thumbnail.Make(context.Background(), budget, bytes.NewReader(photo))
			return len(made.Large) + len(made.Small), err
		})},
		side{decoder, b.repeated(1, func(int) (int, error) {
			_, err := jpeg.Decode(bytes.NewReader(photo))
			return 0, err
		})},
		side{standard, b.repeated(1, func(int) (int, error) {
			large, small, err := standardThumbnails(photo)
			return len(large) + len(small), err
		})},
	)
	if err != nil {
		return err
	}
	b.row("I1", "both thumbnails of a 12-megapixel photo : one full decode by image/jpeg, CPU", atMost(1.0), ratio(found[own], found[decoder], cpu))
	b.row("", "the same : image/jpeg, CatmullRom of x/image for both sizes, image/jpeg, CPU", atMost(0.30), ratio(found[own], found[standard], cpu))
	return b.likeness(budget, photo)
}

// likeness measures how near the files of thumbnails are to those of the standard
// library and x/image.
func (b *bench) likeness(budget *thumbnail.Budget, photo []byte) error {
	made, err := thumbnail.Make(context.Background(), budget, bytes.NewReader(photo))
	if err != nil {
		return err
	}
	large, small, err := standardThumbnails(photo)
	if err != nil {
		return err
	}
	for _, pair := range []struct {
		name       string
		own, other []byte
	}{{"large", made.Large, large}, {"small", made.Small, small}} {
		decibels, err := psnr(pair.own, pair.other)
		if err != nil {
			return err
		}
		b.rowIn(" dB", "", "PSNR of the "+pair.name+" thumbnail, file against file, to those", atLeast(45), []float64{decibels})
	}
	return nil
}

// photograph is the file of a photo, as cameras subsample and compress it.
func photograph(width, height int) ([]byte, error) {
	var file bytes.Buffer
	err := jpeg.Encode(&file, jpegtest.Landscape(width, height), &jpeg.Options{Quality: 90})
	return file.Bytes(), err
}

// standardThumbnails makes both thumbnails with the standard library's decoder
// and encoder, and the kernel of x/image that Sekisho uses too.
func standardThumbnails(photo []byte) (large, small []byte, err error) {
	picture, err := jpeg.Decode(bytes.NewReader(photo))
	if err != nil {
		return nil, nil, err
	}
	scaled := func(side int) ([]byte, error) {
		size := picture.Bounds().Size()
		smaller := image.NewRGBA(image.Rect(0, 0, side, (size.Y*side+size.X/2)/size.X))
		draw.CatmullRom.Scale(smaller, smaller.Rect, picture, picture.Bounds(), draw.Src, nil)
		picture = smaller
		var file bytes.Buffer
		err := jpeg.Encode(&file, smaller, &jpeg.Options{Quality: 85})
		return file.Bytes(), err
	}
	if large, err = scaled(thumbnail.LargeSide); err != nil {
		return nil, nil, err
	}
	small, err = scaled(thumbnail.SmallSide)
	return large, small, err
}

// psnr is how near the pictures of two files of one size are, in decibels.
func psnr(file, other []byte) (float64, error) {
	var pictures [2]*image.RGBA
	for i, file := range [][]byte{file, other} {
		decoded, err := jpeg.Decode(bytes.NewReader(file))
		if err != nil {
			return 0, err
		}
		pictures[i] = image.NewRGBA(decoded.Bounds())
		draw.Draw(pictures[i], pictures[i].Rect, decoded, decoded.Bounds().Min, draw.Src)
	}
	a, b := pictures[0], pictures[1]
	if a.Rect != b.Rect {
		return 0, fmt.Errorf("the pictures are %v and %v", a.Rect, b.Rect)
	}
	sum := 0.0
	for i := range a.Pix { // alpha, every fourth, is the same
		off := float64(a.Pix[i]) - float64(b.Pix[i])
		sum += off * off
	}
	return 10 * math.Log10(255*255*3*float64(len(a.Pix)/4)/max(sum, 1)), nil
}

// repeated measures work that this process does itself, by one worker: each of n
// things in turn, again and again, all of them equally often. Of each what gives
// the bytes that were made. Go's collector, which runs beside, counts in CPU.
func (b *bench) repeated(n int, what func(i int) (bytes int, err error)) func() (sample, error) {
	return func() (sample, error) {
		runtime.GC() // what the side before has left
		before, err := usedBy(os.Getpid())
		if err != nil {
			return sample{}, err
		}
		began := time.Now()
		done, bytes := 0, 0
		for done == 0 || time.Since(began) < time.Duration(b.seconds)*time.Second {
			for i := range n {
				made, err := what(i)
				if err != nil {
					return sample{}, err
				}
				bytes += made
			}
			done += n
		}
		took := time.Since(began)
		after, err := usedBy(os.Getpid())
		return sample{
			Rate: float64(done) / took.Seconds(),
			CPU:  float64((after - before).Microseconds()) / float64(done),
			Size: float64(bytes) / float64(done),
		}, err
	}
}
