// Package deployrole builds the IAM policies of a pipeline's roles: the deploy role previews, deploys and destroys a
// stack, the preview role only reads.
//
// The rights come from the registry of resource types, and from duties.yaml for the calls that a pipeline makes outside
// Pulumi.
package deployrole

import (
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"threa-infra/internal/iampolicy"
	"threa-infra/internal/naming"
	"threa-infra/internal/resources"
)

// Scope says which resources the roles reach.
type Scope struct {
	// Account and Region are where the stack is. Required.
	Account, Region string
	// Name is the prefix of the stack's AWS names. Required.
	Name string
	// Bucket has Pulumi's state. Empty if the state is elsewhere.
	Bucket string
	// Project and Environment are the names of the project and the stack in Pulumi. Required with a bucket.
	Project, Environment string
	// Key is the ARN of the KMS key that encrypts the secrets in the state. Empty if a passphrase does.
	Key string
	// Zone is the id of the hosted zone in Route 53 that has the stack's records. Empty for none.
	Zone string
	// TaskPolicies are the ARNs of the managed policies that may be attached to the role of the app. Default: none.
	TaskPolicies []string
	// OtherSubnets are the ids of the subnets of other stacks, in which no service of this stack may run. Default: none.
	OtherSubnets []string
}

// DeployName returns the name of a stack's deploy role. The stack's name comes last: the stack's own policies would
// otherwise allow to change the role.
func DeployName(stack string) string { return "deploy-" + stack }

// PreviewName returns the name of a stack's preview role.
func PreviewName(stack string) string { return "preview-" + stack }

// BoundaryName returns the name of the managed policy that limits the roles of a stack.
func BoundaryName(stack string) string { return "boundary-" + stack }

// BoundaryARN returns the ARN of the policy that BoundaryName names.
func BoundaryARN(stack naming.Stack) string {
	return "arn:aws:iam::" + stack.AccountID + ":policy/" + BoundaryName(stack.Name)
}

// Deploy returns the policies of the deploy role, in as few documents as AWS allows.
func Deploy(s Scope) ([]string, error) {
	return s.policies(func(resources.Right) bool { return true }, s.denySubnets()...)
}

// denySubnets denies running services in the networks of other stacks, where they would reach databases and caches. No
// condition key has the tags of a subnet. Source:
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazonelasticcontainerservice.html
func (s Scope) denySubnets() []iampolicy.Statement {
	if len(s.OtherSubnets) == 0 {
		return nil
	}
	denial := iampolicy.Deny(iampolicy.Everything, "ecs:CreateService", "ecs:UpdateService")
	denial.Condition = iampolicy.Condition{"ForAnyValue:StringEquals": {"ecs:subnet": s.OtherSubnets}}
	return []iampolicy.Statement{denial}
}

// Preview returns the policies of the preview role.
func Preview(s Scope) ([]string, error) {
	return s.policies(resources.Right.ForPreviews, s.denySecrets())
}

// denySecrets denies decrypting the parameters that the program does not create: the app's own secrets. All other
// parameters are in the state, which a preview decrypts, and a refresh reads them. Every role in the account may use
// the key of the parameters, which AWS manages. Source:
// https://docs.aws.amazon.com/systems-manager/latest/userguide/secure-string-parameter-kms-encryption.html
func (s Scope) denySecrets() iampolicy.Statement {
	stack := naming.Stack{Name: s.Name, Region: s.Region, AccountID: s.Account}
	var inState []string
	for _, parameter := range append(stack.Parameters(), stack.Parameter(naming.ParameterAppPrefix+"*")) {
		inState = append(inState, stack.ParameterARN(parameter))
	}
	denial := iampolicy.Deny(iampolicy.Everything, "kms:Decrypt")
	denial.Condition = iampolicy.Condition{
		"StringEquals":  {"kms:ViaService": "ssm." + s.Region + ".amazonaws.com"},
		"StringNotLike": {"kms:EncryptionContext:PARAMETER_ARN": inState},
	}
	return denial
}

func (s Scope) policies(include func(resources.Right) bool, others ...iampolicy.Statement) ([]string, error) {
	if s.Bucket != "" && (s.Project == "" || s.Environment == "") {
		return nil, errors.New("the roles need the project and the name of the stack in the bucket")
	}
	statements, err := s.statements(slices.DeleteFunc(allRights(), func(r resources.Right) bool { return !include(r) }))
	if err != nil {
		return nil, err
	}
	return split(append(statements, others...))
}

