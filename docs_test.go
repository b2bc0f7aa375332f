package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"gopkg.in/yaml.v3"

	"threa-infra/internal/cost"
	"threa-infra/internal/drain"
	"threa-infra/internal/stackconfig"
)

// documents returns the text of every document by its path.
func documents(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob("docs/*.md")
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	texts := map[string]string{}
	for _, path := range append(paths, "README.md", "CONTRIBUTING.md") {
		text, err := os.ReadFile(path)
		require.NoError(t, err)
		texts[path] = string(text)
	}
	return texts
}

// TestDocs_CoverThePredecessorManual finds every section of the Terraform program's manual.
func TestDocs_CoverThePredecessorManual(t *testing.T) {
	texts := documents(t)
	for _, section := range []struct{ old, path, heading string }{
		{"Architecture", "README.md", "## Architecture"},
		{"Quick Start", "README.md", "## Deploy to AWS"},
		{"Estimated Costs", "docs/costs.md", "# Costs"},
		{"Default Configuration", "docs/costs.md", "## Default configuration"},
		{"Budget Configuration", "docs/costs.md", "## Budget configuration"},
		{"Required Variables", "docs/configuration.md", "## Required keys"},
		{"Optional Variables", "docs/configuration.md", "## Optional keys"},
		{"Adding App Secrets", "docs/configuration.md", "## App secrets"},
		{"CI/CD", "docs/ci-cd.md", "## Set up"},
		{"CloudWatch Dashboard", "docs/operations.md", "## Dashboard"},
		{"View Logs", "docs/operations.md", "## Logs"},
		{"Alarms", "docs/operations.md", "## Alarms"},
		{"Connect to RDS", "docs/database.md", "## Connect"},
		{"Enable pgvector", "docs/database.md", "## pgvector"},
		{"Run Migrations", "docs/database.md", "## Run migrations"},
		{"Scaling Up", "docs/scaling.md", "# Scaling"},
		{"Add Load Balancer", "docs/https.md", "## Load balancer with Route 53"},
		{"Cleanup", "docs/operations.md", "## Destroy"},
	} {
		assert.Contains(t, "\n"+texts[section.path], "\n"+section.heading+"\n", section.old)
	}
}

func TestDocs_ReadmeIsShort(t *testing.T) {
	assert.LessOrEqual(t, strings.Count(documents(t)["README.md"], "\n"), 250)
}

// TestDocs_ListEveryKey compares the tables of keys with the declarations in Pulumi.yaml.
func TestDocs_ListEveryKey(t *testing.T) {
	var project struct {
		Config map[string]struct{ Default, Value any }
	}
	text, err := os.ReadFile("Pulumi.yaml")
	require.NoError(t, err)
	require.NoError(t, yaml.Unmarshal(text, &project))

	texts := documents(t)
	listed := documentedKeys(texts["docs/configuration.md"])
	for key, declared := range project.Config {
		require.Contains(t, listed, key)
		value := declared.Default
		if value == nil {
			value = declared.Value
		}
		// The program computes an empty default; the documents describe it in words.
		text := fmt.Sprint(value)
		if text != "" && text != "[]" && text != "map[]" && key != "requiredVariables" {
			assert.Equal(t, "`"+text+"`", listed[key], key)
		}
	}
	assert.Len(t, listed, len(project.Config), "keys that do not exist")

	short := documentedKeys(texts["README.md"])
	require.Greater(t, len(short), 10)
	for key, value := range short {
		require.Contains(t, listed, key)
		if strings.HasPrefix(value, "`") {
			assert.Equal(t, listed[key], value, key)
		}
	}
}

// documentedKeys returns the default of each key in a document's tables of keys. A row may hold several keys with their
// defaults.
func documentedKeys(document string) map[string]string {
	listed := map[string]string{}
	row := regexp.MustCompile("(?m)^\\| ((?:`[a-zA-Z:]+`(?:, )?)+) \\| (.*?) \\|")
	for _, cells := range row.FindAllStringSubmatch(document, -1) {
		keys, values := strings.Split(cells[1], ", "), strings.Split(cells[2], ", ")
		for i, key := range keys {
			value := cells[2]
			if len(values) == len(keys) {
				value = values[i]
			}
			listed[strings.Trim(key, "`")] = value
		}
	}
	return listed
}

