package mocks

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/resources"
	"threa-infra/policy"
)

var templates = flag.String("templates", "", "folder to write the CloudFormation templates to, for the rules in policy")

// WriteTemplate checks that a template can hold everything that a program registered, and writes it with -templates.
func (r *Recording) WriteTemplate(t testing.TB, name string) {
	t.Helper()
	var list []policy.Resource
	entries := 0
	for _, r := range r.All() {
		if !r.Request.GetCustom() {
			continue
		}
		if row, _ := resources.Find(r.Type); row.CloudFormation.Omitted == "" && !row.CloudFormation.Part {
			entries++
		}
		arn := ""
		if value := r.Outputs["arn"]; value.IsString() {
			arn = value.StringValue()
		}
		list = append(list, policy.Resource{Type: r.Type, Name: r.Name, Inputs: r.Plain(), ID: r.ID, ARN: arn})
	}
	template, err := policy.Write(list)
	require.NoError(t, err)
	assert.Len(t, template.Resources, entries, name)
	if *templates == "" {
		return
	}
	text, err := json.MarshalIndent(template, "", "  ")
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(filepath.Join(*templates, name+".json"), text, 0o644))
}
