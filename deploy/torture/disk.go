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

// fill leaves so many bytes free, and none where that is 0.
func (d *disk) fill(free int64) error {
	var stat syscall.Statfs_t
	if err := syscall.Statfs(d.folder, &stat); err != nil {
		return err
	}
	if room := int64(stat.Bavail)*stat.Bsize - free; room > 0 {
		file, err := os.OpenFile(d.ballast(), os.O_CREATE|os.O_RDWR, 0o600)
		if err != nil {
			return err
		}
		defer file.Close()
		size, err := file.Seek(0, 2)
		if err != nil {
			return err
		}
		err = syscall.Fallocate(int(file.Fd()), 0, size, room)
		if err != nil && !errors.Is(err, syscall.ENOSPC) {
			return fmt.Errorf("filling the disk: %w", err)
		}
	}
	return nil
}

// empty takes the ballast away.
func (d *disk) empty() error { return os.Remove(d.ballast()) }

func (d *disk) ballast() string { return filepath.Join(d.folder, "ballast") }
