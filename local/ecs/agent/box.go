//go:build linux

package agent

import (
	"context"
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"threa-infra/local/ecs/sandbox"
)

// The folders within Task.Directory.
const (
	volumesFolder    = "volumes"
	containersFolder = "containers"
)

// healthOutput is how much of the output of a health check is kept, in bytes: as much as Docker keeps.
const healthOutput = 4096

// sandboxes is the Runtime that runs every container in a sandbox.
type sandboxes struct {
	task    *Task
	printer *Printer
}

// NewRuntime returns a runtime that runs the task's containers in sandboxes and prints their output.
func NewRuntime(task *Task, printer *Printer) Runtime { return &sandboxes{task, printer} }

// sandboxed is a container that runs in a sandbox.
type sandboxed struct {
	*sandbox.Process
	root   sandbox.Root
	box    sandbox.Box
	output *lineWriter
}

// Start implements Runtime.
func (s *sandboxes) Start(ctx context.Context, c *types.ContainerDefinition) (Process, error) {
	box, err := s.task.box(c)
	if err != nil {
		return nil, err
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p := &sandboxed{root: s.task.Root, box: box, output: s.printer.lines(aws.ToString(c.Name))}
	box.Output, box.Init = p.output, c.LinuxParameters != nil && aws.ToBool(c.LinuxParameters.InitProcessEnabled)
	if p.Process, err = s.task.Root.Start(box, program(c, s.task.Images[aws.ToString(c.Image)])...); err != nil {
		return nil, err
	}
	return p, nil
}

// Wait implements Process.
func (p *sandboxed) Wait() int {
	code := p.Process.Wait()
	p.output.Close()
	return code
}

// Exec implements Process. It runs the command in another box with the same files.
func (p *sandboxed) Exec(ctx context.Context, command []string) (code int, output string, err error) {
	code, output, err = p.root.Run(ctx, p.box, command...)
	return code, output[max(0, len(output)-healthOutput):], err
}

// Prepare empties the task's folder and creates its volumes.
func (t *Task) Prepare() error {
	if err := t.Clean(); err != nil {
		return err
	}
	for _, v := range t.Volumes {
		if err := os.MkdirAll(t.volume(v.Name), 0o755); err != nil {
			return fmt.Errorf("create volume %s: %w", aws.ToString(v.Name), err)
		}
	}
	return nil
}

// Clean removes all that containers wrote.
func (t *Task) Clean() error {
	for _, name := range []string{volumesFolder, containersFolder} {
		if err := os.RemoveAll(filepath.Join(t.Directory, name)); err != nil {
			return fmt.Errorf("empty the task's folder: %w", err)
		}
	}
	return nil
}

func (t *Task) volume(name *string) string {
	return filepath.Join(t.Directory, volumesFolder, aws.ToString(name))
}

// box creates the files of a container and returns its sandbox.
func (t *Task) box(c *types.ContainerDefinition) (box sandbox.Box, err error) {
	image, isLocked := t.Images[aws.ToString(c.Image)], aws.ToBool(c.ReadonlyRootFilesystem)
	own := filepath.Join(t.Directory, containersFolder, aws.ToString(c.Name))
	box = sandbox.Box{
		Layer: filepath.Join(own, "root"), Directory: path.Join("/", image.WorkDir), Mounts: slices.Clone(image.Mounts),
	}
	if box.UID, box.GID, err = user(c, image); err != nil {
		return box, err
	}
	if directory := aws.ToString(c.WorkingDirectory); directory != "" {
		box.Directory = path.Join("/", directory)
	}
	box.ReadOnly = box.UID != 0 || isLocked // all files in it belong to root
	box.Environment = environment(c, image, box.UID)
	if err := t.createRootFiles(box.Layer, image, box.Directory); err != nil {
		return box, err
	}
	scratch := filepath.Join(own, "tmp")
	if err := os.MkdirAll(scratch, 0o755); err != nil {
		return box, fmt.Errorf("create /tmp: %w", err)
	}
	box.Mounts = append(box.Mounts, sandbox.Mount{Source: scratch, Target: "/tmp", Writable: !isLocked})
	if image.Directory != "" {
		files := filepath.Join(own, "image")
		if err := os.CopyFS(files, os.DirFS(image.Directory)); err != nil {
			return box, fmt.Errorf("copy the files of image %s: %w", aws.ToString(c.Image), err)
		}
		box.Mounts = append(box.Mounts, sandbox.Mount{
			Source: files, Target: image.WorkDir, Writable: !isLocked,
		})
	}
	for _, m := range c.MountPoints {
		source := t.volume(m.SourceVolume)
		info, err := os.Stat(source)
		if err != nil {
			return box, fmt.Errorf("inspect volume %s: %w", aws.ToString(m.SourceVolume), err)
		}
		writable := box.UID == 0 || info.Mode().Perm()&0o002 != 0 // volumes belong to root
		box.Mounts = append(box.Mounts, sandbox.Mount{
			Source: source, Target: path.Clean(*m.ContainerPath), Writable: writable && !aws.ToBool(m.ReadOnly),
		})
	}
	slices.SortStableFunc(box.Mounts, func(a, b sandbox.Mount) int { // outer folders first
		return strings.Count(a.Target, "/") - strings.Count(b.Target, "/")
	})
	return box, nil
}

// createRootFiles writes the few files that programs expect in /etc, and creates the working directory.
func (t *Task) createRootFiles(layer string, image Image, directory string) error {
	for _, folder := range []string{"etc", "root", directory} {
		if err := os.MkdirAll(filepath.Join(layer, folder), 0o755); err != nil {
			return fmt.Errorf("create /%s: %w", strings.TrimPrefix(folder, "/"), err)
		}
	}
	hosts := "127.0.0.1 localhost\n::1 localhost\n"
	for _, name := range slices.Sorted(maps.Keys(t.Hosts)) {
		hosts += t.Hosts[name] + " " + name + "\n"
	}
	users, groups := "root:x:0:0:root:/root:/bin/sh\n", "root:x:0:\n"
	if image.UID != 0 {
		users += fmt.Sprintf("app:x:%d:%d:app:/:/bin/sh\n", image.UID, image.GID)
	}
	if image.GID != 0 {
		groups += fmt.Sprintf("app:x:%d:\n", image.GID)
	}
	for name, content := range map[string]string{
		"hosts": hosts, "passwd": users, "group": groups, "nsswitch.conf": "hosts: files dns\n",
	} {
		if err := os.WriteFile(filepath.Join(layer, "etc", name), []byte(content), 0o644); err != nil {
			return fmt.Errorf("write /etc/%s: %w", name, err)
		}
	}
	return nil
}

// environment returns the variables of the image, then of the definition, with HOME as Docker sets it.
func environment(c *types.ContainerDefinition, image Image, uid int) []string {
	values := map[string]string{"HOME": "/"}
	if uid == 0 {
		values["HOME"] = "/root"
	}
	for _, v := range image.Environment {
		name, value, _ := strings.Cut(v, "=")
		values[name] = value
	}
	for _, v := range c.Environment {
		values[aws.ToString(v.Name)] = aws.ToString(v.Value)
	}
	var environment []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		environment = append(environment, name+"="+values[name])
	}
	return environment
}
