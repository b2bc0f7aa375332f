//go:build linux

package stores

import (
	"context"
	"fmt"
	"os"

	"threa-infra/local/ecs/sandbox"
)

// primaryHome is where a standby sees the folder of the server that it follows, with its socket.
const primaryHome = "/primary"

// standby stands in for a read replica: a PostgreSQL of its own that follows another one and answers reads.
type standby struct {
	postgres
	follows *postgres
}

// prepare copies the primary once that serves. A copy knows the primary's users, passwords and rules of access.
func (s *standby) prepare(ctx context.Context) error {
	var port int
	select {
	case port = <-s.follows.serves:
	case <-ctx.Done():
		return ctx.Err()
	}
	s.programs = s.follows.programs
	s.mounts = append(s.mounts, s.follows.mounts...)
	s.mounts = append(s.mounts, sandbox.Mount{Source: s.follows.dir, Target: primaryHome, Writable: true})
	if err := os.MkdirAll(s.dir, 0o700); err != nil {
		return err
	}
	if err := s.certify(s.authority, s.spec.Replica); err != nil {
		return err
	}
	cmd, err := s.command(s.mounts, s.programs+"/pg_basebackup", "--pgdata", home+"/data", "--host", primaryHome,
		"--port", fmt.Sprint(port), "--username", administrator, "--write-recovery-conf", "--checkpoint", "fast", "--no-sync")
	if err != nil {
		return err
	}
	if _, err := run(ctx, cmd); err != nil {
		return fmt.Errorf("pg_basebackup: %w", err)
	}
	return nil
}

// fill has nothing to do: what is in the primary comes by itself.
func (s *standby) fill(context.Context, int) error { return nil }