func TestDocs_ListTheTimesOfAStoppingTask(t *testing.T) {
	for word, seconds := range map[string]func(drain.Times) int{
		"cloudflared": func(d drain.Times) int { return d.TunnelGrace },
		"stopTimeout": func(d drain.Times) int { return d.Stop },
	} {
		want := fmt.Sprintf(" %d | %d | %d |", seconds(drain.From(45)), seconds(drain.From(60)), seconds(drain.From(120)))
		assert.Regexp(t, "(?m)^\\| .*`"+word+"`.* \\|"+regexp.QuoteMeta(want)+"$", documents(t)["docs/operations.md"])
	}
}

// TestDocs_LinksResolve follows the links to files and to sections.
func TestDocs_LinksResolve(t *testing.T) {
	texts := documents(t)
	links := 0
	for path, text := range texts {
		for _, link := range regexp.MustCompile(`\]\(([^)\s]+)\)`).FindAllStringSubmatch(text, -1) {
			if strings.Contains(link[1], "://") {
				continue
			}
			links++
			file, section, hasSection := strings.Cut(link[1], "#")
			target := path
			if file != "" {
				target = filepath.Join(filepath.Dir(path), file)
				require.FileExists(t, target, path)
			}
			if hasSection {
				assert.Contains(t, headings(texts[target]), section, "%s links to %s", path, link[1])
			}
		}
	}
	assert.Greater(t, links, 50)
}

// TestDocs_NameExistingFiles looks for the files whose paths the documents have in backticks.
func TestDocs_NameExistingFiles(t *testing.T) {
	files := 0
	for path, text := range documents(t) {
		for _, name := range regexp.MustCompile("`([\\w.-]+/[\\w./-]+\\.(?:go|ya?ml|json|sh))`").FindAllStringSubmatch(text, -1) {
			files++
			assert.FileExists(t, name[1], path)
		}
	}
	assert.NotZero(t, files)
}

// headings returns the anchors that GitHub gives to a document's headings.
func headings(document string) []string {
	var anchors []string
	for _, heading := range regexp.MustCompile(`(?m)^#+ (.+)$`).FindAllStringSubmatch(document, -1) {
		plain := regexp.MustCompile(`[^a-z0-9 -]`).ReplaceAllString(strings.ToLower(heading[1]), "")
		anchors = append(anchors, strings.ReplaceAll(plain, " ", "-"))
	}
	return anchors
}

func TestDocs_SetExistingKeys(t *testing.T) {
	known := map[string]bool{}
	for _, file := range []string{"Pulumi.yaml", "bootstrap/Pulumi.yaml"} {
		declared, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, key := range regexp.MustCompile(`(?m)^  ([a-zA-Z:]+):$`).FindAllStringSubmatch(string(declared), -1) {
			known[key[1]] = true
		}
	}
	set := regexp.MustCompile(`pulumi config (?:set|rm|get) (?:--(?:type|stack) \w+ |--\w+ )*'?([a-zA-Z:]+)`)
	guessed := regexp.MustCompile(`config set (?:--plaintext )?--path appEnvironment`)
	commands := 0
	for path, text := range documents(t) {
		assert.NotRegexp(t, guessed, text, "%s: Pulumi would guess a type", path)
		for _, key := range set.FindAllStringSubmatch(text, -1) {
			assert.Contains(t, known, key[1], path)
			commands++
		}
	}
	assert.Greater(t, commands, 50)
}

// TestDocs_BillsAreCurrent compares the bills in the documents with the output of the command.
func TestDocs_BillsAreCurrent(t *testing.T) {
	texts := documents(t)
	bills := 0
	for _, path := range slices.Sorted(maps.Keys(texts)) {
		count := strings.Count(texts[path], "<!-- go run ./cmd/threa cost ")
		if count == 0 {
			continue
		}
		bills += count
		rewritten, err := cost.Rewrite(texts[path], ".")
		require.NoError(t, err)
		assert.True(t, rewritten == texts[path], "stale bills: go run ./cmd/threa cost --write %s", path)
	}
	assert.GreaterOrEqual(t, bills, 4)
}

// TestStackFiles_AreAsPulumiWritesThem keeps the first "pulumi config set" from rewriting other lines: Pulumi writes
// every value as a text.
func TestStackFiles_AreAsPulumiWritesThem(t *testing.T) {
	for _, stack := range []string{"prod", "budget"} {
		var file struct{ Config map[string]yaml.Node }
		require.NoError(t, stackconfig.Load(stackconfig.StackFile(".", stack), &file))
		require.NotEmpty(t, file.Config)
		for key, value := range file.Config {
			assert.Equal(t, "!!str", value.Tag, "%s of %s needs quotes", key, stack)
		}
	}
}
