package cost

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
)

// project is a copy of this project with one stack, mine.
func project(t *testing.T, file string) string {
	t.Helper()
	folder := t.TempDir()
	declared, err := os.ReadFile(root + "/Pulumi.yaml")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(folder, "Pulumi.yaml"), declared, 0o644))
	require.NoError(t, os.WriteFile(filepath.Join(folder, "Pulumi.mine.yaml"), []byte(file), 0o644))
	return folder
}

func TestBillsStandSideBySideInEveryFormat(t *testing.T) {
	all := bills(t, "prod", "budget", "budget,multiAz=true")
	for name, o := range map[string]Options{
		"one.txt": {Format: "text"}, "one.md": {Format: "markdown"}, "several.txt": {Format: "text"}, "several.md": {Format: "markdown"},
		"totals.txt": {Format: "text", Totals: true}, "several.json": {Format: "json"},
	} {
		shown := all
		if strings.HasPrefix(name, "one") {
			shown = all[:1]
		}
		o.Assumed = Usual
		text, err := Write(shown, o)
		require.NoError(t, err)
		mocks.Golden(t, name, strings.Split(strings.TrimSuffix(text, "\n"), "\n"))
	}
	_, err := Write(all, Options{Format: "pdf"})
	assert.EqualError(t, err, `the format is "pdf": must be text, markdown, json`)
}

func TestProgramsReadAmountsAsNumbers(t *testing.T) {
	text, err := Write(bills(t, "prod", "budget"), Options{Format: "json", Assumed: Usual})
	require.NoError(t, err)
	var read struct {
		PricesOf       string
		Configurations []struct {
			Configuration string
			TotalUSD      float64
			DifferenceUSD *float64
			Items         []struct{ USD float64 }
		}
	}
	require.NoError(t, json.Unmarshal([]byte(text), &read))
	assert.Equal(t, "2026-11", read.PricesOf)
	require.Len(t, read.Configurations, 2)
	assert.Equal(t, 43.86, read.Configurations[0].TotalUSD)
	require.NotNil(t, read.Configurations[1].DifferenceUSD)
	assert.Equal(t, -20.96, *read.Configurations[1].DifferenceUSD)
	assert.Equal(t, 10.36, read.Configurations[0].Items[0].USD)
}

func TestABillInADocumentIsMadeAnewAndTheRestStays(t *testing.T) {
	const before = "# Mine\n\n<!-- go run ./cmd/threa cost prod -->\nstale\n<!-- end of the bill -->\nbetween\n" +
		"<!-- go run ./cmd/threa cost --totals prod budget -->\n<!-- end of the bill -->\nafter\n"
	once, err := Rewrite(before, root)
	require.NoError(t, err)
	assert.NotContains(t, once, "stale")
	assert.Contains(t, once, "| **Total** |  |  | **43.86** |")
	assert.Contains(t, once, "| budget | 22.90 | −20.96 |")
	for _, kept := range []string{"# Mine\n", "\nbetween\n", "\nafter\n"} {
		assert.Contains(t, once, kept)
	}
	twice, err := Rewrite(once, root)
	require.NoError(t, err)
	assert.Equal(t, once, twice)

	_, err = Rewrite("# Mine\n", root)
	require.ErrorContains(t, err, "there is no place for a bill")
	_, err = Rewrite(strings.Replace(before, "cost prod", "cost staging", 1), root)
	require.ErrorContains(t, err, "Pulumi.staging.yaml does not exist")
}

func TestThePricesCanBeRead(t *testing.T) {
	for text, want := range map[string]string{
		"regions: {x: {RDS: cheap}}":            `x, RDS: "cheap" is no price`,
		"regions: {x: {RDS: -1}}":               `x, RDS: "-1" is no price`,
		"unchecked: [RDS]":                      `unchecked names "RDS", which has no price`,
		"region: {}":                            "field region not found",
		"everywhere: {free: 1}\nunchecked: [x]": `unchecked names "x"`,
	} {
		_, err := read([]byte(text))
		assert.ErrorContains(t, err, want)
	}
}

func TestCompare_TakesListsInAChange(t *testing.T) {
	all := bills(t, "prod,sleepAt=20:00,wakeAt=08:00,awakeDays=MON,TUE")
	tasks, _ := all[0].Item(Tasks)
	assert.Contains(t, tasks.What, "awake 24 ÷ 168")

	document := "<!-- go run ./cmd/threa cost --totals prod '" + atNight + "' -->\n<!-- end of the bill -->"
	rewritten, err := Rewrite(document, root)
	require.NoError(t, err)
	assert.Contains(t, rewritten, "| "+atNight+" | 35.05\\* | −8.81 |")
}
