package resources

import (
	"slices"
	"strings"

	"threa-infra/internal/naming"
)

// Right is a set of IAM actions on the same resources. One of Read, Write, PassRole, ServiceLinkedRole and
// AttachPolicies is required.
// Source:
// https://docs.aws.amazon.com/service-authorization/latest/reference/reference_policies_actions-resources-contextkeys.html
type Right struct {
	// Read are actions that change nothing.
	Read []string
	// Write are actions that create, change and delete. The preview role does not get them.
	Write []string
	// DeployOnly withholds a right that only reads from the preview role, too.
	DeployOnly bool `yaml:"deployOnly"`
	// On lists the resources in the account and region, as the last part of their ARN. {stack} stands for the prefix of
	// the stack's AWS names. Without On, OnGlobal and ARNs the right covers all resources.
	On []string
	// OnGlobal lists resources whose ARN has no region.
	OnGlobal []string `yaml:"onGlobal"`
	// ARNs lists resources by their whole ARN. {bucket} and {key} stand for the bucket of Pulumi's state and its key.
	// {project} and {environment} stand for the project and the name of the stack in Pulumi, and {zone} for its hosted
	// zone.
	ARNs []string `yaml:"arns"`
	// PassRole is the only AWS service that the roles of OnGlobal may be passed to.
	PassRole string `yaml:"passRole"`
	// ServiceLinkedRole is an AWS service whose role may be created in an account that uses it for the first time. Source:
	// https://docs.aws.amazon.com/IAM/latest/UserGuide/using-service-linked-roles.html
	ServiceLinkedRole string `yaml:"serviceLinkedRole"`
	// AttachPolicies allows attaching the managed policies that the bootstrap stack names, to the role of the app only.
	AttachPolicies bool `yaml:"attachPolicies"`
	// When requires values of condition keys, by operator and key. Values have placeholders as ARNs do.
	When map[string]map[string]string
}

// Actions returns the actions, such as ecs:CreateService.
func (r Right) Actions() []string {
	switch {
	case r.PassRole != "":
		return []string{"iam:PassRole"}
	case r.ServiceLinkedRole != "":
		return []string{"iam:CreateServiceLinkedRole"}
	case r.AttachPolicies:
		return []string{"iam:AttachRolePolicy"}
	}
	return slices.Concat(r.Read, r.Write)
}

// ForPreviews reports whether the preview role gets the right.
func (r Right) ForPreviews() bool { return len(r.Read) > 0 && !r.DeployOnly }

// Resources returns the ARN patterns of the resources, or * for all.
func (r Right) Resources() []string {
	switch {
	case r.ServiceLinkedRole != "":
		return []string{"arn:aws:iam::{account}:role/aws-service-role/" + r.ServiceLinkedRole + "/*"}
	case r.AttachPolicies:
		return []string{"arn:aws:iam::{account}:role/" + naming.Stack{Name: "{stack}"}.TaskRole()}
	case len(r.On)+len(r.OnGlobal)+len(r.ARNs) == 0:
		return []string{"*"}
	}
	service, _, _ := strings.Cut(r.Actions()[0], ":")
	arns := slices.Clone(r.ARNs)
	for _, resource := range r.On {
		arns = append(arns, "arn:aws:"+service+":{region}:{account}:"+resource)
	}
	for _, resource := range r.OnGlobal {
		arns = append(arns, "arn:aws:"+service+"::{account}:"+resource)
	}
	return arns
}
