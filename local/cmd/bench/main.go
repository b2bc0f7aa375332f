// Command bench measures this program on the local AWS: the real engine, the real AWS provider and an emulated AWS. It
// prints the duration of each command, the AWS calls that it makes, and its memory. If terraform is installed, it also
// measures a Terraform configuration of the same app.
//
//	make bench
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"threa-infra/local/workspace"
)

// latency is the time by which the local AWS delays each call in the second half, as the real AWS does.
const latency = 80 * time.Millisecond

func main() {
	runs := flag.Int("runs", 3, "runs of each preview, of which the median counts")
	configuration := flag.String("terraform", "local/e2e/testdata/terraform",
		"folder with the Terraform configuration to compare with; empty for none")
	unit := flag.Bool("unit", true, "measure the unit tests, too")
	byName := flag.Bool("calls", false, "print each command's AWS calls by name")
	flag.Parse()
	ctx, cancel := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	b := &bench{ctx: ctx, runs: *runs, byName: *byName}
	err := b.run(*configuration, *unit)
	cancel()
	if err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

type bench struct {
	ctx     context.Context //nolint:containedctx // of the only run
	runs    int
	byName  bool
	systems []*system
	results map[string][]*result // by the name of a row, one for each latency and system
}

func (b *bench) run(configuration string, unit bool) error {
	wd, err := os.Getwd()
	if err != nil {
		return fmt.Errorf("find the project: %w", err)
	}
	work, err := workspace.Find(wd)
	if err != nil {
		return err
	}
	folder, err := os.MkdirTemp("", "threa-bench-")
	if err != nil {
		return fmt.Errorf("create a folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(folder) }()
	defer b.stop()
	if err := b.prepare(work.Root, folder, configuration); err != nil {
		return err
	}
	b.results = map[string][]*result{}
	for _, delay := range []time.Duration{0, latency} {
		if err := b.measure(delay); err != nil {
			return err
		}
	}
	b.print()
	if !unit {
		return nil
	}
	return b.timeTests(work.Root)
}

// prepare builds the launcher, starts a local AWS for each system, and installs what they need.
func (b *bench) prepare(root, folder, configuration string) error {
	note("Preparing ...")
	launcher := filepath.Join(folder, "local")
	build := exec.CommandContext(b.ctx, "go", "build", "-o", launcher, "./local")
	build.Dir = root
	if _, err := output(build, nil); err != nil {
		return err
	}
	program, err := newPulumi(b.ctx, root, launcher, filepath.Join(folder, "pulumi"))
	if err != nil {
		return err
	}
	b.systems = append(b.systems, program)
	if terraform, _ := exec.LookPath("terraform"); terraform == "" || configuration == "" {
		note("No comparison with Terraform: it is not installed, or no configuration is given.")
		return nil
	}
	compared, err := newTerraform(b.ctx, program, filepath.Join(root, configuration), filepath.Join(folder, "terraform"))
	if err != nil {
		return err
	}
	b.systems = append(b.systems, compared)
	return nil
}

// measure runs a whole life of the stack at a latency: previews, up, previews, destroy.
func (b *bench) measure(delay time.Duration) error {
	note("Measuring with %v per AWS call ...", delay)
	for _, s := range b.systems {
		if err := s.delay(b.ctx, delay); err != nil {
			return err
		}
	}
	for _, r := range rows {
		measure := b.inTurn
		if r.once {
			measure = b.together
		}
		if err := measure(r); err != nil {
			return err
		}
	}
	return nil
}

// stop stops the local AWS of each system.
func (b *bench) stop() {
	for _, s := range b.systems {
		s.stop()
	}
}

// timeTests times the unit tests of the root module, without results of earlier runs. A first pass runs no test, so
// that the time contains no compilation.
func (b *bench) timeTests(root string) error {
	note("\nMeasuring the unit tests ...")
	var start time.Time
	for _, tests := range []string{"^$", "."} {
		cmd := exec.CommandContext(b.ctx, "go", "test", "-count=1", "-run", tests, "./...")
		cmd.Dir = root
		start = time.Now()
		if _, err := output(cmd, nil); err != nil {
			return err
		}
	}
	fmt.Printf("Unit tests of the root module, already compiled, without cached results: %s s\n",
		seconds(time.Since(start)))
	return nil
}

func note(format string, values ...any) { fmt.Fprintf(os.Stderr, format+"\n", values...) }
