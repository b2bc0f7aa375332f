package progress

import (
	"bytes"
	"errors"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// show runs two steps at the same time on an output of a width, and returns what it has printed.
func show(t *testing.T, width int) string {
	t.Helper()
	var out bytes.Buffer
	p := &Printer{out: &out, width: func() int { return width }}
	done := make(chan error)
	go func() {
		done <- p.Step("Building", func(report func(string)) error {
			report("3 packages")
			time.Sleep(100 * time.Second)
			return nil
		})
	}()
	require.NoError(t, p.Step("Finding", func(func(string)) error { return nil }))
	require.Error(t, p.Step("Downloading", func(func(string)) error {
		time.Sleep(5 * time.Second)
		return errors.New("no network")
	}))
	p.Note("A note")
	require.NoError(t, <-done)
	return out.String()
}

func TestStep_PrintsFewLines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		lines := strings.Split(strings.TrimSpace(show(t, 0)), "\n")
		assert.ElementsMatch(t, []string{
			"Building, 3 packages …", "Downloading …", "Downloading: failed after 5s", "A note",
			"Building, 3 packages, 62s …", "Building: done after 100s",
		}, lines)
	})
}

func TestStep_RewritesOneLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		printed := show(t, 40)
		assert.Equal(t, 3, strings.Count(printed, "\n"), "the ends and the note")
		assert.Contains(t, printed, " · ", "both steps")
		for line := range strings.SplitSeq(printed, "\r\033[K") {
			assert.Less(t, len([]rune(strings.TrimSpace(line))), 40, line)
		}
	})
}
