package main

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"threa-infra/internal/drain"
)

// readmeSection is the text of the README from a heading to the next one of the same level.
func readmeSection(t *testing.T, heading string) string {
	t.Helper()
	text, err := os.ReadFile("README.md")
	require.NoError(t, err)
	_, section, found := strings.Cut(string(text), "\n"+heading+"\n")
	require.True(t, found, "the README has no section %s", heading)
	section, _, _ = strings.Cut(section, "\n## ")
	return section
}

func TestTheReadmeHasEverySectionOfTheOldManual(t *testing.T) {
	for _, heading := range []string{
		"## Architecture", "## Components", "## Prerequisites", "## Quick start", "## Costs", "## Configuration",
		"## CI/CD", "## Monitoring", "## Database", "## Scaling up", "## Cleanup",
	} {
		assert.NotEmpty(t, readmeSection(t, heading))
	}
	assert.Contains(t, readmeSection(t, "## Configuration"), "### Adding app secrets")
}

func TestTheReadmeListsEveryKeyWithItsDefault(t *testing.T) {
	var project struct {
		Config map[string]struct{ Default, Value any }
	}
	text, err := os.ReadFile("Pulumi.yaml")
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(text, &project))

	section := readmeSection(t, "## Configuration")
	listed := map[string]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([a-zA-Z:]+)` \\| (.*?) \\|").FindAllStringSubmatch(section, -1) {
		listed[row[1]] = row[2]
	}
	for key, declared := range project.Config {
		require.Contains(t, listed, key)
		want := declared.Default
		if want == nil {
			want = declared.Value
		}
		// An empty default is one that the program works out; the README says it in words.
		if value := fmt.Sprint(want); value != "" && value != "[]" && value != "map[]" && key != "requiredVariables" {
			assert.Equal(t, "`"+value+"`", listed[key], key)
		}
	}
	assert.Len(t, listed, len(project.Config), "no key that does not exist")
}

func TestTheReadmeTellsTheTimesOfAStoppingTask(t *testing.T) {
	section := readmeSection(t, "## Reliability")
	for word, of := range map[string]func(drain.Times) int{
		"cloudflared": func(d drain.Times) int { return d.TunnelGrace },
		"stopTimeout": func(d drain.Times) int { return d.Stop },
	} {
		want := fmt.Sprintf(" %d | %d | %d |", of(drain.From(45)), of(drain.From(60)), of(drain.From(120)))
		assert.Regexp(t, "(?m)^\\| .*`"+word+"`.* \\|"+regexp.QuoteMeta(want)+"$", section)
	}
}

// TestLinksInTheReadmeLeadSomewhere follows those to its own sections and to files.
func TestLinksInTheReadmeLeadSomewhere(t *testing.T) {
	text, err := os.ReadFile("README.md")
	require.NoError(t, err)
	sections := map[string]bool{}
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(string(text), -1) {
		plain := regexp.MustCompile(`[^a-z0-9 -]`).ReplaceAllString(strings.ToLower(heading[1]), "")
		sections[strings.ReplaceAll(plain, " ", "-")] = true
	}
	links := regexp.MustCompile(`\]\(([^)\s]+)\)`).FindAllStringSubmatch(string(text), -1)
	require.NotEmpty(t, links)
	for _, link := range links {
		switch section, within := strings.CutPrefix(link[1], "#"); {
		case within:
			assert.Contains(t, sections, section)
		case !strings.Contains(link[1], "://"):
			assert.FileExists(t, link[1])
		}
	}
}

func TestTheReadmeSetsKeysThatExist(t *testing.T) {
	text, err := os.ReadFile("README.md")
	require.NoError(t, err)
	known := map[string]bool{}
	for _, file := range []string{"Pulumi.yaml", "bootstrap/Pulumi.yaml"} {
		declared, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, key := range regexp.MustCompile(`(?m)^  ([a-zA-Z:]+):$`).FindAllStringSubmatch(string(declared), -1) {
			known[key[1]] = true
		}
	}
	set := regexp.MustCompile(`pulumi config (?:set|rm|get) (?:--\w+ )*'?([a-zA-Z:]+)`).FindAllStringSubmatch(string(text), -1)
	require.Greater(t, len(set), 50)
	for _, key := range set {
		assert.Contains(t, known, key[1])
	}
}
