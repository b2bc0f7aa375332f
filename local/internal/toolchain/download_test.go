package toolchain

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"crypto/sha1" //nolint:gosec // as in download.go
	"crypto/sha256"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// archive returns a tar.gz with one executable file.
func archive(t *testing.T, name string) []byte {
	t.Helper()
	var packed bytes.Buffer
	zipped := gzip.NewWriter(&packed)
	files := tar.NewWriter(zipped)
	require.NoError(t, files.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o755, Size: 4}))
	_, err := files.Write([]byte("tool"))
	require.NoError(t, err)
	require.NoError(t, files.Close())
	require.NoError(t, zipped.Close())
	return packed.Bytes()
}

// serve serves files by their paths as Pulumi's releases, and returns the toolchain that uses them.
func serve(t *testing.T, files map[string][]byte) *Toolchain {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		text, ok := files[r.URL.Path[1:]]
		if !ok {
			http.NotFound(w, r)
		}
		_, _ = w.Write(text)
	}))
	t.Cleanup(server.Close)
	tools, _ := withHome(t)
	tools.releases = server.URL
	t.Setenv("PATH", t.TempDir())
	return tools
}

func TestCLI_IsDownloaded(t *testing.T) {
	cli := archive(t, "pulumi/pulumi")
	files := map[string][]byte{}
	tools := serve(t, files)
	r := tools.cliRelease()
	files[r.archive] = cli
	files[r.sums] = fmt.Appendf(nil, "%x  other.tar.gz\n%x  %s\n", 1, sha256.Sum256(cli), filepath.Base(r.archive))
	for range 2 {
		path, err := tools.CLI(t.Context())
		require.NoError(t, err)
		info, err := os.Stat(path)
		require.NoError(t, err)
		assert.NotZero(t, info.Mode()&0o100, "executable")
		clear(files) // it is downloaded once
	}
}

func TestPlugin_IsDownloaded(t *testing.T) {
	plugin := archive(t, awsPlugin)
	files := map[string][]byte{}
	tools := serve(t, files)
	r := tools.pluginRelease()
	files[r.archive] = plugin
	files[r.sums] = fmt.Appendf(nil, "%x  ./%s\n", sha1.Sum(plugin), filepath.Base(r.archive)) //nolint:gosec // as above
	files[tools.cliRelease().sums] = nil
	require.NoError(t, tools.findProvider(t.Context()))
	require.True(t, tools.downloadable)
	require.NoError(t, tools.download(t.Context()))
	assert.Equal(t, tools.installed(), tools.official)
	assert.FileExists(t, tools.official)
}

func TestFetch_KeepsNothingWrong(t *testing.T) {
	good := archive(t, "pulumi/pulumi")
	for want, c := range map[string]struct{ archive, sum string }{
		"its checksum is":                     {string(good), fmt.Sprintf("%064d", 1)},
		"unexpected EOF":                      {string(good[:20]), fmt.Sprintf("%064d", 1)},
		"path escapes":                        {string(archive(t, "../pulumi")), fmt.Sprintf("%064d", 1)},
		"pulumi-3.259.0-checksums.txt has no": {string(good), ""},
		"checksums.txt: 404 Not Found":        {string(good), "none"},
		"gzip: invalid header":                {"<html>the page of a proxy</html>", fmt.Sprintf("%064d", 1)},
	} {
		files := map[string][]byte{}
		tools := serve(t, files)
		r := tools.cliRelease()
		files[r.archive] = []byte(c.archive)
		if c.sum != "none" {
			files[r.sums] = []byte(c.sum + "  " + filepath.Base(r.archive))
		}
		folder := filepath.Join(t.TempDir(), "new")
		err := tools.cached(folder, "Downloading", func(work string, report reporter) error {
			return tools.fetch(t.Context(), r, work, report)
		})
		require.ErrorContains(t, err, want)
		assert.NoFileExists(t, folder)
		assert.NoFileExists(t, filepath.Join(filepath.Dir(folder), "pulumi"))
	}
}

// TestReach_GivesUpQuickly has a server that accepts connections and never answers, as behind some firewalls.
func TestReach_GivesUpQuickly(t *testing.T) {
	release := make(chan struct{})
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-release }))
	defer server.Close()
	defer close(release)
	tools, _ := withHome(t)
	tools.releases = server.URL
	start := time.Now()
	assert.False(t, tools.reach(t.Context()))
	assert.Less(t, time.Since(start), 10*reachTimeout)
	tools.releases = ""
	assert.False(t, tools.reach(t.Context()), "it asks once")
}
