package policy

import (
	"bytes"
	"encoding/json"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
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

// save writes a template to a file of its own.
func save(t *testing.T, template *Template) map[string]*Template {
	t.Helper()
	file := filepath.Join(t.TempDir(), "template.json")
	text, err := json.MarshalIndent(template, "", "  ")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(file, text, 0o600))
	return map[string]*Template{file: template}
}

// lint asks cfn-lint, which holds AWS's schemas of all resources and rules about their values.
func lint(t *testing.T, templates map[string]*Template) []Finding {
	t.Helper()
	_, err := exec.LookPath("cfn-lint")
	require.NoError(t, err, "it comes with moto: pip install 'moto[server]==5.2.1'")
	arguments := append([]string{"--region", "eu-central-1", "--format", "json", "--"},
		slices.Sorted(maps.Keys(templates))...)
	out := output(t, exec.Command("cfn-lint", arguments...))
	var matches []struct {
		Filename, Message string
		Rule              struct{ ID string }
		Location          struct{ Path []any }
	}
	require.NoError(t, json.Unmarshal(out, &matches), "%s", out)
	var findings []Finding
	for _, match := range matches {
		require.GreaterOrEqual(t, len(match.Location.Path), 2, "cfn-lint: %s: %s", match.Filename, match.Message)
		resource := templates[match.Filename].LogicalName(match.Location.Path[1].(string))
		findings = append(findings, Finding{Rule: match.Rule.ID, Resource: resource, Message: match.Message})
	}
	return findings
}

// nag asks the rule packs of cdk-nag: AWS Solutions, HIPAA, NIST 800-53 and PCI DSS.
func nag(t *testing.T, templates map[string]*Template) []Finding {
	t.Helper()
	require.DirExists(t, "node_modules", "install it: npm ci --prefix policy --ignore-scripts")
	out := output(t, exec.Command("node", append([]string{"nag.mjs"}, slices.Sorted(maps.Keys(templates))...)...))
	return decodeFindings(t, templates, out)
}

// decodeFindings reads what nag.mjs and tools/trivy print.
func decodeFindings(t *testing.T, templates map[string]*Template, out []byte) []Finding {
	t.Helper()
	var reported []struct{ Template, Rule, ID, Message string }
	require.NoError(t, json.Unmarshal(out, &reported), "%s", out)
	var findings []Finding
	for _, r := range reported {
		resource := templates[r.Template].LogicalName(r.ID)
		findings = append(findings, Finding{Rule: r.Rule, Resource: resource, Message: r.Message})
	}
	return findings
}

// output runs a tool. A tool with findings may exit with an error, so that only its standard error tells a failure.
func output(t *testing.T, cmd *exec.Cmd) []byte {
	t.Helper()
	var out, problems bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &problems
	_ = cmd.Run()
	require.Empty(t, problems.String())
	require.NotNil(t, cmd.ProcessState, "%v", cmd.Args)
	return out.Bytes()
}

func TestRules_FindOnlyAcceptedProblems(t *testing.T) {
	accepted, err := ReadAccepted("accepted.yaml")
	require.NoError(t, err)
	templates := written(t)
	assert.NoError(t, Check(accepted, "cfn-lint", lint(t, templates)))
	assert.NoError(t, Check(accepted, "cdk-nag", nag(t, templates)))

	// The same rules notice what is wrong in a template that has been tampered with.
	tampered := save(t, tamper(t, templates, map[string]map[string]any{
		"ComputeTaskTaskDefinition":     {"Memory": "100"},
		"ComputeExecutionSsmRolePolicy": {"PolicyDocument": grant("ssm:GetParameterz", "ssm:*")},
		"DatabaseInstanceInstance": {
			"DBInstanceClass": "db.t4g.nano", "PubliclyAccessible": true, "StorageEncrypted": false, "Encrypted": false,
		},
		"CacheGroupReplicationGroup": {"TransitEncryptionEnabled": false},
	}))
	assert.Subset(t, rules(lint(t, tampered)), []string{
		"E3047 compute-task", "W3037 compute-execution-ssm", "E3002 database-instance", "E3025 database-instance",
	})
	assert.Subset(t, rules(nag(t, tampered)), []string{
		"AwsSolutions-IAM5[Action::ssm:*] compute-execution-ssm", "HIPAA.Security-RDSInstancePublicAccess database-instance",
		"AwsSolutions-RDS2 database-instance", "AwsSolutions-AEC3 cache-group",
	})
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

// tamper copies the template of prod with some properties changed.
func tamper(t *testing.T, templates map[string]*Template, changes map[string]map[string]any) *Template {
	t.Helper()
	for file, template := range templates {
		if filepath.Base(file) != "prod.json" {
			continue
		}
		text, err := json.Marshal(template)
		require.NoError(t, err)
		changed := &Template{}
		require.NoError(t, json.Unmarshal(text, changed))
		for id, properties := range changes {
			require.Contains(t, changed.Resources, id)
			maps.Copy(changed.Resources[id].Properties, properties)
		}
		return changed
	}
	require.Fail(t, "no template of prod")
	return nil
}

func TestActions_AreThoseOfAWS(t *testing.T) {
	require.DirExists(t, "node_modules", "install it: npm ci --prefix policy --ignore-scripts")
	committed, err := os.ReadFile("../testdata/iam-actions.txt")
	require.NoError(t, err)
	require.Equal(t, string(output(t, exec.Command("node", "iam-actions.mjs"))), string(committed),
		"write it anew: cd policy && node iam-actions.mjs > ../testdata/iam-actions.txt")
}
