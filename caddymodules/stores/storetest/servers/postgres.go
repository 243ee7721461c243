package servers

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// Postgres starts a PostgreSQL server (UTF8, locale C.UTF-8, up to 200
// connections). Its URL is that of the superuser postgres and the database
// postgres. Started by root it runs as the user postgres or nobody, because
// PostgreSQL refuses root.
func Postgres(options Options) (*Server, error) {
	bin, err := postgresPrograms()
	if err != nil {
		return nil, err
	}
	owner, err := unprivileged()
	if err != nil {
		return nil, err
	}
	folder, err := newFolder("postgres", owner)
	if err != nil {
		return nil, err
	}
	password := randomWord()
	data := filepath.Join(folder.path, "data")
	if err := initdb(bin, data, password, owner); err != nil {
		folder.remove()
		return nil, err
	}

	s := &Server{
		folder: folder,
		owner:  owner,
		env:    []string{"LC_ALL=C.UTF-8", "PGDATA="},
		bye:    syscall.SIGINT,  // "fast": does not wait for clients
		orphan: syscall.SIGQUIT, // "immediate": the postmaster ends its children and gives its memory back
	}
	s.ready = func(context.Context) error { return postmasterReady(data, s.process.Pid) }
	s.argv = func() []string {
		argv := []string{
			filepath.Join(bin, "postgres"), "-D", data, "-k", folder.path, "-p", strconv.Itoa(s.port),
			"-c", "listen_addresses=127.0.0.1", "-c", "max_connections=500",
			// Nothing in /dev/shm: containers have little of it, and it could outlive us.
			"-c", "dynamic_shared_memory_type=mmap",
		}
		if !options.Durable {
			argv = append(argv, "-c", "fsync=off", "-c", "full_page_writes=off")
		}
		return argv
	}
	if err := s.launch(); err != nil {
		return nil, err
	}
	s.URL = fmt.Sprintf("postgres://postgres:%s@%s/postgres?sslmode=disable", password, s.address())
	return s, nil
}

// postgresPrograms finds the folder with initdb and postgres in it: that of the
// initdb in PATH, else the newest of Debian's.
func postgresPrograms() (string, error) {
	if path, err := exec.LookPath("initdb"); err == nil {
		if path, err = filepath.EvalSymlinks(path); err == nil {
			return filepath.Dir(path), nil
		}
	}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb")
	if len(found) == 0 {
		return "", errors.New("starting PostgreSQL: there is no initdb in PATH or /usr/lib/postgresql; install it, on Debian: apt-get install postgresql")
	}
	version := func(path string) int {
		n, _ := strconv.Atoi(strings.Split(path, "/")[4])
		return n
	}
	slices.SortFunc(found, func(a, b string) int { return version(a) - version(b) })
	return filepath.Dir(found[len(found)-1]), nil
}

// unprivileged gives the user that a server may run as when this process is
// root, else nil.
func unprivileged() (*syscall.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, nil
	}
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}
		uid, err1 := strconv.ParseUint(u.Uid, 10, 32)
		gid, err2 := strconv.ParseUint(u.Gid, 10, 32)
		if err1 == nil && err2 == nil && uid != 0 {
			return &syscall.Credential{Uid: uint32(uid), Gid: uint32(gid)}, nil
		}
	}
	return nil, errors.New("starting PostgreSQL: it refuses root, and there is no user postgres or nobody")
}

func initdb(bin, data, password string, owner *syscall.Credential) error {
	secret := data + ".password"
	err := os.WriteFile(secret, []byte(password+"\n"), 0o600)
	if err == nil && owner != nil {
		err = os.Chown(secret, int(owner.Uid), int(owner.Gid))
	}
	if err != nil {
		return fmt.Errorf("running initdb: %w", err)
	}
	defer os.Remove(secret)
	cmd := exec.Command(filepath.Join(bin, "initdb"), "-D", data, "-U", "postgres", "-N",
		"-E", "UTF8", "--locale=C.UTF-8", "-A", "password", "--pwfile="+secret)
	cmd.Dir = filepath.Dir(data)
	cmd.Env = append(os.Environ(), "LC_ALL=C.UTF-8")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Credential: owner}
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	err = Start(cmd, syscall.SIGKILL)
	if err == nil {
		err = cmd.Wait()
	}
	if err != nil {
		return fmt.Errorf("running initdb: %w\n%s", err, output.Bytes())
	}
	return nil
}

// postmasterReady reads what pg_ctl reads: the postmaster notes its id in the
// first line of its pid file and its state in the eighth. After a kill the file
// of the dead one is still there.
func postmasterReady(data string, pid int) error {
	text, err := os.ReadFile(filepath.Join(data, "postmaster.pid"))
	if err != nil {
		return err
	}
	lines := strings.Split(string(text), "\n")
	if len(lines) < 8 || lines[0] != strconv.Itoa(pid) || strings.TrimSpace(lines[7]) != "ready" {
		return errors.New("it is still starting up")
	}
	return nil
}