// statements returns the statements that grant the rights.
func (s Scope) statements(rights []resources.Right) ([]iampolicy.Statement, error) {
	if s.Account == "" || s.Region == "" || s.Name == "" {
		return nil, errors.New("the roles need an account, a region and the name of a stack")
	}
	granted := grants{}
	for _, right := range rights {
		granted.add(right, s)
	}
	return granted.statements()
}

//go:embed duties.yaml
var duties []byte

// readRights returns the rights in a YAML file of the package, which groups them by purpose.
func readRights(name string, text []byte) []resources.Right {
	byDuty := resources.MustDecode[map[string][]resources.Right](name, text)
	return slices.Concat(slices.Collect(maps.Values(byDuty))...)
}

// allRights returns the rights of the registry and of duties.yaml.
func allRights() []resources.Right {
	rights := readRights("duties.yaml", duties)
	for _, row := range resources.Types() {
		rights = append(rights, row.Rights...)
	}
	for _, row := range resources.Functions() {
		rights = append(rights, row.Rights...)
	}
	return rights
}

// condition is an iampolicy.Condition as JSON, or empty.
type condition string

// grants holds the allowed resources by action and by condition.
type grants map[string]map[condition][]string

func (g grants) add(right resources.Right, s Scope) {
	for _, action := range right.Actions() {
		if g[action] == nil {
			g[action] = map[condition][]string{}
		}
		for _, pattern := range right.Resources() {
			arn, exists := s.expand(pattern)
			if !exists {
				continue
			}
			for _, c := range s.conditions(right) {
				g[action][c] = append(g[action][c], arn)
			}
		}
	}
}

// conditions returns alternative conditions: the right holds if one of them is met. Source:
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awsidentityandaccessmanagementiam.html
func (s Scope) conditions(right resources.Right) []condition {
	switch {
	case right.PassRole != "":
		return []condition{s.condition(right, "StringEquals", "iam:PassedToService", right.PassRole)}
	case !right.AttachPolicies:
		return []condition{s.condition(right)}
	}
	var conditions []condition
	for _, arn := range s.TaskPolicies {
		conditions = append(conditions, s.condition(right, "ArnEquals", "iam:PolicyARN", arn))
	}
	return conditions
}

// condition returns the condition of a right. other adds an operator, a key and a value.
func (s Scope) condition(right resources.Right, other ...string) condition {
	all := iampolicy.Condition{}
	if len(other) > 0 {
		all[other[0]] = map[string]any{other[1]: other[2]}
	}
	for operator, byKey := range right.When {
		if all[operator] == nil {
			all[operator] = map[string]any{}
		}
		for key, value := range byKey {
			all[operator][key], _ = s.expand(value)
		}
	}
	if len(all) == 0 {
		return ""
	}
	text, _ := json.Marshal(all) //nolint:errchkjson // maps of strings always marshal
	return condition(text)
}

// expand returns a pattern with the values of the scope. exists is false if the scope lacks a value.
func (s Scope) expand(pattern string) (text string, exists bool) {
	exists = true
	text = resources.Expand(pattern, func(key string) string {
		value := map[string]string{
			"account": s.Account, "region": s.Region, "stack": s.Name, "bucket": s.Bucket, "key": s.Key, "zone": s.Zone,
			"project": s.Project, "environment": s.Environment,
		}[key]
		exists = exists && value != ""
		return value
	})
	return text, exists
}

// statements grants each action once, and all actions on the same resources in one statement. An action that is granted
// on all resources is not granted on single ones, too.
func (g grants) statements() ([]iampolicy.Statement, error) {
	type scope struct {
		condition condition
		resources string
	}
	actions := map[scope][]string{}
	for action, byCondition := range g {
		for condition, arns := range byCondition {
			slices.Sort(arns)
			if arns = slices.Compact(arns); arns[0] == "*" {
				arns = arns[:1]
			}
			key := scope{condition, strings.Join(arns, "\n")}
			actions[key] = append(actions[key], action)
		}
	}
	var statements []iampolicy.Statement
	for key, allowed := range actions {
		slices.Sort(allowed)
		statement := iampolicy.Allow(strings.Split(key.resources, "\n"), allowed...)
		if key.condition != "" {
			if err := json.Unmarshal([]byte(key.condition), &statement.Condition); err != nil {
				return nil, fmt.Errorf("read condition: %w", err)
			}
		}
		statements = append(statements, statement)
	}
	slices.SortFunc(statements, func(a, b iampolicy.Statement) int {
		return strings.Compare(fmt.Sprint(a.Condition, a.Resource), fmt.Sprint(b.Condition, b.Resource))
	})
	return statements, nil
}
