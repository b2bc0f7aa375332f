package policy

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// written has the tests of the program and of bootstrap/ write the templates of their stacks, and reads them.
func written(t *testing.T) map[string]*Template {
	t.Helper()
	folder := t.TempDir()
	run := exec.Command("go", "test", "-run", "^TestTemplates_HoldEveryResource$", "..", "../bootstrap",
		"-templates", folder)
	out, err := run.CombinedOutput()
	require.NoError(t, err, "%s", out)
	files, err := filepath.Glob(filepath.Join(folder, "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, files)
	all := map[string]*Template{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		all[file] = &Template{}
		require.NoError(t, json.Unmarshal(text, all[file]))
	}
	return all
}

// lint asks cfn-lint, which holds AWS's schemas of all resources and rules about their values.
func lint(t *testing.T, templates map[string]*Template) map[string][]Finding {
	t.Helper()
	command, err := filepath.Abs(filepath.Join("..", ".local", "bin", "cfn-lint"))
	require.NoError(t, err)
	require.FileExists(t, command, "install it: go run ./local tools")
	arguments := append([]string{"--region", "eu-central-1", "--format", "json", "--"},
		slices.Sorted(maps.Keys(templates))...)
	out := output(t, exec.Command(command, arguments...))
	var matches []struct {
		Filename, Message string
		Rule              struct{ ID string }
		Location          struct{ Path []any }
	}
	require.NoError(t, json.Unmarshal(out, &matches), "%s", out)
	findings := map[string][]Finding{}
	for _, match := range matches {
		require.GreaterOrEqual(t, len(match.Location.Path), 2, "cfn-lint: %s: %s", match.Filename, match.Message)
		resource := templates[match.Filename].LogicalName(match.Location.Path[1].(string))
		findings[match.Filename] = append(findings[match.Filename], Finding{match.Rule.ID, resource, match.Message})
	}
	return findings
}

// nag asks the rule packs of cdk-nag: AWS Solutions, HIPAA, NIST 800-53 and PCI DSS.
func nag(t *testing.T, templates map[string]*Template) map[string][]Finding {
	t.Helper()
	require.DirExists(t, "node_modules", "install it: npm ci --prefix policy --ignore-scripts")
	out := output(t, exec.Command("node", append([]string{"nag.mjs"}, slices.Sorted(maps.Keys(templates))...)...))
	return decodeFindings(t, templates, out)
}

// decodeFindings reads what nag.mjs and tools/trivy print.
func decodeFindings(t *testing.T, templates map[string]*Template, out []byte) map[string][]Finding {
	t.Helper()
	var reported []struct{ Template, Rule, ID, Message string }
	require.NoError(t, json.Unmarshal(out, &reported), "%s", out)
	findings := map[string][]Finding{}
	for _, r := range reported {
		resource := templates[r.Template].LogicalName(r.ID)
		findings[r.Template] = append(findings[r.Template], Finding{r.Rule, resource, r.Message})
	}
	return findings
}

// output runs a tool. A tool with findings may exit with an error, so only its standard error shows a failure.
func output(t *testing.T, cmd *exec.Cmd) []byte {
	t.Helper()
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	_ = cmd.Run()
	require.Empty(t, problems.String())
	require.NotNil(t, cmd.ProcessState, "%v", cmd.Args)
	return out.Bytes()
}

// trivy builds tools/trivy and asks it.
func trivy(t *testing.T, templates map[string]*Template) map[string][]Finding {
	t.Helper()
	binary := filepath.Join(t.TempDir(), "trivy")
	build := exec.Command("go", "build", "-o", binary, ".")
	build.Dir, build.Env = "../tools/trivy", append(os.Environ(), "GOWORK=off", "GOEXPERIMENT=jsonv2")
	out, err := build.CombinedOutput()
	require.NoError(t, err, "%s", out)
	folder := filepath.Dir(slices.Collect(maps.Keys(templates))[0])
	return decodeFindings(t, templates, output(t, exec.Command(binary, folder)))
}

// tools are public rule sets, each with what it must notice in a template that has been tampered with. They return
// their findings by template.
var tools = []struct {
	name   string
	judge  func(*testing.T, map[string]*Template) map[string][]Finding
	notice []string
}{
	{"cfn-lint", lint, []string{
		"E3047 compute-task", "W3037 compute-execution-ssm", "E3002 database-instance", "E3025 database-instance",
	}},
	{"cdk-nag", nag, []string{
		"AwsSolutions-IAM5[Action::ssm:*] compute-execution-ssm", "HIPAA.Security-RDSInstancePublicAccess database-instance",
		"AwsSolutions-RDS2 database-instance", "AwsSolutions-AEC3 cache-group",
	}},
	{"trivy", trivy, []string{
		"aws-rds-enable-public-access database-instance", "aws-rds-encrypt-instance-storage-data database-instance",
		"aws-elasticache-enable-in-transit-encryption cache-group",
	}},
}

// TestRules_FindOnlyAcceptedProblems asks the tools that THREA_RULES names. They take long, and trivy has to
// be built.
func TestRules_FindOnlyAcceptedProblems(t *testing.T) {
	named := os.Getenv("THREA_RULES")
	if named == "" {
		t.Skip("make unit sets THREA_RULES=cfn-lint,cdk-nag and make long THREA_RULES=trivy")
	}
	accepted, err := ReadAccepted("accepted.yaml")
	require.NoError(t, err)
	templates := written(t)
	tampered := tamper(t, templates)
	for _, tool := range tools {
		if !slices.Contains(strings.Split(named, ","), tool.name) {
			continue
		}
		t.Run(tool.name, func(t *testing.T) {
			t.Parallel()
			findings := tool.judge(t, templates)
			assert.Subset(t, rules(findings[tampered]), tool.notice)
			delete(findings, tampered)
			assert.NoError(t, Check(accepted, tool.name, slices.Concat(slices.Collect(maps.Values(findings))...)))
		})
	}
}

func grant(actions ...string) any {
	return map[string]any{"Version": "2012-10-17", "Statement": []any{
		map[string]any{"Effect": "Allow", "Action": actions, "Resource": []any{"*"}},
	}}
}

func rules(findings []Finding) []string {
	var all []string
	for _, f := range findings {
		all = append(all, f.Rule+" "+f.Resource)
	}
	return all
}

// tamper adds a copy of the template of prod with some properties changed, and returns its name.
func tamper(t *testing.T, templates map[string]*Template) string {
	t.Helper()
	files := slices.Collect(maps.Keys(templates))
	prod := slices.IndexFunc(files, func(file string) bool { return filepath.Base(file) == "prod.json" })
	require.GreaterOrEqual(t, prod, 0)
	text, err := json.Marshal(templates[files[prod]])
	require.NoError(t, err)
	changed := &Template{}
	require.NoError(t, json.Unmarshal(text, changed))
	for id, properties := range map[string]map[string]any{
		"ComputeTaskTaskDefinition":     {"Memory": "100"},
		"ComputeExecutionSsmRolePolicy": {"PolicyDocument": grant("ssm:GetParameterz", "ssm:*")},
		"DatabaseInstanceInstance": {
			"DBInstanceClass": "db.t4g.nano", "PubliclyAccessible": true, "StorageEncrypted": false, "Encrypted": false,
		},
		"CacheGroupReplicationGroup": {"TransitEncryptionEnabled": false},
	} {
		require.Contains(t, changed.Resources, id)
		maps.Copy(changed.Resources[id].Properties, properties)
	}
	text, err = json.MarshalIndent(changed, "", "  ")
	require.NoError(t, err)
	file := filepath.Join(filepath.Dir(files[prod]), "tampered.json")
	require.NoError(t, os.WriteFile(file, text, 0o600))
	templates[file] = changed
	return file
}

func TestActions_AreThoseOfAWS(t *testing.T) {
	require.DirExists(t, "node_modules", "install it: npm ci --prefix policy --ignore-scripts")
	committed, err := os.ReadFile("../testdata/iam-actions.txt")
	require.NoError(t, err)
	require.Equal(t, string(output(t, exec.Command("node", "iam-actions.mjs"))), string(committed),
		"write it anew: cd policy && node iam-actions.mjs > ../testdata/iam-actions.txt")
}
