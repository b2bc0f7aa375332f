package toggles

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"threa-infra/internal/stackconfig"
)

// Keys are the keys of a switch.
func (s *Switch) Keys() []string {
	var keys []string
	for _, setting := range s.Settings {
		keys = append(keys, Key(setting.Path))
	}
	return keys
}

// Key is the key of a path, such as appEnvironment of appEnvironment.LOG_LEVEL.
func Key(path string) string {
	key, _, _ := strings.Cut(path, ".")
	key, _, _ = strings.Cut(key, "[")
	return key
}

// states are the two ends of a switch as the table shows them.
func (s *Switch) states(defaults map[string]string) (from, to string) {
	if s.From != "" {
		return s.From, s.To
	}
	first := s.Settings[0]
	before := first.Before
	if before == "" {
		before = defaults[first.Path]
	}
	if before == "" {
		return "none", code(first.Value)
	}
	return code(before), code(first.Value)
}

func code(text string) string { return "`" + text + "`" }

func codes(list []string) string {
	all := make([]string, len(list))
	for i, one := range list {
		all[i] = code(one)
	}
	return strings.Join(all, ", ")
}

// Table writes what was seen as Markdown: a row for each switch where both directions do the same, else one for each.
// Defaults are the values of the keys without their namespace.
func Table(seen Record, defaults map[string]string) (string, error) {
	var rows strings.Builder
	rows.WriteString("| Key | Change | What happens | Away meanwhile |\n|---|---|---|---|\n")
	for _, one := range switches() {
		there, err1 := seen[Move{one, false}.Name()].Words()
		again, err2 := seen[Move{one, true}.Name()].Words()
		if err := errors.Join(err1, err2); err != nil {
			return "", fmt.Errorf("%s: %w", one.Keys()[0], err)
		}
		keys := codes(one.Keys())
		from, to := one.states(defaults)
		if there == again {
			fmt.Fprintf(&rows, "| %s | %s ⇄ %s | %s |\n", keys, from, to, there)
			continue
		}
		fmt.Fprintf(&rows, "| %s | %s → %s | %s |\n", keys, from, to, there)
		fmt.Fprintf(&rows, "| %s | %s → %s | %s |\n", keys, to, from, again)
	}
	var fixed []string
	for _, set := range Fixed {
		fixed = append(fixed, (&Switch{Settings: set}).Keys()...)
	}
	fmt.Fprintf(&rows, "| %s | any | refused: chosen before the first `up` | – |\n", codes(fixed))
	for _, key := range slices.Sorted(maps.Keys(Unproved)) {
		fmt.Fprintf(&rows, "| %s | any | %s | |\n", code(key), Unproved[key])
	}
	return rows.String(), nil
}

// generated is the part of the README that this package writes, between two comments.
var generated = regexp.MustCompile(`(?s)(<!-- toggles: [^\n]* -->\n).*?(<!-- end of the toggles -->)`)

// Rewrite puts a table into a document.
func Rewrite(document, table string) (string, error) {
	if !generated.MatchString(document) {
		return "", fmt.Errorf("there is no place for the table: a line <!-- toggles: … --> and a line <!-- end of the toggles -->")
	}
	return generated.ReplaceAllStringFunc(document, func(section string) string {
		parts := generated.FindStringSubmatch(section)
		return parts[1] + "\n" + table + "\n" + parts[2]
	}), nil
}

// WriteReadme puts the table of what was seen into the README of a project.
func WriteReadme(project string, seen Record) error {
	path := filepath.Join(project, "docs", "scaling.md")
	document, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read the README: %w", err)
	}
	written, err := readme(project, string(document), seen)
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, []byte(written), 0o644); err != nil {
		return fmt.Errorf("write the README: %w", err)
	}
	return nil
}

// readme is the README with the table of what was seen.
func readme(project, document string, seen Record) (string, error) {
	file, err := stackconfig.Read(project, "prod")
	if err != nil {
		return "", fmt.Errorf("read what the keys are without being set: %w", err)
	}
	defaults := map[string]string{}
	for key, value := range file.Set {
		defaults[strings.TrimPrefix(key, file.Project+":")] = value
	}
	table, err := Table(seen, defaults)
	if err != nil {
		return "", err
	}
	return Rewrite(document, table)
}
