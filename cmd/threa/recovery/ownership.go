package recovery

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"threa-infra/internal/config"
	"threa-infra/internal/naming"
	"threa-infra/internal/ownerrecord"
	"threa-infra/internal/resources"
)

// checkOwner compares the owner record in AWS with the state. It returns true if the record proves that the AWS names
// are this stack's, and false if AWS has no record. A record of another stack is an error.
func (r *Recovery) checkOwner(ctx context.Context, known *state) (bool, error) {
	prefix, err := r.prefix(ctx, known)
	if err != nil || prefix == "" {
		return false, err
	}
	name := naming.Stack{Name: prefix}.OwnerRecord()
	answer, err := ssm.NewFromConfig(r.API.settings).GetParameter(ctx, &ssm.GetParameterInput{Name: &name})
	var notFound *types.ParameterNotFound
	if errors.As(err, &notFound) {
		return false, nil
	}
	if err != nil {
		return false, fmt.Errorf("read the owner record %s: %w", name, err)
	}
	record := ownerrecord.Parse(aws.ToString(answer.Parameter.Value))
	switch {
	case record.ID != "" && record.ID == OwnerID(known.Resources):
		return true, nil
	// An earlier version of the program wrote records without an id. SSM creates a parameter only once, so the state
	// that has the parameter is the one that wrote it.
	case record.ID == "" && record.By == "" && slices.ContainsFunc(known.Resources, isOwnerRecord):
		return true, nil
	// threa adopt wrote the record, and no up has completed it yet. If the import was killed, the state lacks a part of
	// the deployment, so nothing may be deleted.
	case record.Adopting() && path.Base(record.Stack) == path.Base(r.Stack.Name()) &&
		(OwnerID(known.Resources) == "" || slices.ContainsFunc(known.Resources, isOwnerRecord)):
		return false, nil
	}
	return false, record.Refuse(prefix, "", "Nothing was changed.")
}

// isOwnerRecord returns whether a resource is the SSM parameter of the owner record, under its present or its former
// logical name.
func isOwnerRecord(r apitype.ResourceV3) bool {
	return r.Type == parameters && slices.Contains([]string{ownerrecord.Resource, "secrets-owner"}, r.URN.Name())
}

// OwnerID returns the id of the owner that a state holds, or "".
func OwnerID(state []apitype.ResourceV3) string {
	for _, r := range state {
		if r.Type == resources.Stash && r.URN.Name() == ownerrecord.IDResource && !r.Delete {
			return properties(r.Outputs).object("output").text("id")
		}
	}
	return ""
}

// prefix returns the prefix of the stack's AWS names, from the owner record in the state or else from the
// configuration. It is empty for a project whose stacks have no owner record.
func (r *Recovery) prefix(ctx context.Context, known *state) (string, error) {
	candidates := append(slices.Clone(known.Resources), known.pendingCreates()...)
	if i := slices.IndexFunc(candidates, isOwnerRecord); i >= 0 {
		parameter := properties(candidates[i].Inputs).text("name")
		return naming.FromOwnerRecord(parameter), nil
	}
	settings, err := r.Stack.GetAllConfigWithOptions(ctx, &auto.GetAllConfigOptions{ConfigFile: r.ConfigFile})
	if err != nil {
		return "", fmt.Errorf("read the stack's configuration: %w", err)
	}
	values := map[string]string{}
	for key, setting := range settings {
		_, key, _ = strings.Cut(key, ":")
		values[key] = setting.Value
	}
	environment, set := values["environment"]
	if !set {
		return "", nil
	}
	stack := path.Base(r.Stack.Name()) // without its organization and project
	return config.AWSName(values["appName"], cmp.Or(environment, stack)), nil
}

// belongs returns whether a resource that AWS has is this stack's. outputs is what the provider has read.
//
// A resource that is created with tags must have all of them: AWS gets them in the call that creates it, so that even a
// half-created resource has them. For a type without tags, the registry says what proves the owner.
func (r *Recovery) belongs(known *state, creation apitype.ResourceV3, outputs properties) bool {
	if isOwnerRecord(creation) {
		return r.owned
	}
	if tags := maps.Clone(properties(creation.Inputs).object("tags")); len(tags) > 0 {
		delete(tags, naming.TagFinalSnapshot) // databases of an earlier version of the program lack it
		return hasTags(outputs.object("tags"), tags)
	}
	row, _ := resources.Find(string(creation.Type))
	proof, err := resource.ParsePropertyPath(row.Proof.Property)
	if err != nil || row.Proof.Parent == "" {
		return false
	}
	property, _ := proof.Get(resource.NewProperty(resource.NewPropertyMapFromMap(outputs)))
	if !property.IsString() || property.StringValue() == "" {
		return false
	}
	value := strings.TrimSuffix(property.StringValue(), ".") // of a host name in DNS
	return slices.ContainsFunc(known.Resources, func(parent apitype.ResourceV3) bool {
		id := string(parent.ID)
		if key := row.Proof.ParentProperty; key != "" {
			id = properties(parent.Outputs).text(key)
		}
		return string(parent.Type) == row.Proof.Parent && !parent.External && strings.EqualFold(id, value) &&
			hasTags(properties(parent.Outputs).object("tags"), properties(parent.Inputs).object("tags"))
	})
}

// hasTags returns whether AWS has every tag of the stack. Without any tag nothing is proven.
func hasTags(actual, expected properties) bool {
	for key := range expected {
		if _, set := actual[key]; !set || actual.text(key) != expected.text(key) {
			return false
		}
	}
	return len(expected) > 0
}
