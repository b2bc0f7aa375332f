package recovery

import (
	"os/exec"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestAPreviewThatFailsSaysWhyAndNotItsJSON(t *testing.T) {
	_, err := Output(exec.CommandContext(t.Context(), "sh", "-c", `echo '{"config":{"a":"b"},"diagnostics":[
		{"severity":"info","message":"looking"},{"severity":"error","message":"threa:dbPassword is not set\\n"}]}'; echo "error: failed" >&2; exit 255`), nil)
	require.ErrorContains(t, err, "exit status 255\nthrea:dbPassword is not set\nerror: failed")
	assert.NotContains(t, err.Error(), "looking")
	assert.NotContains(t, err.Error(), "config")

	for _, answer := range []string{"no stack selected", `{"steps":[]}`} {
		_, err := Output(exec.CommandContext(t.Context(), "sh", "-c", "echo '"+answer+"'; exit 1"), nil)
		assert.ErrorContains(t, err, answer)
	}
}
