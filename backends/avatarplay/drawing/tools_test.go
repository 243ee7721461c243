package drawing

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// other runs a program of Debian's that reads pictures, and gives what it says.
func other(t *testing.T, program string, args ...string) string {
	t.Helper()
	path, err := exec.LookPath(program)
	if err != nil {
		t.Fatalf("%s is missing; .ci/needs brings it", program)
	}
	said, err := exec.Command(path, args...).CombinedOutput()
	if err != nil {
		t.Errorf("%s: %v\n%s", program, err, said)
	}
	return string(said)
}

// Programs of others see in the files what is meant.
func TestOtherPrograms(t *testing.T) {
	t.Parallel()
	layers, frames := girl(t), breathing()
	bust, err := Bust(layers, girlsBust)
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name          string
		file          []byte
		width, height int
		frames        int
	}{
		{"animated.gif", animated(t, layers, frames), Width, Height, len(frames)},
		{"still.gif", still(t, layers), Width, Height, 1},
		{"bust.gif", bust, BustWidth, BustHeight, 1},
		{"white.gif", still(t, nil), Width, Height, 1},
	} {
		path := filepath.Join(t.TempDir(), tt.name)
		if err := os.WriteFile(path, tt.file, 0o600); err != nil {
			t.Fatal(err)
		}
		said := other(t, "gifsicle", "--info", path)
		moving := tt.frames > 1
		for what, want := range map[string]bool{
			fmt.Sprintf("%d image", tt.frames):                       true,
			fmt.Sprintf("logical screen %dx%d", tt.width, tt.height): true,
			"loop forever":      moving,
			"delay 0.12s":       moving,
			"disposal asis":     moving,
			"local color table": false,
			"warning":           false,
		} {
			if strings.Contains(said, what) != want {
				t.Errorf("%s: whether gifsicle says %q should be %v:\n%s", tt.name, what, want, said)
			}
		}
		said = other(t, "identify", "-format", "%m %wx%h %Wx%H %T\n", path)
		lines := strings.Split(strings.TrimSpace(said), "\n")
		if len(lines) != tt.frames {
			t.Errorf("%s: identify sees %d frames, want %d", tt.name, len(lines), tt.frames)
		}
		delay := 0
		if moving {
			delay = 12
		}
		if want := fmt.Sprintf("GIF %[1]dx%[2]d %[1]dx%[2]d %[3]d", tt.width, tt.height, delay); lines[0] != want {
			t.Errorf("%s: identify says %q, want %q", tt.name, lines[0], want)
		}
	}

	path := filepath.Join(t.TempDir(), "thumbnail.png")
	file, err := Thumbnail(layers[8:])
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	if said := other(t, "identify", "-format", "%m %wx%h %A", path); !strings.HasPrefix(said, "PNG 60x60 ") || strings.Contains(said, "Undefined") {
		t.Errorf("thumbnail.png: identify says %q", said)
	}
}
