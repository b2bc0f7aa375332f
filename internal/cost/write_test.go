package cost

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/fixtures"
)

// project returns a copy of this project with one stack, mine.
func project(t *testing.T, file string) string {
	t.Helper()
	folder := t.TempDir()
	declared, err := os.ReadFile(root + "/Pulumi.yaml")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(folder, "Pulumi.yaml"), declared, 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "Pulumi.mine.yaml"), []byte(file), 0o644))
	return folder
}

func TestWrite_Formats(t *testing.T) {
	several := bills(t, "prod", "budget", "budget,multiAz=true")
	for name, o := range map[string]Options{
		"one.txt": {Format: "text"}, "one.md": {Format: "markdown"}, "several.txt": {Format: "text"},
		"several.md": {Format: "markdown"}, "totals.txt": {Format: "text", Totals: true}, "several.json": {Format: "json"},
	} {
		shown := several
		if strings.HasPrefix(name, "one") {
			shown = several[:1]
		}
		o.Assumed = Usual
		text, err := Write(shown, o)
		require.NoError(t, err)
		if o.Format == "text" {
			_, notes, _ := strings.Cut(text, "\n\n")
			assert.Equal(t, 2, strings.Count(notes, "\n"), "lines of notes in %s", name)
		}
		fixtures.Golden(t, name, strings.Split(strings.TrimSuffix(text, "\n"), "\n"))
	}
	_, err := Write(several, Options{Format: "pdf"})
	assert.EqualError(t, err, `the format is "pdf": must be text, markdown, json`)
	text, err := Write(bills(t, balanced), Options{Format: "text", Assumed: Usual})
	require.NoError(t, err)
	assert.Contains(t, text, "1 GB of images, 0.1 capacity units; no other stack")
}

func TestWrite_JSONTotals(t *testing.T) {
	all := bills(t, "prod", "budget")
	text, err := Write(all, Options{Format: "json", Totals: true})
	require.NoError(t, err)
	var read struct{ Configurations []map[string]any }
	require.NoError(t, json.Unmarshal([]byte(text), &read))
	require.Len(t, read.Configurations, 2)
	assert.Equal(t, map[string]any{
		"configuration": "budget", "region": "eu-central-1", "totalUSD": 23.0, "todayUSD": 16.81, "differenceUSD": -20.86,
	}, read.Configurations[1])
	assert.NotEmpty(t, all[1].Items, "the bill itself keeps its lines")
}

func TestRewrite_KeepsTheRest(t *testing.T) {
	const before = "# Mine\n\n<!-- go run ./cmd/threa cost prod -->\nstale\n<!-- end of the bill -->\nbetween\n" +
		"<!-- go run ./cmd/threa cost --totals prod '" + atNight + "' budget -->\n<!-- end of the bill -->\nafter\n"
	first, err := Rewrite(before, root)
	require.NoError(t, err)
	assert.NotContains(t, first, "stale")
	for _, part := range []string{
		"# Mine\n", "\nbetween\n", "\nafter\n", "| **Total** |  |  | **43.86** |", "| budget | 23.00 | −20.86 |",
		"| " + atNight + " | 35.05 | −8.81 |",
	} {
		assert.Contains(t, first, part)
	}
	second, err := Rewrite(first, root)
	require.NoError(t, err)
	assert.Equal(t, first, second)

	for document, want := range map[string]string{
		"# Mine\n": "the document needs the lines",
		strings.Replace(before, "cost prod", "cost staging", 1): "Pulumi.staging.yaml does not exist",
	} {
		_, err = Rewrite(document, root)
		require.ErrorContains(t, err, want)
	}
}
