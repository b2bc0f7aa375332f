package e2e

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// processInfo describes a process of the local AWS, as its file says.
type processInfo struct {
	PID int
	URL string
}

func (s *sandbox) processInfo(t *testing.T, file string) processInfo {
	t.Helper()
	p, err := s.readProcess(file)
	require.NoError(t, err)
	return p
}

func (s *sandbox) readProcess(file string) (p processInfo, err error) {
	text, err := os.ReadFile(filepath.Join(s.folder, file))
	if err == nil {
		err = json.Unmarshal(text, &p)
	}
	return p, err
}

func TestLocalAWS_ReportsBusyPort(t *testing.T) {
	t.Parallel()
	first := newSandbox(t, root)
	first.must(t, "preview")
	url := first.processInfo(t, "local-aws.json").URL
	port := url[strings.LastIndex(url, ":")+1:]

	second := newSandbox(t, root)
	cmd := second.command("preview")
	cmd.Env = append(cmd.Env, "THREA_LOCAL_PORT="+port)
	out, code := second.finish(cmd)
	assert.NotZero(t, code)
	assert.Contains(t, out, port)
	assert.Contains(t, out, "THREA_LOCAL_PORT")
	assert.NotContains(t, out, "goroutine")
}
