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

// holder is what a file of the local AWS says of the process that wrote it.
type holder struct {
	PID int
	URL string
}

func (s *sandbox) process(t *testing.T, file string) holder {
	t.Helper()
	p, err := s.readProcess(file)
	require.NoError(t, err)
	return p
}

func (s *sandbox) readProcess(file string) (p holder, err error) {
	text, err := os.ReadFile(filepath.Join(s.folder, file))
	if err == nil {
		err = json.Unmarshal(text, &p)
	}
	return p, err
}

func TestABusyPortIsOneClearMessage(t *testing.T) {
	t.Parallel()
	first := newSandbox(t, root)
	first.must(t, "preview")
	url := first.process(t, "local-aws.json").URL
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
