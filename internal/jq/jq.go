// Package jq provides the tests of the workflows' scripts with jq on machines that have none: GitHub's have it.
package jq

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// gojq has the path of the binary of tools/jq. A program asks Go only once, because Go takes a third of a second.
var gojq struct {
	sync.Once
	path string
	err  error
}

// Install puts jq into a folder if the machine has none: gojq, in the version of tools/jq below the project's folder.
func Install(project, folder string) error {
	if _, err := exec.LookPath("jq"); err == nil {
		return nil
	}
	gojq.Do(func() { gojq.path, gojq.err = build(project) })
	if gojq.err != nil {
		return gojq.err
	}
	if err := os.Symlink(gojq.path, filepath.Join(folder, "jq")); err != nil {
		return fmt.Errorf("install jq: %w", err)
	}
	return nil
}

// build returns the path of gojq in Go's cache, after building it if necessary.
func build(project string) (string, error) {
	tool := exec.Command("go", "tool", "-n", "gojq")
	tool.Dir, tool.Env = filepath.Join(project, "tools", "jq"), append(os.Environ(), "GOWORK=off")
	path, err := tool.Output()
	if err != nil {
		return "", fmt.Errorf("build jq: %w", err)
	}
	return strings.TrimSpace(string(path)), nil
}
