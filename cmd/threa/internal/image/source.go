package image

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Source is what an image is built from.
type Source struct {
	Folder     string // the build context
	Dockerfile string // path of the Dockerfile, absolute or relative to the folder
	// Dirty allows changes that are not committed.
	Dirty bool
}

func (s Source) dockerfile() string {
	if filepath.IsAbs(s.Dockerfile) {
		return s.Dockerfile
	}
	return filepath.Join(s.Folder, s.Dockerfile)
}

// Check returns an error if the Dockerfile does not exist.
func (s Source) Check() error {
	if _, err := os.Stat(s.dockerfile()); err == nil {
		return nil
	}
	matches, _ := filepath.Glob(filepath.Join(s.Folder, "Dockerfile*")) // fails only for a wrong pattern
	if len(matches) == 0 {
		return fmt.Errorf("%s does not exist. Name the folder of your app and its Dockerfile: "+
			"go run ./cmd/threa deploy --context ../threa --file Dockerfile", s.dockerfile())
	}
	return fmt.Errorf("%s does not exist, but %s does: go run ./cmd/threa deploy --context %s --file %s",
		s.dockerfile(), matches[0], s.Folder, filepath.Base(matches[0]))
}

// Tag returns the tag of the image: the last commit that changed the folder, and the architecture. It is also the tag
// that the workflow deploy.yml gives the image, so that neither builds what the other has pushed. Changes that are not
// committed are an error. With Dirty, they add the time, so that each such build has its own tag.
func (s Source) Tag(ctx context.Context, architecture string, now time.Time) (string, error) {
	commit, err := s.git(ctx, "log", "-1", "--format=%H", "--", ".", s.Dockerfile)
	if err != nil {
		return "", err
	}
	if commit == "" {
		return "", fmt.Errorf("no commit contains %s. The image is named after its commit, so commit the app first", s.Folder)
	}
	changes, err := s.git(ctx, "status", "--porcelain", "--", ".", s.Dockerfile)
	if err != nil {
		return "", err
	}
	switch {
	case changes == "":
		return commit + "-" + architecture, nil
	case s.Dirty:
		return fmt.Sprintf("%s-dirty-%s-%s", commit, now.UTC().Format("20060102T150405Z"), architecture), nil
	}
	return "", fmt.Errorf("%s has changes that are not committed:\n%s\nThe image is named after its commit. Commit the "+
		"changes, or use --dirty to deploy them under a tag with the time", s.Folder, changes)
}

// git runs git in the folder and returns its output without the line end.
func (s Source) git(ctx context.Context, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, "git", append([]string{"-C", s.Folder}, args...)...).Output()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return "", fmt.Errorf("find the commit of %s: git %s: %w\n%s", s.Folder, args[0], err, exit.Stderr)
	}
	if err != nil {
		return "", fmt.Errorf("find the commit of %s: %w", s.Folder, err)
	}
	return strings.TrimRight(string(out), "\n"), nil
}
