package main

import (
	"bytes"
	"crypto/sha256"
	"sync"
)

// pictures are those that answers pointed to. Each is the same whenever it is
// fetched, at whichever gateway.
type pictures struct {
	mu    sync.Mutex
	told  map[string][32]byte // hashes by path; zero where nobody fetched it yet
	order []string
	turn  int
}

// tell takes note of the pictures of an avatar.
func (p *avatarPlay) tell(of shownAvatar) {
	for _, address := range []string{of.AvatarImageURL, of.AvatarNonAnimationImageURL, of.FaceImageURL} {
		p.pictures.add(pathIn(address))
	}
}

func (p *pictures) add(path string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if _, there := p.told[path]; !there && path != "" {
		p.told[path] = [32]byte{}
		p.order = append(p.order, path)
	}
}

// any is one picture after the other.
func (p *pictures) any() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.turn++
	return p.order[p.turn%len(p.order)]
}

func fetching(path string) call {
	return call{operation: "picture", about: path, path: path, judge: judgePicture}
}

func judgePicture(a answer) verdict {
	if a.status == 200 && (bytes.HasPrefix(a.body, []byte("GIF89a")) || bytes.HasPrefix(a.body, []byte("\x89PNG"))) {
		return done
	}
	if v := judgeAvatarPlay(a); v != done {
		return v
	}
	return strange
}

// fetched holds a picture against what it was before.
func (p *avatarPlay) fetched(path string, a answer) {
	hash := sha256.Sum256(a.body)
	p.pictures.mu.Lock()
	before := p.pictures.told[path]
	p.pictures.told[path] = hash
	p.pictures.mu.Unlock()
	if before != hash && before != [32]byte{} {
		p.found().strange("the picture %s is another than before", path)
	}
}
