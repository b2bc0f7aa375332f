package toolchain

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// osRelease is what /etc/os-release says: https://www.freedesktop.org/software/systemd/man/os-release.html.
type osRelease map[string]string

func readRelease(path string) (osRelease, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("they need Debian or Ubuntu, or a container of one: %w", err)
	}
	release := osRelease{}
	for line := range strings.Lines(string(data)) {
		if name, value, ok := strings.Cut(strings.TrimSpace(line), "="); ok {
			release[name] = strings.Trim(value, `"'`)
		}
	}
	return release, nil
}

// distribution is the one whose packages the machine's mirror has. Derivatives of Ubuntu name what they derive from.
func (r osRelease) distribution() (distribution, error) {
	switch {
	case r["ID"] == "ubuntu" || r["UBUNTU_CODENAME"] != "":
		return noble, nil
	case r["ID"] == "debian":
		return trixie, nil
	}
	return distribution{}, fmt.Errorf("they need Debian or Ubuntu, and this is %s: run it in a container of one of them", r["ID"])
}

// suites are the names under which the machine's own release stands in its list of sources.
func (r osRelease) suites() []string {
	names := []string{"stable", "oldstable", "testing", "unstable", "sid"}
	for _, name := range []string{r["UBUNTU_CODENAME"], r["VERSION_CODENAME"]} {
		if name != "" {
			names = append(names, name)
		}
	}
	return names
}

// mirror is a source of packages that the machine uses, in one of the two formats of sources.list(5).
type mirror struct {
	file string // the name of a file for it; its ending tells apt the format
	// before and after stand around suite and components.
	before, after string
}

// entry is a source of the distribution's packages at the same place.
func (m mirror) entry(d distribution) string {
	if strings.HasSuffix(m.file, ".list") {
		return fmt.Sprintf("%s %s %s\n", m.before, d.suite, d.components)
	}
	return fmt.Sprintf("%sSuites: %s\nComponents: %s\n%s", m.before, d.suite, d.components, m.after)
}

// mirror finds where the machine gets the packages of its own release from, in the folder etc.
func (r osRelease) mirror(etc string) (mirror, error) {
	stanzas, err := filepath.Glob(filepath.Join(etc, "sources.list.d", "*.sources"))
	lines, err2 := filepath.Glob(filepath.Join(etc, "sources.list.d", "*.list"))
	if err := errors.Join(err, err2); err != nil {
		return mirror{}, fmt.Errorf("list apt's sources: %w", err)
	}
	for _, file := range append(append(stanzas, filepath.Join(etc, "sources.list")), lines...) {
		data, err := os.ReadFile(file)
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		if err != nil {
			return mirror{}, fmt.Errorf("read apt's sources: %w", err)
		}
		find := r.inLines
		if strings.HasSuffix(file, ".sources") {
			find = r.inStanzas
		}
		if found, ok := find(data); ok {
			return found, nil
		}
	}
	return mirror{}, fmt.Errorf("no source in %s has the main packages of %s: add one, see man sources.list",
		etc, strings.TrimSpace(r["ID"]+" "+r["VERSION_CODENAME"]))
}

// oneLine is "deb [options] address suite component…".
var oneLine = regexp.MustCompile(`^(deb\s+(?:\[[^\]]*\]\s+)?\S+)\s+(\S+)\s+([^#]+)`)

func (r osRelease) inLines(data []byte) (mirror, bool) {
	for line := range strings.Lines(string(data)) {
		match := oneLine.FindStringSubmatch(strings.TrimSpace(line))
		if match != nil && slices.Contains(r.suites(), match[2]) && slices.Contains(strings.Fields(match[3]), "main") {
			return mirror{file: "mirror.list", before: match[1]}, true
		}
	}
	return mirror{}, false
}

func (r osRelease) inStanzas(data []byte) (mirror, bool) {
	for stanza := range bytes.SplitSeq(data, []byte("\n\n")) {
		fields, rest := splitStanza(string(stanza))
		ours := slices.ContainsFunc(strings.Fields(fields["suites"]), func(suite string) bool { return slices.Contains(r.suites(), suite) })
		if ours && fields["enabled"] != "no" && slices.Contains(strings.Fields(fields["types"]), "deb") &&
			slices.Contains(strings.Fields(fields["components"]), "main") {
			return mirror{file: "mirror.sources", before: "Types: deb\n", after: rest}, true
		}
	}
	return mirror{}, false
}

// splitStanza returns the fields that say what a source offers, and the text of all others, which say where it is and
// how to trust it.
func splitStanza(stanza string) (offers map[string]string, rest string) {
	offers = map[string]string{}
	var others strings.Builder
	name := ""
	for line := range strings.Lines(stanza) {
		line = strings.TrimRight(line, "\n")
		if strings.HasPrefix(line, "#") || strings.TrimSpace(line) == "" {
			continue
		}
		value := line
		if line[0] != ' ' && line[0] != '\t' {
			name, value, _ = strings.Cut(line, ":")
			name = strings.ToLower(name)
		}
		switch name {
		case "types", "suites", "components", "enabled":
			offers[name] += " " + strings.TrimSpace(value)
		default:
			others.WriteString(line + "\n")
		}
	}
	for name, value := range offers {
		offers[name] = strings.TrimSpace(value)
	}
	return offers, others.String()
}
