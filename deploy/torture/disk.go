package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
)

// disk is a small file system of its own, which can be filled.
type disk struct{ folder string }

// diskSize is room for what half an hour brings, and soon filled.
const diskSize = "2g"

// mountDisk mounts one at a folder. It takes root, as a container has it; else the
// error says that there is none.
func mountDisk(folder string) (*disk, error) {
	if err := syscall.Mount("sekisho-torture", folder, "tmpfs", 0, "size="+diskSize); err != nil {
		return nil, fmt.Errorf("mounting a disk: %w", err)
	}
	return &disk{folder}, nil
}

func (d *disk) unmount() {
	if err := syscall.Unmount(d.folder, syscall.MNT_DETACH); err != nil {
		_ = exec.Command("umount", "-l", d.folder).Run()
	}
}

// piece is as much as is filled at once: where the gateway writes meanwhile and
// there is less, the file system takes the whole piece back.
const piece = 16 << 20

// fill leaves so many bytes free, and none where that is 0.
func (d *disk) fill(free int64) error {
	file, err := os.OpenFile(d.ballast(), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return err
	}
	defer file.Close()
	for size := int64(0); ; {
		var stat syscall.Statfs_t
		if err := syscall.Statfs(d.folder, &stat); err != nil {
			return err
		}
		room := min(int64(stat.Bavail)*stat.Bsize-free, piece)
		if room <= 0 {
			return nil
		}
		switch err := syscall.Fallocate(int(file.Fd()), 0, size, room); {
		case err == nil:
			size += room
		case !errors.Is(err, syscall.ENOSPC):
			return fmt.Errorf("filling the disk: %w", err)
		}
	}
}

// empty takes the ballast away.
func (d *disk) empty() error { return os.Remove(d.ballast()) }

func (d *disk) ballast() string { return filepath.Join(d.folder, "ballast") }
