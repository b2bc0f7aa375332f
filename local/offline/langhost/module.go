package langhost

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"golang.org/x/mod/modfile"
)

// loadModule parses the go.mod of the program's folder or the nearest one above.
func loadModule(dir string) (*modfile.File, error) {
	for at := dir; ; at = filepath.Dir(at) {
		path := filepath.Join(at, "go.mod")
		data, err := os.ReadFile(path)
		switch {
		case err == nil:
			mod, err := modfile.Parse(path, data, nil)
			if err != nil {
				return nil, fmt.Errorf("read the program's modules: %w", err)
			}
			return mod, nil
		case !os.IsNotExist(err):
			return nil, fmt.Errorf("read the program's modules: %w", err)
		case at == filepath.Dir(at):
			return nil, fmt.Errorf("no go.mod in %s or above", dir)
		}
	}
}

// packages derives a provider plugin from each module like github.com/pulumi/pulumi-aws/sdk/v6.
func packages(mod *modfile.File) []*pulumirpc.PackageDependency {
	var found []*pulumirpc.PackageDependency
	for _, r := range mod.Require {
		rest, ok := strings.CutPrefix(r.Mod.Path, "github.com/pulumi/pulumi-")
		name, _, isSDK := strings.Cut(rest, "/sdk")
		if !ok || !isSDK {
			continue
		}
		found = append(found, &pulumirpc.PackageDependency{
			Name: name, Kind: "resource", Version: r.Mod.Version,
		})
	}
	return found
}

// dependencies lists the required modules. A replaced module has no version to speak of.
func dependencies(mod *modfile.File, transitive bool) []*pulumirpc.DependencyInfo {
	replaced := map[string]bool{}
	for _, r := range mod.Replace {
		replaced[r.Old.Path] = true
	}
	var found []*pulumirpc.DependencyInfo
	for _, r := range mod.Require {
		if r.Indirect && !transitive {
			continue
		}
		version := r.Mod.Version
		if replaced[r.Mod.Path] {
			version = ""
		}
		found = append(found, &pulumirpc.DependencyInfo{Name: r.Mod.Path, Version: version})
	}
	return found
}
