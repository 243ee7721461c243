package servers

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/minio/minio-go/v7"
	"github.com/minio/minio-go/v7/pkg/credentials"
)

// The S3 server is built from its source outside go.mod, once for each version,
// into .tools at the top of the checkout.
const (
	versity        = "github.com/versity/versitygw/cmd/versitygw"
	versityVersion = "v1.8.0"
)

// Bucket is the bucket that an S3 server has from the start; Region is its region.
const (
	Bucket = "sekisho-test"
	Region = "us-east-1"
)

// S3 starts an S3 server (versitygw) that keeps its objects as files, with the
// empty bucket [Bucket]. The first time on a machine it builds that server,
// which takes a minute or two and the module proxy. Objects survive Kill with or
// without Durable.
func S3(Options) (*Server, error) {
	program, err := versityProgram()
	if err != nil {
		return nil, err
	}
	folder, err := newFolder("s3", nil)
	if err != nil {
		return nil, err
	}
	objects, sidecar := filepath.Join(folder.path, "objects"), filepath.Join(folder.path, "sidecar")
	if err := errors.Join(os.Mkdir(objects, 0o700), os.Mkdir(sidecar, 0o700)); err != nil {
		folder.remove()
		return nil, fmt.Errorf("making a folder for a server: %w", err)
	}
	s := &Server{
		Key:    randomWord(),
		Secret: randomWord(),
		folder: folder,
		bye:    syscall.SIGTERM,
		orphan: syscall.SIGKILL,
	}
	s.env = []string{"ROOT_ACCESS_KEY_ID=" + s.Key, "ROOT_SECRET_ACCESS_KEY=" + s.Secret}
	s.argv = func() []string {
		return []string{
			program, "--port", s.address(), "--region", Region, "--quiet", "--keep-alive",
			// Metadata in files: not every file system has extended attributes.
			"posix", "--sidecar", sidecar, objects,
		}
	}
	s.ready = s.makeBucket
	if err := s.launch(); err != nil {
		return nil, err
	}
	s.URL = fmt.Sprintf("s3://%s?endpoint=http://%s&region=%s", Bucket, s.address(), Region)
	return s, nil
}

// makeBucket proves that the server answers a signed request, and makes the
// bucket unless it is there.
func (s *Server) makeBucket(ctx context.Context) error {
	client, err := minio.New(s.address(), &minio.Options{
		Creds:      credentials.NewStaticV4(s.Key, s.Secret, ""),
		Region:     Region,
		MaxRetries: 1,
	})
	if err != nil {
		return err
	}
	there, err := client.BucketExists(ctx, Bucket)
	if err != nil || there {
		return err
	}
	return client.MakeBucket(ctx, Bucket, minio.MakeBucketOptions{Region: Region})
}

// versityProgram gives the path of the S3 server, after building it if need be.
// Of several processes at once one builds.
func versityProgram() (string, error) {
	top, err := checkout()
	if err != nil {
		return "", err
	}
	folder := filepath.Join(top, ".tools", "versitygw@"+versityVersion)
	program := filepath.Join(folder, "versitygw")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", fmt.Errorf("building the S3 server: %w", err)
	}
	lock, err := os.OpenFile(filepath.Join(folder, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return "", fmt.Errorf("building the S3 server: %w", err)
	}
	defer lock.Close()
	if err := syscall.Flock(int(lock.Fd()), syscall.LOCK_EX); err != nil {
		return "", fmt.Errorf("building the S3 server: %w", err)
	}
	if _, err := os.Stat(program); err == nil {
		return program, nil
	}

	fmt.Fprintf(os.Stderr, "building the S3 server for the tests, once: %s@%s\n", versity, versityVersion)
	cmd := exec.Command("go", "install", versity+"@"+versityVersion)
	cmd.Env = append(os.Environ(), "GOBIN="+folder, "GOFLAGS=")
	if output, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("building the S3 server: %w\n%s", err, output)
	}
	return program, nil
}

// checkout finds the top of the checkout: tests run in the folder of their
// package.
func checkout() (string, error) {
	folder, err := os.Getwd()
	if err != nil {
		return "", fmt.Errorf("finding the checkout: %w", err)
	}
	for {
		text, err := os.ReadFile(filepath.Join(folder, "go.mod"))
		if err == nil && strings.HasPrefix(string(text), "module sekisho\n") {
			return folder, nil
		}
		if folder == filepath.Dir(folder) {
			return "", errors.New("finding the checkout: no go.mod of sekisho above the current folder")
		}
		folder = filepath.Dir(folder)
	}
}

// randomWord gives a password that nobody guesses and every URL takes.
func randomWord() string { return strings.ToLower(rand.Text()) }
