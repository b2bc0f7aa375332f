package toolchain

import (
	"archive/tar"
	"bufio"
	"compress/gzip"
	"context"
	"crypto/sha1" //nolint:gosec // Pulumi publishes SHA-1 checksums of its plugins
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

const (
	// releases is where Pulumi publishes its CLI and its plugins.
	releases = "https://get.pulumi.com/releases"

	reachTimeout = 3 * time.Second  // to connect and to answer
	stallTimeout = 30 * time.Second // without a byte
)

// release is an archive that Pulumi publishes, and the file with its checksum.
type release struct{ archive, sums string }

func (t *Toolchain) cliRelease() release {
	arch := map[string]string{"amd64": "x64"}[runtime.GOARCH]
	if arch == "" {
		arch = runtime.GOARCH
	}
	return release{
		archive: fmt.Sprintf("sdk/pulumi-%s-%s-%s.tar.gz", t.sdkVersion, runtime.GOOS, arch),
		sums:    fmt.Sprintf("sdk/pulumi-%s-checksums.txt", strings.TrimPrefix(t.sdkVersion, "v")),
	}
}

func (t *Toolchain) pluginRelease() release {
	return release{
		archive: fmt.Sprintf("plugins/%s-%s-%s-%s.tar.gz", awsPlugin, t.awsVersion, runtime.GOOS, runtime.GOARCH),
		sums:    fmt.Sprintf("plugins/pulumi-aws_%s_checksums.txt", strings.TrimPrefix(t.awsVersion, "v")),
	}
}

// reach finds out once whether Pulumi's releases can be downloaded, and says so if they cannot.
func (t *Toolchain) reach(ctx context.Context) bool {
	t.reached.Do(func() {
		response, err := t.get(ctx, t.cliRelease().sums)
		if err == nil {
			_ = response.Body.Close()
			t.canReach = true
			return
		}
		if ctx.Err() == nil {
			t.Print.Note("Pulumi's CLI and AWS plugin are built from source, because they cannot be downloaded: %v", err)
		}
	})
	return t.canReach
}

var client = &http.Client{Transport: &http.Transport{
	Proxy: http.ProxyFromEnvironment, DialContext: (&net.Dialer{Timeout: reachTimeout}).DialContext,
	TLSHandshakeTimeout: reachTimeout, ResponseHeaderTimeout: reachTimeout,
}}

func (t *Toolchain) get(ctx context.Context, path string) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, t.releases+"/"+path, nil)
	if err != nil {
		return nil, fmt.Errorf("download %s: %w", path, err)
	}
	response, err := client.Do(request)
	if err != nil {
		return nil, err //nolint:wrapcheck // it names the URL
	}
	if response.StatusCode != http.StatusOK {
		_ = response.Body.Close()
		return nil, fmt.Errorf("download %s: %s", request.URL, response.Status)
	}
	return response, nil
}

// fetch downloads a release, checks it and unpacks it into a new folder. It reports its status.
func (t *Toolchain) fetch(ctx context.Context, r release, folder string, report func(string)) error {
	want, err := t.checksum(ctx, r)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	response, err := t.get(ctx, r.archive)
	if err != nil {
		return err
	}
	defer func() { _ = response.Body.Close() }()
	stall := time.AfterFunc(stallTimeout, func() { cancel(fmt.Errorf("no data for %s", stallTimeout)) })
	defer stall.Stop()

	sum := sha256.New()
	if len(want) == hex.EncodedLen(sha1.Size) {
		sum = sha1.New() //nolint:gosec // as above
	}
	received := int64(0)
	body := io.TeeReader(response.Body, writerFunc(func(data []byte) {
		stall.Reset(stallTimeout)
		_, _ = sum.Write(data)
		received += int64(len(data))
		report(fmt.Sprintf("%d of %d MB", received>>20, max(received, response.ContentLength)>>20))
	}))
	err = untar(body, folder)
	if err == nil {
		_, err = io.Copy(io.Discard, body) // what follows the archive counts for the checksum
	}
	if cause := context.Cause(ctx); cause != nil {
		err = cause
	}
	if err != nil {
		return fmt.Errorf("download %s: %w", r.archive, err)
	}
	if got := hex.EncodeToString(sum.Sum(nil)); got != want {
		return fmt.Errorf("download %s: its checksum is %s, not %s", r.archive, got, want)
	}
	return nil
}

type writerFunc func([]byte)

func (f writerFunc) Write(data []byte) (int, error) {
	f(data)
	return len(data), nil
}

// checksum returns the published checksum of a release in hexadecimal digits.
func (t *Toolchain) checksum(ctx context.Context, r release) (string, error) {
	response, err := t.get(ctx, r.sums)
	if err != nil {
		return "", err
	}
	defer func() { _ = response.Body.Close() }()
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) == 2 && filepath.Base(fields[1]) == filepath.Base(r.archive) {
			return strings.ToLower(fields[0]), nil
		}
	}
	return "", errors.Join(fmt.Errorf("%s has no checksum of %s", r.sums, filepath.Base(r.archive)), lines.Err())
}

// untar unpacks the folders and the files of a tar.gz into a folder.
func untar(archive io.Reader, folder string) error {
	unzipped, err := gzip.NewReader(archive)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	root, err := os.OpenRoot(folder) // no name in the archive leads out of it
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()
	for files := tar.NewReader(unzipped); ; {
		header, err := files.Next()
		switch {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		case header.Typeflag != tar.TypeReg:
			continue
		}
		if err := root.MkdirAll(filepath.Dir(header.Name), 0o755); err != nil {
			return err
		}
		file, err := root.OpenFile(header.Name, os.O_CREATE|os.O_WRONLY|os.O_EXCL, header.FileInfo().Mode().Perm())
		if err != nil {
			return err
		}
		_, err = io.Copy(file, files) //nolint:gosec // Pulumi's own archives
		if err := errors.Join(err, file.Close()); err != nil {
			return err
		}
	}
}
