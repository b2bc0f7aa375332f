package recovery

import (
	"encoding/json"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/ownerrecord"
)

const getRecord = "ssm:GetParameter"

// recordAnswer is how SSM answers for the owner record of the stack with an id.
func recordAnswer(id string) string {
	return parameterAnswer(ownerrecord.Record{
		Stack: "threa/prod", ID: id, Since: "2026-11-28T19:00:00Z", By: "arn:aws:iam::42:user/anna",
	}.String())
}

func parameterAnswer(value string) string {
	answer, err := json.Marshal(map[string]any{"Parameter": map[string]any{"Name": "/threa/stack", "Value": value}})
	if err != nil {
		panic(err) // strings
	}
	return string(answer)
}

// ownerID is the resource that holds the id in the state.
func ownerID(id string) apitype.ResourceV3 {
	stash := made(stashes, ownerrecord.IDResource, "claim-id", properties{})
	stash.Outputs = map[string]any{"output": map[string]any{"id": id}}
	return stash
}

// recordParameter is the owner record in the state.
func recordParameter() apitype.ResourceV3 {
	return made(parameters, recordResource, "/threa/stack", properties{"name": "/threa/stack"})
}

func TestRecovery_StopsAtNamesOfAnotherStack(t *testing.T) {
	const anna = "stack threa/prod, created by arn:aws:iam::42:user/anna at 2026-11-28T19:00:00Z"
	for name, one := range map[string]struct {
		resources []apitype.ResourceV3
		answer    string
		owner     string
	}{
		"an empty state":                 {nil, recordAnswer("theirs"), anna},
		"another id":                     {[]apitype.ResourceV3{ownerID("ours")}, recordAnswer("theirs"), anna},
		"a parameter, but no id":         {[]apitype.ResourceV3{recordParameter()}, recordAnswer("theirs"), anna},
		"an old record and no parameter": {[]apitype.ResourceV3{ownerID("ours")}, parameterAnswer("threa/prod"), "stack threa/prod"},
	} {
		t.Run(name, func(t *testing.T) {
			p, c := withOrphans(t, one.resources...)
			p.interrupt(apitype.OperationTypeCreating, pending(repositoryType, "repository", properties{"name": "threa"}))
			c.answers[getRecord] = one.answer
			_, err := recoverStack(t, p, c, preview)
			require.ErrorContains(t, err, "the AWS names threa and threa-… belong to "+one.owner)
			require.ErrorContains(t, err, "Nothing was changed.")
			require.ErrorContains(t, err, "pulumi login")
			require.ErrorContains(t, err, "pulumi config set environment")
			assert.Zero(t, p.saved)
			assert.Len(t, c.calls, 1, "nothing else is read: %v", c.calls)
			assert.NotContains(t, p.ran, "preview --json")
		})
	}
}

func TestRecovery_DeletesOnlyForTheOwner(t *testing.T) {
	for name, one := range map[string]struct {
		resources []apitype.ResourceV3
		answer    string
		deletes   bool
	}{
		"the same id":            {[]apitype.ResourceV3{ownerID("ours")}, recordAnswer("ours"), true},
		"an old record":          {[]apitype.ResourceV3{recordParameter()}, parameterAnswer("threa/prod"), true},
		"no record":              {nil, "", false},
		"no record, but an id":   {[]apitype.ResourceV3{ownerID("ours")}, "", false},
		"a record that was lost": {[]apitype.ResourceV3{recordParameter()}, "", false},
	} {
		t.Run(name, func(t *testing.T) {
			p, c := withOrphans(t, one.resources...)
			if one.answer != "" {
				c.answers[getRecord] = one.answer
			}
			_, err := recoverStack(t, p, c, nil)
			require.NoError(t, err)
			assert.Equal(t, one.deletes, slices.ContainsFunc(c.calls, changesAWS), "%v", c.calls)
		})
	}
}

// The answer to the creation of the record was lost: the id in the state proves whose it is.
func TestRecovery_ImportsTheOwnerRecordByItsID(t *testing.T) {
	record := pending(parameters, recordResource, properties{"name": "/threa/stack", "tags": tags("t")})
	p := newPulumi(t, []apitype.ResourceV3{ownerID("ours")}, record)
	p.reads[parameters+" /threa/stack"] = properties{"name": "/threa/stack"}
	printed, err := recoverStack(t, p, &cloud{answers: map[string]string{getRecord: recordAnswer("ours")}}, nil)
	require.NoError(t, err)
	assert.Equal(t, "claim-stack: imported /threa/stack.\n", printed)
	assert.NotNil(t, p.live(parameters, recordResource))
}

func TestRecovery_NamesTheRecordItCannotRead(t *testing.T) {
	p := newPulumi(t, nil)
	denied := map[string]string{getRecord: `error {"__type":"AccessDeniedException"}`}
	_, err := recoverStack(t, p, &cloud{answers: denied}, nil)
	require.ErrorContains(t, err, "read the owner record /threa/stack")
}

func TestRecovery_TakesTheNamesFromTheState(t *testing.T) {
	staging := made(parameters, recordResource, "/threa-staging/stack", properties{"name": "/threa-staging/stack"})
	c := &cloud{}
	_, err := recoverStack(t, newPulumi(t, []apitype.ResourceV3{staging}), c, nil)
	require.NoError(t, err)
	require.Len(t, c.called(getRecord), 1)
	assert.Contains(t, c.called(getRecord)[0], "/threa-staging/stack")
}
