package shim

import (
	"slices"
	"strings"
)

// cacheVersions lists what each engine can be created with, newest last. The
// version in use without being asked for is the one in defaultVersions.
var cacheVersions = map[string][]string{
	"redis":  {"5.0", "6.0", "6.2", "7.0", "7.1"},
	"valkey": {"7.2", "8.0", "8.1", "8.2", "9.0"},
}

var defaultVersions = map[string]string{"redis": "7.1", "valkey": "8.0"}

// cacheVersion returns the full version, as a running node reports it, for what
// a configuration asks for.
func cacheVersion(engine, wanted string) (string, error) {
	versions, ok := cacheVersions[engine]
	if !ok {
		return "", badRequest("InvalidParameterValue", "The parameter Engine must be redis or valkey, got %q.", engine)
	}
	if wanted == "" {
		wanted = defaultVersions[engine]
	}
	parts := strings.Split(wanted, ".")
	if len(parts) == 1 || parts[1] == "x" {
		// "7" and "6.x" stand for the newest of their major version.
		for _, version := range versions {
			if major(version) == parts[0] {
				parts = strings.Split(version, ".")
			}
		}
	}
	if len(parts) < 2 || !slices.Contains(versions, parts[0]+"."+parts[1]) {
		return "", badRequest("InvalidParameterCombination", "Cannot find version %s for %s", wanted, engine)
	}
	if len(parts) == 2 {
		parts = append(parts, "0")
	}
	return strings.Join(parts, "."), nil
}

func defaultParameterGroup(engine, version string) string {
	return "default." + engine + major(version)
}
