package recovery

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"threa-infra/internal/config"
	"threa-infra/internal/naming"
	"threa-infra/internal/ownerrecord"
)

// The logical name of the SSM parameter that is the owner record, and the one that it had in earlier versions.
const (
	recordResource = "claim-stack"
	formerRecord   = "secrets-owner"
)

const stashes = "pulumi:index:Stash"

// checkOwner compares the owner record in AWS with the state. It returns true if the record proves that the AWS names
// are this stack's, and false if AWS has no record. A record of another stack is an error.
func (r *Recovery) checkOwner(ctx context.Context, known *state) (bool, error) {
	prefix, err := r.prefix(ctx, known)
	if err != nil || prefix == "" {
		return false, err
	}
	record, err := r.API.ownerRecord(ctx, prefix)
	if err != nil || record == nil {
		return false, err
	}
	// An earlier version of the program wrote records without an id. SSM creates a parameter only once, so a state that
	// has the parameter is the one that wrote it.
	if record.ID == "" && isRecorded(known) || record.ID != "" && record.ID == known.ownerID() {
		return true, nil
	}
	return false, record.Refuse(prefix, "", "Nothing was changed.")
}

func isRecorded(known *state) bool {
	return slices.ContainsFunc(known.Resources, isOwnerRecord)
}

// isOwnerRecord returns whether a resource is the SSM parameter of the owner record.
func isOwnerRecord(r apitype.ResourceV3) bool {
	name := r.URN.Name()
	return r.Type == parameters && (name == recordResource || name == formerRecord)
}

// ownerID returns the id that the state holds, or "".
func (s *state) ownerID() string {
	for _, r := range s.Resources {
		if r.Type == stashes && r.URN.Name() == ownerrecord.IDResource && !r.Delete {
			return properties(r.Outputs).object("output").text("id")
		}
	}
	return ""
}

// prefix returns the prefix of the stack's AWS names: that of the deployed stack, or else the configured one. It is
// empty for a project whose stacks have no owner record.
func (r *Recovery) prefix(ctx context.Context, known *state) (string, error) {
	resources := append(slices.Clone(known.Resources), known.pendingCreates()...)
	if i := slices.IndexFunc(resources, isOwnerRecord); i >= 0 {
		parameter := properties(resources[i].Inputs).text("name")
		return strings.TrimSuffix(strings.TrimPrefix(parameter, "/"), "/stack"), nil
	}
	settings, err := r.Stack.config(ctx)
	if err != nil {
		return "", err
	}
	values := map[string]string{}
	for key, setting := range settings {
		_, key, _ = strings.Cut(key, ":")
		values[key] = setting.Value
	}
	environment, named := values["environment"]
	if !named {
		return "", nil
	}
	return config.AWSName(values["appName"], cmp.Or(environment, r.Stack.shortName())), nil
}

// ownerRecord reads the owner record, nil if AWS has none.
func (a *API) ownerRecord(ctx context.Context, prefix string) (*ownerrecord.Record, error) {
	name := naming.Stack{Name: prefix}.OwnerRecord()
	answer, err := a.ssm.GetParameter(ctx, &ssm.GetParameterInput{Name: &name})
	var notFound *types.ParameterNotFound
	if errors.As(err, &notFound) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the owner record %s: %w", name, err)
	}
	record := ownerrecord.Parse(*answer.Parameter.Value)
	return &record, nil
}
