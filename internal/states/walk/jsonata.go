package walk

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Evaluator fills templates with the values of their expressions. It may be used by several goroutines at once.
type Evaluator struct {
	mu      sync.Mutex
	ask     io.Writer
	answers *bufio.Reader
}

type question struct {
	Template  any            `json:"template"`
	Variables map[string]any `json:"variables"`
	Now       int64          `json:"now"` // milliseconds since 1970
}

type answer struct {
	Value   any    `json:"value"`
	Problem string `json:"problem"`
}

// NewEvaluator starts one that ends with the test. Node.js and the modules of tools/jsonata must be there.
func NewEvaluator(t testing.TB) *Evaluator {
	t.Helper()
	folder := filepath.Join(root(t), "tools", "jsonata")
	require.DirExists(t, filepath.Join(folder, "node_modules"), "install it: npm ci --prefix tools/jsonata --ignore-scripts")
	process := exec.Command("node", filepath.Join(folder, "evaluate.mjs"))
	process.Stderr = os.Stderr
	in, err := process.StdinPipe()
	require.NoError(t, err)
	out, err := process.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, process.Start(), "expressions need Node.js 20 or later")
	t.Cleanup(func() {
		_ = in.Close() // it reads to the end and exits
		require.NoError(t, process.Wait())
	})
	return &Evaluator{ask: in, answers: bufio.NewReader(out)}
}

// root is the folder of go.mod, above the test's own.
func root(t testing.TB) string {
	t.Helper()
	folder, err := os.Getwd()
	require.NoError(t, err)
	for {
		if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
			return folder
		}
		require.NotEqual(t, filepath.Dir(folder), folder, "no go.mod above this test")
		folder = filepath.Dir(folder)
	}
}

// fill evaluates the expressions of a template.
func (e *Evaluator) fill(template any, variables map[string]any, now time.Time) (any, error) {
	text, err := json.Marshal(question{template, variables, now.UnixMilli()})
	if err != nil {
		return nil, fmt.Errorf("write the question: %w", err)
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, err := e.ask.Write(append(text, '\n')); err != nil {
		return nil, fmt.Errorf("ask: %w", err)
	}
	line, err := e.answers.ReadBytes('\n')
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	var a answer
	if err := json.Unmarshal(line, &a); err != nil {
		return nil, fmt.Errorf("read the answer %s: %w", line, err)
	}
	if a.Problem != "" {
		return nil, &Failure{Name: "States.QueryEvaluationError", Cause: a.Problem}
	}
	return a.Value, nil
}
