package serve

import (
	"errors"
	"io"
	"strings"
	"testing"
)

// stuck is a body that has sent so many bytes and then sends nothing until it is
// cut.
type stuck struct {
	sent  int
	ready chan<- struct{}
	cut   <-chan struct{}
}

func (s *stuck) Read(p []byte) (int, error) {
	if s.sent > 0 {
		n := min(s.sent, len(p))
		s.sent -= n
		return n, nil
	}
	s.ready <- struct{}{}
	<-s.cut
	return 0, errors.New("cut")
}

// Strangers who stop in the midst of large bodies take no more than the budget;
// small bodies pass all the same, and large ones again once the strangers are
// gone.
func TestBodiesShareABudget(t *testing.T) {
	b := newBudget(1 << 20)
	ready, cut, ended := make(chan struct{}), make(chan struct{}), make(chan error)
	held := 0
	for {
		go func() {
			_, err := b.read(&stuck{sent: 100_000, ready: ready, cut: cut})
			ended <- err
		}()
		select {
		case <-ready:
			held++
			continue
		case err := <-ended:
			if !errors.Is(err, errBusy) {
				t.Fatalf("with %d held: %v", held, err)
			}
		}
		break
	}
	if held < 4 || held > 10 {
		t.Errorf("%d bodies of 100,000 bytes fit into 1 MiB", held)
	}
	if small, err := b.read(strings.NewReader(strings.Repeat("x", smallBody-1))); len(small) != smallBody-1 || err != nil {
		t.Errorf("a small one: %d bytes, %v", len(small), err)
	}
	close(cut)
	for range held {
		<-ended
	}
	if large, err := b.read(strings.NewReader(strings.Repeat("x", 1<<20-1))); len(large) != 1<<20-1 || err != nil {
		t.Errorf("a large one afterwards: %d bytes, %v", len(large), err)
	}
	if left := b.left.Load(); left != 1<<20 {
		t.Errorf("%d bytes are left in the end", left)
	}
}

// What comes is what was sent, whatever its length.
func TestBodiesComeWhole(t *testing.T) {
	for _, size := range []int{0, 1, 511, 512, 513, smallBody - 1, smallBody, smallBody + 1, 1 << 20} {
		sent := strings.Repeat("x", size)
		got, err := newBudget(4 << 20).read(io.MultiReader(strings.NewReader(sent[:size/2]), strings.NewReader(sent[size/2:])))
		if string(got) != sent || err != nil {
			t.Errorf("%d bytes became %d, %v", size, len(got), err)
		}
	}
}
