package recovery

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/ownerrecord"
	"threa-infra/internal/resources"
)

const getRecord = "ssm:GetParameter"

// recordAnswer is how SSM answers for the owner record of the stack with an id.
func recordAnswer(id string) string {
	return parameterAnswer(ownerrecord.Record{
		Stack: "threa/prod", ID: id, Since: "2026-11-28T19:00:00Z", By: "arn:aws:iam::42:user/anna",
	}.String())
}

func parameterAnswer(value string) string {
	return fmt.Sprintf(`{"Parameter":{"Name":"/threa/stack","Value":%q}}`, value)
}

// ownerID is the resource that holds the id in the state.
func ownerID(id string) apitype.ResourceV3 {
	stash := made(resources.Stash, ownerrecord.IDResource, "claim-id", properties{})
	stash.Outputs = map[string]any{"output": map[string]any{"id": id}}
	return stash
}

// recordParameter is the owner record in the state.
func recordParameter() apitype.ResourceV3 {
	return made(parameters, "claim-stack", "/threa/stack", properties{"name": "/threa/stack"})
}

func TestRecovery_StopsAtNamesOfAnotherStack(t *testing.T) {
	const anna = "stack threa/prod, created by arn:aws:iam::42:user/anna at 2026-11-28T19:00:00Z"
	for name, one := range map[string]struct {
		resources []apitype.ResourceV3
		answer    string
		owner     string
	}{
		"an empty state":        {nil, recordAnswer("theirs"), anna},
		"another id":            {[]apitype.ResourceV3{ownerID("ours")}, recordAnswer("theirs"), anna},
		"an adoption elsewhere": {[]apitype.ResourceV3{ownerID("ours")}, recordAnswer(""), "stack threa/prod"},
		"an adoption into another stack": {
			nil, strings.Replace(recordAnswer(""), "threa/prod", "threa/live", 1), "stack threa/live",
		},
		"a parameter, but no id": {[]apitype.ResourceV3{recordParameter()}, recordAnswer("theirs"), anna},
		"an old record and no parameter": {
			[]apitype.ResourceV3{ownerID("ours")}, parameterAnswer("threa/prod"), "stack threa/prod",
		},
	} {
		t.Run(name, func(t *testing.T) {
			p, c := withOrphans(t, one.resources...)
			p.interrupt(apitype.OperationTypeCreating, pending(repositoryType, "repository", properties{"name": "threa"}))
			c.answers[getRecord] = one.answer
			_, err := recoverStack(t, p, c, preview)
			require.ErrorContains(t, err, "the AWS names threa and threa-… belong to "+one.owner)
			require.ErrorContains(t, err, "Nothing was changed.")
			require.Regexp(t, "pulumi login|threa adopt", err.Error())
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
		"the same id":   {[]apitype.ResourceV3{ownerID("ours")}, recordAnswer("ours"), true},
		"an old record": {[]apitype.ResourceV3{recordParameter()}, parameterAnswer("threa/prod"), true},
		"an adoption before its first up, whose rules the state may lack": {
			[]apitype.ResourceV3{recordParameter()}, recordAnswer(""), false},
		"an adoption that was killed in its import": {nil, recordAnswer(""), false},
		"an adoption whose first up was killed": {
			[]apitype.ResourceV3{recordParameter(), ownerID("ours")}, recordAnswer(""), false},
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
	record := pending(parameters, "claim-stack", properties{"name": "/threa/stack", "tags": tags("t")})
	p := newPulumi(t, []apitype.ResourceV3{ownerID("ours")}, record)
	p.reads[parameters+" /threa/stack"] = properties{"name": "/threa/stack"}
	printed, err := recoverStack(t, p, &cloud{answers: map[string]string{getRecord: recordAnswer("ours")}}, nil)
	require.NoError(t, err)
	assert.Equal(t, "claim-stack: imported /threa/stack.\n", printed)
	assert.NotNil(t, p.live(parameters, "claim-stack"))
}

func TestRecovery_TakesTheNamesFromTheState(t *testing.T) {
	staging := made(parameters, "claim-stack", "/threa-staging/stack", properties{"name": "/threa-staging/stack"})
	c := &cloud{}
	_, err := recoverStack(t, newPulumi(t, []apitype.ResourceV3{staging}), c, nil)
	require.NoError(t, err)
	require.Len(t, c.called(getRecord), 1)
	assert.Contains(t, c.called(getRecord)[0], "/threa-staging/stack")
}

// creations returns the resources that a killed run was creating: an example of a type, after the parent that proves
// its owner. It adds what the provider reads of them to reads.
func creations(kind string, tagsInAWS map[string]any, reads map[string]properties) []apitype.ResourceV3 {
	var list []apitype.ResourceV3
	row, _ := resources.Find(kind)
	if row.Proof.Parent != "" {
		list = creations(row.Proof.Parent, tagsInAWS, reads)
	}
	e := example(kind)
	inputs, outputs := properties{}, properties{"arn": "arn:theirs"}
	maps.Copy(inputs, e.inputs)
	maps.Copy(outputs, e.inputs)
	if !row.Untaggable {
		inputs["tags"], outputs["tags"] = ourTags, tagsInAWS
	}
	switch kind {
	case balancerType:
		outputs["dnsName"] = "Threa-1.elb.amazonaws.com"
	case "aws:route53/record:Record":
		outputs["aliases"] = []any{map[string]any{"name": "threa-1.elb.amazonaws.com."}}
	}
	reads[kind+" "+e.id] = outputs
	return append(list, pending(kind, kind[strings.LastIndex(kind, ":")+1:], inputs))
}

// changesAWS reports whether a call changes something.
func changesAWS(call string) bool {
	_, action, _ := strings.Cut(call, ":")
	return !slices.ContainsFunc([]string{"Describe", "List", "Get"}, func(verb string) bool {
		return strings.HasPrefix(action, verb)
	})
}

func TestRecovery_ImportsOnlyWithTheStacksTags(t *testing.T) {
	for kind, row := range resources.Types() {
		if row.Bootstrap {
			continue
		}
		for name, tagsInAWS := range map[string]map[string]any{
			"its tags": ourTags, "no tags": {}, "Terraform's": {"Name": "threa", "ManagedBy": "terraform"},
			"another stack's": {"Name": "threa", "Stack": "other", "ManagedBy": "pulumi"},
		} {
			t.Run(kind+" "+name, func(t *testing.T) {
				reads := map[string]properties{}
				pendings := creations(kind, tagsInAWS, reads)
				p := newPulumi(t, nil, pendings...)
				p.reads = reads
				c := &cloud{answers: answers{}}
				maps.Copy(c.answers, looked[row.Proof.Parent].answers)
				maps.Copy(c.answers, looked[kind].answers)
				printed, err := recoverStack(t, p, c, nil)
				require.NoError(t, err)
				imported := 0
				if name == "its tags" && row.ImportID != "" && (!row.Untaggable || row.Proof.Parent != "") {
					imported = len(pendings)
				}
				assert.Len(t, p.deployment.Resources, 1+imported, printed)
				assert.Empty(t, p.deployment.PendingOperations)
				assert.False(t, slices.ContainsFunc(c.calls, changesAWS), "%v", c.calls)
			})
		}
	}
}

func TestRecovery_ImportsOnlyRecordsOfItsLoadBalancer(t *testing.T) {
	const record = "aws:route53/record:Record"
	for name, outputs := range map[string]properties{
		"another load balancer": {"aliases": []any{map[string]any{"name": "other.elb.amazonaws.com"}}},
		"an address":            {"records": []any{"192.0.2.1"}},
	} {
		reads := map[string]properties{}
		p := newPulumi(t, nil, creations(record, ourTags, reads)...)
		p.reads = reads
		reads[record+" "+example(record).id] = outputs
		_, err := recoverStack(t, p, &cloud{answers: tagged}, nil)
		require.NoError(t, err)
		assert.NotNil(t, p.live(balancerType, "LoadBalancer"), name)
		assert.Nil(t, p.live(record, "Record"), name)
	}
}
