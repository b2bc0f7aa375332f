// Package jq provides the tests of the workflows' scripts with jq on machines that have none: GitHub's have it.
package jq

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Install puts jq into a folder if the machine has none: gojq, in the version of tools/jq below the project's folder.
func Install(project, folder string) error {
	if _, err := exec.LookPath("jq"); err == nil {
		return nil
	}
	build := exec.Command("go", "tool", "-n", "gojq") // prints the path of the binary in Go's cache
	build.Dir, build.Env = filepath.Join(project, "tools", "jq"), append(os.Environ(), "GOWORK=off")
	path, err := build.Output()
	if err == nil {
		err = os.Symlink(strings.TrimSpace(string(path)), filepath.Join(folder, "jq"))
	}
	if err != nil {
		return fmt.Errorf("build jq: %w", err)
	}
	return nil
}
