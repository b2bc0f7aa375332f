package agent

import (
	"fmt"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"threa-infra/local/ecs/sandbox"
)

// The folders within Task.Directory.
const (
	volumesFolder    = "volumes"
	containersFolder = "containers"
)

// Prepare empties the task's folder and makes its volumes, which are empty.
func (t *Task) Prepare() error {
	if err := t.Clean(); err != nil {
		return err
	}
	for _, name := range t.Volumes {
		if err := os.MkdirAll(t.volume(name), 0o755); err != nil {
			return fmt.Errorf("make the volume %s: %w", name, err)
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

func (t *Task) volume(name string) string { return filepath.Join(t.Directory, volumesFolder, name) }

// box makes what a container sees: its own files, then the image's and the task's folders, outer ones first.
func (t *Task) box(c *Container) (sandbox.Box, error) {
	image := t.Images[c.Image]
	uid, gid, err := user(c, image)
	if err != nil {
		return sandbox.Box{}, err
	}
	own := filepath.Join(t.Directory, containersFolder, c.Name)
	box := sandbox.Box{
		UID: uid, GID: gid, Layer: filepath.Join(own, "root"),
		ReadOnly:    uid != 0 || c.ReadonlyRootFilesystem, // all in it is root's
		Directory:   workDir(c, image),
		Environment: t.environment(c, image, uid),
		Init:        c.LinuxParameters.InitProcessEnabled,
		Mounts:      slices.Clone(image.Mounts),
	}
	if err := t.fill(box.Layer, image, box.Directory); err != nil {
		return sandbox.Box{}, err
	}
	scratch := filepath.Join(own, "tmp")
	if err := os.MkdirAll(scratch, 0o755); err != nil {
		return sandbox.Box{}, fmt.Errorf("make /tmp: %w", err)
	}
	box.Mounts = append(box.Mounts, sandbox.Mount{Source: scratch, Target: "/tmp", Writable: !c.ReadonlyRootFilesystem})
	if image.Directory != "" {
		files := filepath.Join(own, "image")
		if err := os.CopyFS(files, os.DirFS(image.Directory)); err != nil {
			return sandbox.Box{}, fmt.Errorf("copy the files of the image %s: %w", c.Image, err)
		}
		box.Mounts = append(box.Mounts, sandbox.Mount{Source: files, Target: image.WorkDir, Writable: !c.ReadonlyRootFilesystem})
	}
	for _, m := range c.MountPoints {
		source := t.volume(m.SourceVolume)
		writable, err := mayWrite(source, uid)
		if err != nil {
			return sandbox.Box{}, err
		}
		box.Mounts = append(box.Mounts, sandbox.Mount{Source: source, Target: path.Clean(m.ContainerPath), Writable: writable && !m.ReadOnly})
	}
	slices.SortStableFunc(box.Mounts, func(a, b sandbox.Mount) int { return strings.Count(a.Target, "/") - strings.Count(b.Target, "/") })
	return box, nil
}

// mayWrite tells whether a user may write to a volume. Volumes belong to root.
func mayWrite(volume string, uid int) (bool, error) {
	info, err := os.Stat(volume)
	if err != nil {
		return false, fmt.Errorf("look at the volume: %w", err)
	}
	return uid == 0 || info.Mode().Perm()&0o002 != 0, nil
}

// fill writes the few files that programs expect below /etc, and makes the working directory.
func (t *Task) fill(layer string, image Image, directory string) error {
	for _, folder := range []string{"etc", "root", directory} {
		if err := os.MkdirAll(filepath.Join(layer, folder), 0o755); err != nil {
			return fmt.Errorf("make /%s: %w", strings.TrimPrefix(folder, "/"), err)
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

func workDir(c *Container, image Image) string {
	switch {
	case c.WorkingDirectory != "":
		return path.Clean(c.WorkingDirectory)
	case image.WorkDir != "":
		return path.Clean(image.WorkDir)
	}
	return "/"
}

// environment is the image's, then the definition's, then the secrets; HOME as Docker sets it.
func (t *Task) environment(c *Container, image Image, uid int) []string {
	all := map[string]string{"HOME": "/"}
	if uid == 0 {
		all["HOME"] = "/root"
	}
	for _, v := range image.Environment {
		name, value, _ := strings.Cut(v, "=")
		all[name] = value
	}
	for _, v := range c.Environment {
		all[v.Name] = v.Value
	}
	for _, s := range c.Secrets {
		all[s.Name] = t.Secrets[c.Name][s.Name]
	}
	var list []string
	for _, name := range slices.Sorted(maps.Keys(all)) {
		list = append(list, name+"="+all[name])
	}
	return list
}
