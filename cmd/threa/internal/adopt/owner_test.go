package adopt

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/ownerrecord"
)

func TestAdoption_RefusesOtherOwner(t *testing.T) {
	owner := ownerrecord.Record{Stack: "threa/prod", ID: "0123", By: caller, Since: "2026-11-01T12:00:00Z"}
	elsewhere := owner
	elsewhere.Stack = "threa/live"
	colleague := ownerrecord.Record{Stack: "threa/prod", By: "arn:aws:iam::123456789012:user/amy"}
	resources := map[string]string{roles + "::compute-task": "threa-ecs-task"}
	imported := map[string]string{parameters + "::" + ownerrecord.Resource: "/threa/stack"}
	const prod = "belong to stack threa/prod"
	for name, tt := range map[string]struct {
		record         *ownerrecord.Record
		state          map[string]string
		ownerID        string
		want, tookOver string // errors without and with --take-over
	}{
		"stack with resources":           {nil, resources, "", "has 1 resources already", "has 1 resources already"},
		"deployed stack without record":  {nil, resources, "0123", "has 1 resources already", "has 1 resources already"},
		"state of another owner":         {&owner, resources, "4567", prod, prod},
		"stack of another name":          {&elsewhere, nil, "", "belong to stack threa/live", "belong to stack threa/live"},
		"lost state":                     {&owner, nil, "", "If it was lost:  go run ./cmd/threa adopt --take-over", ""},
		"adoption of a colleague":        {&colleague, nil, "", "adopt --take-over", ""},
		"resources and another adoption": {&colleague, resources, "", prod, prod},
		"colleague continues":            {&colleague, imported, "", "", ""},
		"first up was killed":            {&colleague, imported, "4567", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			for takeOver, want := range map[bool]string{false: tt.want, true: tt.tookOver} {
				p, c := configured(t), terraformed()
				p.ownerID = tt.ownerID
				for key, id := range tt.state {
					p.state[key] = id
				}
				if tt.record != nil {
					c.withRecord(*tt.record)
				}
				_, err := run(t, p, c, Options{TakeOver: takeOver})
				if want == "" {
					require.NoError(t, err)
					continue
				}
				require.ErrorContains(t, err, want)
				assert.False(t, p.ranImport())
				assert.Empty(t, c.calls)
			}
		})
	}
}

func TestAdoption_TakeOverOverwritesRecord(t *testing.T) {
	p, c := configured(t), terraformed()
	c.withRecord(ownerrecord.Record{Stack: "threa/prod", ID: "0123", By: caller})
	_, err := run(t, p, c, Options{TakeOver: true})
	require.NoError(t, err)
	require.Len(t, c.calls, 1)
	assert.Contains(t, c.calls[0], `"Overwrite":true`)
	assert.NotContains(t, c.calls[0], "0123", "the first up makes a new id, which the lost state does not have")
}

func TestAdoption_RefusesUnknownManager(t *testing.T) {
	p, c := configured(t), terraformed()
	answer := c.answers["rds:DescribeDBInstances"]
	c.answers["rds:DescribeDBInstances"] = strings.Replace(answer, "<Value>terraform", "<Value>cloudformation", 1)
	_, err := run(t, p, c, Options{})
	require.ErrorContains(t, err, "the tags of the database threa are ManagedBy=cloudformation.")
	assert.False(t, p.ranImport())
	_, err = run(t, p, c, Options{TakeOver: true})
	require.NoError(t, err)
}
