package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/cmd/threa/internal/ecstest"
	"threa-infra/internal/cost"
)

// project is the folder of this project.
var project = func() string {
	folder, err := filepath.Abs("../..")
	if err != nil {
		panic(err)
	}
	return folder
}()

// executeCost runs threa cost in this project, with an empty PATH.
func executeCost(t *testing.T, args ...string) (string, error) {
	t.Helper()
	t.Setenv("PATH", t.TempDir())
	t.Chdir(project)
	return execute(t, "", append([]string{"cost"}, args...)...)
}

func TestCost_CommandLine(t *testing.T) {
	for name, c := range map[string]struct {
		args   []string
		output string // regular expression
	}{
		"without pulumi":   {[]string{"prod"}, `(?m)^Total +43\.86$`},
		"stack of --stack": {[]string{"--stack", "budget"}, `(?m)^Total +23\.00$`},
		"every stack": {[]string{"--totals", "-o", "markdown"},
			`\| budget \| 23\.00 \|  \|\n\| prod \| 43\.86 \| \+20\.86 \|\n`},
		"assumed log volume":  {[]string{"prod", "--logs-gb", "20"}, `\(20 − 5\) × 0\.63 +9\.45`},
		"assumed image sizes": {[]string{"prod", "--images-gb", "4"}, `4 × 0\.10 +0\.40`},
	} {
		out, err := executeCost(t, c.args...)
		require.NoError(t, err, name)
		assert.Regexp(t, c.output, out, name)
	}
	for want, args := range map[string][]string{
		"unknown flag: --region":                                    {"--region", "x"},
		`the format is "pdf": must be text, markdown, json`:         {"prod", "-o", "pdf"},
		"--logs-gb is -1, --images-gb is 1: both must be 0 or more": {"prod", "--logs-gb", "-1"},
		"Pulumi.staging.yaml does not exist. Stacks with a file:":   {"staging"},
		"--write takes the configurations from X.md. Leave out":     {"--write", "X.md", "prod"},
		"read document: open X.md":                                  {"--write", "X.md"},
		"there are no prices for sa-east-1":                         {"prod,aws:region=sa-east-1"},
		"the changes of prod have problems:":                        {"prod,multiAz=on"},
	} {
		_, err := executeCost(t, args...)
		require.ErrorContains(t, err, want)
	}
}

func TestCost_UpdatesADocument(t *testing.T) {
	document := filepath.Join(t.TempDir(), "doc.md")
	const empty = "<!-- go run ./cmd/threa cost prod -->\n<!-- end of the bill -->\n"
	require.NoError(t, os.WriteFile(document, []byte(empty), 0o644))
	_, err := executeCost(t, "--write", document)
	require.NoError(t, err)
	text, err := os.ReadFile(document)
	require.NoError(t, err)
	assert.Contains(t, string(text), "**43.86**")
}

func TestCost_OutsideOfAProject(t *testing.T) {
	t.Chdir(t.TempDir())
	_, err := execute(t, "", "cost")
	require.ErrorContains(t, err, "nor a folder above has a Pulumi.yaml")
}

func TestCost_BeforeShowsTheDifference(t *testing.T) {
	projectFile, err := os.ReadFile(filepath.Join(project, "Pulumi.yaml"))
	require.NoError(t, err)
	folder := func(stackFile string) string {
		folder := t.TempDir()
		require.NoError(t, os.WriteFile(filepath.Join(folder, "Pulumi.yaml"), projectFile, 0o600))
		require.NoError(t, os.WriteFile(filepath.Join(folder, "Pulumi.prod.yaml"), []byte(stackFile), 0o600))
		return folder
	}
	before, after := folder("config: {}\n"), folder("config:\n  threa:enableRedis: false\n")
	o := cost.Options{Format: "markdown", Totals: true, Assumed: cost.Usual}
	var out bytes.Buffer
	require.NoError(t, writeBills(&out, after, before, []string{"prod"}, o))
	assert.Contains(t, out.String(), "| before | 43.86 |  |\n| prod | 30.72 | −13.14 |\n")

	out.Reset()
	require.NoError(t, writeBills(&out, before, before, []string{"prod"}, o))
	assert.Equal(t, 2, strings.Count(out.String(), "43.86"), "without a change")
	err = writeBills(&out, after, before, []string{"prod", "prod"}, o)
	require.ErrorContains(t, err, "--before compares one configuration")
	require.Error(t, writeBills(&out, after, t.TempDir(), []string{"prod"}, o))
}

func TestCost_RefreshUpdatesThePrices(t *testing.T) {
	folder := t.TempDir()
	for _, file := range []string{"Pulumi.yaml", cost.PricesFile} {
		text, err := os.ReadFile(filepath.Join(project, file))
		require.NoError(t, err)
		require.NoError(t, os.MkdirAll(filepath.Join(folder, filepath.Dir(file)), 0o755))
		require.NoError(t, os.WriteFile(filepath.Join(folder, file), text, 0o600))
	}
	aws := ecstest.Play(t, "running")
	aws.Answers["GetProducts"] = func(in ecstest.Object) (any, error) {
		products := []string{}
		for _, filter := range in["Filters"].([]any) {
			if filter.(ecstest.Object)["Value"] == "EUC1-RDS:ChargedBackupUsage" {
				products = append(products, `{"product":{"attributes":{"regionCode":"eu-central-1"}},"terms":{"OnDemand":{"t":
					{"priceDimensions":{"d":{"beginRange":"0","pricePerUnit":{"USD":"0.0950000000"}}}}}}}`)
			}
		}
		return ecstest.Object{"PriceList": products}, nil
	}
	for name, value := range map[string]string{
		"AWS_ENDPOINT_URL_PRICING": aws.URL, "AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test",
		"HOME": t.TempDir(),
	} {
		t.Setenv(name, value)
	}
	t.Chdir(folder)
	out, err := execute(t, "", "cost", "--refresh")
	require.NoError(t, err)
	assert.Contains(t, out, "eu-central-1, RDS backup GB-month: 0.095, was 0.10\n")
	assert.Contains(t, out, "kept: no single price of RDS backup GB-month in us-west-2: the AWS Price List has 0\n")
	assert.Contains(t, out, "1 of 100 prices changed.")
	text, err := os.ReadFile(cost.PricesFile)
	require.NoError(t, err)
	assert.Contains(t, string(text), "    RDS backup GB-month: 0.095\n    RDS CPU credit vCPU-hour: 0.075\n"+
		"    ElastiCache cache.t4g.micro redis hour: 0.018\n")

	_, err = execute(t, "", "cost", "--refresh", "--write", "X.md")
	require.ErrorContains(t, err, "[refresh write]")
}
