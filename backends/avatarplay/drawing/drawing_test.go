package drawing

import (
	"bytes"
	"encoding/json"
	"image"
	"image/color"
	"image/draw"
	"image/gif"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// shown is a GIF file as somebody sees it: each frame whole.
type shown struct {
	file   *gif.GIF
	frames []*image.RGBA
}

func show(tb testing.TB, file []byte) shown {
	tb.Helper()
	decoded, err := gif.DecodeAll(bytes.NewReader(file))
	if err != nil {
		tb.Fatal(err)
	}
	s := shown{file: decoded}
	screen := image.NewRGBA(image.Rect(0, 0, decoded.Config.Width, decoded.Config.Height))
	for i, frame := range decoded.Image {
		if disposal := decoded.Disposal[i]; disposal > gif.DisposalNone {
			tb.Errorf("frame %d has disposal %d", i, disposal)
		}
		draw.Draw(screen, frame.Bounds(), frame, frame.Bounds().Min, draw.Over)
		s.frames = append(s.frames, &image.RGBA{Pix: slices.Clone(screen.Pix), Stride: screen.Stride, Rect: screen.Rect})
	}
	return s
}

// composed is the figure in its true colours, painted whole.
func composed(layers []Layer, frame Frame) canvas {
	c := make(canvas, Width*Height)
	c.fill(white)
	c.paintAll(layers, pose{moves: frame.Moves, blink: frame.Blink})
	return c
}

func colourAt(m *image.RGBA, i int) pixel {
	p := m.Pix[4*i:]
	return pixel(p[0]) | pixel(p[1])<<8 | pixel(p[2])<<16 | pixel(p[3])<<24
}

func animated(tb testing.TB, layers []Layer, frames []Frame) []byte {
	tb.Helper()
	file, err := Animated(layers, frames)
	if err != nil {
		tb.Fatal(err)
	}
	return file
}

func still(tb testing.TB, layers []Layer) []byte {
	tb.Helper()
	file, err := Still(layers)
	if err != nil {
		tb.Fatal(err)
	}
	return file
}

// Each frame, its changes laid over those before it, is the figure composed whole:
// near it, and a colour always shown by the same one.
func TestAnimatedIsWhatIsComposed(t *testing.T) {
	t.Parallel()
	layers, frames := girl(t), breathing()
	s := show(t, animated(t, layers, frames))
	if len(s.frames) != len(frames) {
		t.Fatalf("%d frames, want %d", len(s.frames), len(frames))
	}
	if s.file.LoopCount != 0 {
		t.Errorf("it loops %d times, want for ever", s.file.LoopCount)
	}
	stands := map[pixel]pixel{}
	for i, frame := range frames {
		if got, want := s.file.Delay[i], int(frame.Delay/(10*time.Millisecond)); got != want {
			t.Errorf("frame %d is seen for %d, want %d", i, got, want)
		}
		whole := composed(layers, frame)
		if decibels, _ := quality(whole, s.frames[i]); decibels < 44 {
			t.Errorf("frame %d: %.1f dB", i, decibels)
		}
		for j, p := range whole {
			got := colourAt(s.frames[i], j)
			if before, there := stands[p]; there && before != got {
				t.Fatalf("frame %d, pixel %d: %08x is shown as %08x and as %08x", i, j, p, before, got)
			}
			stands[p] = got
		}
	}
	for i, frame := range s.file.Image[1:] {
		if frame.Rect.Dx()*frame.Rect.Dy() > Width*Height*3/4 {
			t.Errorf("frame %d changes all of %v", i+1, frame.Rect)
		}
	}
}

// square is a layer of one colour.
func square(tb testing.TB, c color.Color, bounds image.Rectangle) *Sprite {
	tb.Helper()
	m := image.NewNRGBA(image.Rect(0, 0, Width, Height))
	draw.Draw(m, bounds, image.NewUniform(c), image.Point{}, draw.Src)
	return sprite(tb, encoded(m))
}

var (
	red    = color.NRGBA{220, 30, 30, 255}
	blue   = color.NRGBA{41, 60, 221, 255}
	yellow = color.NRGBA{243, 220, 40, 255}
	veil   = color.NRGBA{0, 0, 0, 101}
)

// What has few colours comes out exactly, moved beyond the edge and seen through.
func TestFewColoursAreExact(t *testing.T) {
	t.Parallel()
	layers := []Layer{
		{Sprite: square(t, blue, image.Rect(0, 200, 240, 320)), Group: Scene},
		{Sprite: square(t, red, image.Rect(190, 10, 240, 300)), Group: Legs},
		{Sprite: square(t, veil, image.Rect(0, 0, 120, 250)), Group: Torso},
		{Sprite: square(t, yellow, image.Rect(3, 5, 4, 6)), Group: Head, When: Blink},
	}
	frames := []Frame{
		{Delay: 20 * time.Millisecond},
		{Delay: 50 * time.Millisecond, Moves: [4]image.Point{Scene: {9, 9}, Legs: {40, -40}, Torso: {-40, 0}}, Blink: true},
		{Delay: 5 * time.Second, Moves: [4]image.Point{Legs: {-40, 40}, Torso: {-130, 1}, Head: {-4, 0}}, Blink: true},
		{Delay: 20 * time.Millisecond, Moves: [4]image.Point{Legs: {0, 40}, Torso: {300, 300}}},
	}
	s := show(t, animated(t, layers, frames))
	if len(s.frames) != len(frames) {
		t.Fatalf("%d frames, want %d", len(s.frames), len(frames))
	}
	for i, frame := range frames {
		frame.Moves[Scene] = image.Point{} // it never moves
		for j, p := range composed(layers, frame) {
			if got := colourAt(s.frames[i], j); got != p {
				t.Fatalf("frame %d, pixel %d: %08x, want %08x", i, j, got, p)
			}
		}
	}
	if got, want := s.frames[0].RGBAAt(30, 100), (color.RGBA{154, 154, 154, 255}); got != want {
		t.Errorf("white through a veil is %v, want %v", got, want)
	}
}

// Frames that look alike are one that lasts longer.
func TestFramesThatLookAlike(t *testing.T) {
	t.Parallel()
	frame := func(delay int, blink bool, head image.Point) Frame {
		f := Frame{Delay: time.Duration(delay) * 10 * time.Millisecond, Blink: blink}
		f.Moves[Head] = head
		return f
	}
	up := image.Pt(0, -1)
	body := Layer{Sprite: square(t, red, image.Rect(50, 50, 100, 300)), Group: Torso}
	head := Layer{Sprite: square(t, blue, image.Rect(60, 10, 90, 50)), Group: Head}
	eyes := Layer{Sprite: square(t, yellow, image.Rect(70, 20, 72, 22)), Group: Head, When: Open}
	hidden := Layer{Sprite: square(t, yellow, image.Rect(60, 100, 70, 110)), Group: Legs}
	for _, tt := range []struct {
		what   string
		layers []Layer
		frames []Frame
		delays []int
	}{
		{"all alike", []Layer{body, head}, []Frame{frame(7, false, image.Point{}), frame(8, true, image.Point{})}, []int{0}},
		{"nothing there", nil, []Frame{frame(7, false, up), frame(8, true, image.Point{})}, []int{0}},
		{"one frame", []Layer{body, eyes}, []Frame{frame(7, true, up)}, []int{0}},
		{"none that moves", []Layer{body}, []Frame{frame(7, false, up), frame(8, true, image.Point{})}, []int{0}},
		{"a blink", []Layer{body, eyes}, []Frame{frame(7, false, image.Point{}), frame(8, false, image.Point{}), frame(9, true, image.Point{})}, []int{15, 9}},
		{"back and forth", []Layer{body, head}, []Frame{frame(7, false, up), frame(8, false, image.Point{}), frame(9, true, image.Point{}), frame(10, true, up)}, []int{7, 17, 10}},
		{"the first and the last", []Layer{head}, []Frame{frame(7, false, up), frame(8, false, image.Point{}), frame(9, false, up)}, []int{7, 8, 9}},
		{"moved behind others", []Layer{hidden, body}, []Frame{
			{Delay: 70 * time.Millisecond}, {Delay: 80 * time.Millisecond, Moves: [4]image.Point{Legs: {1, 1}}},
		}, []int{0}},
	} {
		s := show(t, animated(t, tt.layers, tt.frames))
		if !slices.Equal(s.file.Delay, tt.delays) {
			t.Errorf("%s: the delays are %v, want %v", tt.what, s.file.Delay, tt.delays)
		}
	}
}

func TestFramesThatAreRefused(t *testing.T) {
	t.Parallel()
	of := func(delays ...time.Duration) (frames []Frame) {
		for _, delay := range delays {
			frames = append(frames, Frame{Delay: delay})
		}
		return frames
	}
	for _, tt := range []struct {
		frames []Frame
		want   string
	}{
		{nil, "an animation of 0 frames: there may be from 1 to 24"},
		{of(slices.Repeat([]time.Duration{time.Second}, 25)...), "an animation of 25 frames: there may be from 1 to 24"},
		{of(time.Second, 0), "frame 1 of an animation takes 0s: not a whole number of hundredths of a second"},
		{of(-time.Second), "frame 0 of an animation takes -1s: not a whole number of hundredths of a second"},
		{of(15 * time.Millisecond), "frame 0 of an animation takes 15ms: not a whole number of hundredths of a second"},
		{of(time.Hour), "frame 0 of an animation takes 1h0m0s: not a whole number of hundredths of a second"},
		{of(600*time.Second, 60*time.Second), "an animation takes more than 10m55.35s"},
	} {
		if _, err := Animated(nil, tt.frames); err == nil || err.Error() != tt.want {
			t.Errorf("%v: %v, want %s", tt.frames, err, tt.want)
		}
	}
}

// A still figure has its eyes open, one frame and no word of a loop.
func TestStill(t *testing.T) {
	t.Parallel()
	layers := girl(t)
	file := still(t, layers)
	if bytes.Contains(file, []byte("NETSCAPE")) {
		t.Error("it loops")
	}
	s := show(t, file)
	if len(s.frames) != 1 || s.file.Config.Width != Width || s.file.Config.Height != Height {
		t.Fatalf("%d frames of %d by %d", len(s.frames), s.file.Config.Width, s.file.Config.Height)
	}
	if decibels, _ := quality(composed(layers, Frame{}), s.frames[0]); decibels < 44 {
		t.Errorf("%.1f dB", decibels)
	}
	if got := s.frames[0].RGBAAt(100, 90); got != color.RGBA(eyes) {
		t.Errorf("the eye is %v, want %v", got, eyes)
	}
	if got := show(t, still(t, nil)).frames[0].RGBAAt(239, 319); got != (color.RGBA{255, 255, 255, 255}) {
		t.Errorf("nothing is %v", got)
	}
}

// The face picture is its section of the figure, smaller.
func TestBust(t *testing.T) {
	t.Parallel()
	layers := girl(t)
	for _, tt := range []struct {
		section image.Rectangle
		at      image.Point
		want    color.NRGBA
	}{
		{girlsBust, image.Pt(20, 37), eyes},
		{image.Rect(0, 0, 240, 320), image.Pt(25, 22), eyes},
		{image.Rect(90, 80, 120, 120), image.Pt(20, 20), eyes},
		{image.Rect(97, 82, 100, 86), image.Pt(30, 40), eyes},
		{image.Rect(180, 240, 240, 320), image.Pt(30, 79), color.NRGBA{50, 100, 66, 255}},
	} {
		file, err := Bust(layers, tt.section)
		if err != nil {
			t.Fatal(err)
		}
		s := show(t, file)
		if len(s.frames) != 1 || s.frames[0].Rect != image.Rect(0, 0, BustWidth, BustHeight) {
			t.Fatalf("%d frames of %v", len(s.frames), s.frames[0].Rect)
		}
		if got := s.frames[0].RGBAAt(tt.at.X, tt.at.Y); distance(got, color.RGBA(tt.want)) > 8 {
			t.Errorf("%v at %v is %v, want %v", tt.section, tt.at, got, tt.want)
		}
	}
	for _, section := range []image.Rectangle{{}, image.Rect(-1, 0, 59, 80), image.Rect(181, 0, 241, 80), image.Rect(0, 241, 60, 321)} {
		if _, err := Bust(layers, section); err == nil || !strings.Contains(err.Error(), "is not within the figure") {
			t.Errorf("%v: %v", section, err)
		}
	}
}

// distance is how far two colours are apart where they are farthest.
func distance(a, b color.RGBA) int {
	far := func(a, b uint8) int { return max(int(a)-int(b), int(b)-int(a)) }
	return max(far(a.R, b.R), far(a.G, b.G), far(a.B, b.B), far(a.A, b.A))
}

// Any number of drawings at once, of all kinds, give what one gives.
func TestAtOnce(t *testing.T) {
	t.Parallel()
	layers, frames := girl(t), breathing()
	kinds := []func() ([]byte, error){
		func() ([]byte, error) { return Animated(layers, frames) },
		func() ([]byte, error) { return Still(layers) },
		func() ([]byte, error) { return Bust(layers, girlsBust) },
		func() ([]byte, error) { return Thumbnail(layers[8:]) },
	}
	var alone [][]byte
	for _, draw := range kinds {
		file, err := draw()
		if err != nil {
			t.Fatal(err)
		}
		alone = append(alone, file)
	}
	var drawing sync.WaitGroup
	for i := range 64 {
		drawing.Go(func() {
			kind := i % len(kinds)
			if file, err := kinds[kind](); err != nil || !bytes.Equal(file, alone[kind]) {
				t.Errorf("kind %d came out otherwise; %v", kind, err)
			}
		})
	}
	drawing.Wait()
}

// Frames and layers are kept as JSON with the names of groups.
func TestNames(t *testing.T) {
	t.Parallel()
	type kept struct {
		Group Group `json:"group"`
		When  When  `json:"when,omitempty"`
		Frame Frame `json:"frame"`
	}
	for _, tt := range []struct {
		value kept
		text  string
	}{
		{kept{}, `{"group":"scene","frame":{"delay":0,"moves":[{"X":0,"Y":0},{"X":0,"Y":0},{"X":0,"Y":0},{"X":0,"Y":0}]}}`},
		{
			kept{Head, Blink, Frame{Delay: 20 * time.Millisecond, Blink: true, Moves: [4]image.Point{Legs: {1, -2}}}},
			`{"group":"head","when":"blink","frame":{"delay":20000000,"blink":true,"moves":[{"X":0,"Y":0},{"X":1,"Y":-2},{"X":0,"Y":0},{"X":0,"Y":0}]}}`,
		},
	} {
		text, err := json.Marshal(tt.value)
		if err != nil || string(text) != tt.text {
			t.Errorf("%+v is %s, want %s; %v", tt.value, text, tt.text, err)
		}
		var back kept
		if err := json.Unmarshal(text, &back); err != nil || back != tt.value {
			t.Errorf("%s is %+v; %v", text, back, err)
		}
	}
	for _, text := range []string{`{"group":"arms"}`, `{"when":"asleep"}`, `{"group":1}`} {
		if err := json.Unmarshal([]byte(text), &kept{}); err == nil {
			t.Errorf("%s was taken", text)
		}
	}
	if _, err := json.Marshal(kept{Group: 4}); err == nil || Group(4).String() != "Group(4)" {
		t.Errorf("there is a group 4: %v", err)
	}
	if _, err := json.Marshal(kept{When: 3}); err == nil || When(3).String() != "When(3)" {
		t.Errorf("there is a when 3: %v", err)
	}
}
