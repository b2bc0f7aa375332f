// Package resources is the registry of the AWS resource types and functions that the program and bootstrap/ use. A type
// has one row in a YAML file: import id, proof of the owner, IAM actions, names in CloudFormation and Terraform, and
// the answers of mocks. The arguments of its resources are in the program.
//
// To add a type, add its row. The tests of the root package fail for a type without a row, and for an unused row or
// property of a row.
//
// The package is data: it imports neither the Pulumi SDK nor the packages of the program.
package resources

import (
	"bytes"
	"embed"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"

	"gopkg.in/yaml.v3"

	"threa-infra/internal/naming"
)

// Type tokens that Go code names.
const (
	Stash          = "pulumi:index:Stash" // Pulumi's own type that keeps a value in the state
	Database       = "aws:rds/instance:Instance"
	Cache          = "aws:elasticache/replicationGroup:ReplicationGroup"
	Repository     = "aws:ecr/repository:Repository"
	LogGroup       = "aws:cloudwatch/logGroup:LogGroup"
	Parameter      = "aws:ssm/parameter:Parameter"
	Role           = "aws:iam/role:Role"
	RolePolicy     = "aws:iam/rolePolicy:RolePolicy"
	Route          = "aws:ec2/route:Route"
	SecurityGroup  = "aws:ec2/securityGroup:SecurityGroup"
	Service        = "aws:ecs/service:Service"
	TaskDefinition = "aws:ecs/taskDefinition:TaskDefinition"
	Bucket         = "aws:s3/bucketV2:BucketV2" // the Pulumi state, in bootstrap/
	Key            = "aws:kms/key:Key"          // encrypts the secrets in that state
)

// LongestRetention is the longest limited retention of a log group in days. Source:
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
const LongestRetention = 3653

// Type is the row of a resource type.
//
// ARN, Outputs and ImportID are patterns. {key} stands for the input of that name, {region} and {account} for those of
// the stack, and {id} for the id of the resource.
type Type struct {
	// Bootstrap marks types that only bootstrap/ creates. They need Terraform, and ARN and Outputs where they are read.
	Bootstrap bool
	// Terraform is the name of the type in the Terraform provider, which the local AWS runs. Required for AWS types.
	Terraform string
	// ARN is the ARN that the mocks answer with. Required where the program or a template refers to it.
	ARN string `yaml:"arn"`
	// Outputs are the other computed outputs that the program reads, as the mocks invent them.
	Outputs map[string]any
	// ImportID is the id for `pulumi import`, or Lookup. Without it, `threa recover` never imports the type: creating it
	// again changes nothing, and AWS deletes it together with what it belongs to.
	ImportID string `yaml:"importID"`
	// Proof proves the owner of a resource that takes no tags. Without it, such a resource is never imported.
	Proof Proof
	// Rights are the IAM actions with which the provider reads, creates, changes and deletes the resource.
	Rights []Right
	// CloudFormation says how a template of policy/ has the type.
	CloudFormation CloudFormation `yaml:"cloudFormation"`
	// Replacing lists the properties whose change makes the provider replace the resource. The source is the plans of
	// terraform-provider-aws 5.100.0. If HoldsData is true, the list is complete. Otherwise it has only those properties
	// that the program sets.
	Replacing []string
	// HoldsData marks types whose data a deployment cannot create again. `pulumi up` never replaces or deletes such a
	// resource unless the user has confirmed it.
	HoldsData bool `yaml:"holdsData"`
	// Upserts lists the properties that identify a resource which AWS creates a second time without an error. If the
	// replacement has the same identity, deleting the old resource removes the new one.
	Upserts []string
	// Untaggable marks types that take no tags.
	Untaggable bool
	// Free is the reason why the type costs nothing. Types without it have a price in internal/cost.
	Free string
}

// Lookup is the ImportID of types whose id does not follow from the inputs. `threa recover` asks AWS for it, with the
// function of the type in cmd/threa/recovery/lookup.go.
const Lookup = "lookup"

// Proof proves that a resource belongs to the stack: Property, as AWS has it, equals ParentProperty of a tagged
// resource of the type Parent in the state. Without ParentProperty it is the id of the parent.
type Proof struct {
	Parent, Property string
	ParentProperty   string `yaml:"parentProperty"`
}

// CloudFormation says how a template has a type. A property that is not mentioned keeps its name and its keys, with
// capital letters.
type CloudFormation struct {
	// Type is the type in CloudFormation. Required unless Omitted is set.
	Type string
	// Part marks types that are properties of the template's only other resource of Type.
	Part bool
	// Omitted is the reason why a template does not have the type.
	Omitted string
	// Reference is how other resources refer to it: by "id" or "arn" with Ref, by "arnAttribute" with Fn::GetAtt.
	Reference string
	// DeletionPolicy says what happens to the data when the resource is deleted or replaced.
	DeletionPolicy string `yaml:"deletionPolicy"`
	// Names are the names of properties there, with periods between levels.
	Names map[string]string
	// Convert names the conversions of properties in policy/.
	Convert map[string]string
	// Omit has the reasons why a template does not have a property.
	Omit map[string]string
	// Attributes are properties that are elements of AttributeList there, with their keys.
	AttributeList string `yaml:"attributeList"`
	Attributes    map[string]string
}

// Function is the row of a function.
type Function struct {
	Bootstrap bool // only bootstrap/ calls it
	Terraform string
	Rights    []Right
	// Mock says how package mocks answers. Required, except for functions that it has its own code for.
	Mock Mock
}

// Mock says how package mocks answers a function, from the resources that a test puts into the account.
type Mock struct {
	// Of is the type of the resources that the function reads.
	Of string
	// By maps arguments and filters to the properties that they select by. An argument that is not in By has the name of
	// its property.
	By map[string]string
	// Lists maps outputs to the properties that they list. Without it, the outputs are those of the last resource.
	Lists map[string]string
	// Missing is the error if the account has no such resource. Default: couldn't find resource.
	Missing string
}

//go:embed *.yaml
var files embed.FS

// registry reads the rows. An error is a mistake in a YAML file, which every test of the package shows.
var registry = sync.OnceValues(func() (map[string]Type, map[string]Function) {
	types, functions := map[string]Type{}, map[string]Function{}
	names, err := files.ReadDir(".")
	if err != nil {
		panic(fmt.Sprintf("list the registry: %v", err))
	}
	for _, file := range names {
		text, readErr := files.ReadFile(file.Name())
		switch {
		case readErr != nil:
			err = readErr
		case file.Name() == "functions.yaml":
			err = Decode(text, &functions)
		default:
			err = Decode(text, &types)
		}
		if err != nil {
			panic(fmt.Sprintf("read %s: %v", file.Name(), err))
		}
	}
	return types, functions
})

// Decode reads YAML and refuses unknown fields.
func Decode(text []byte, into any) error {
	decoder := yaml.NewDecoder(bytes.NewReader(text))
	decoder.KnownFields(true)
	if err := decoder.Decode(into); err != nil {
		return fmt.Errorf("decode YAML: %w", err)
	}
	return nil
}

// MustDecode reads a YAML file that is part of the binary. It panics on a mistake in the file, which every test of the
// package shows.
func MustDecode[T any](name string, text []byte) (value T) {
	if err := Decode(text, &value); err != nil {
		panic(fmt.Sprintf("read %s: %v", name, err))
	}
	return value
}

// Types returns the rows of all resource types by their token.
func Types() map[string]Type {
	types, _ := registry()
	return maps.Clone(types)
}

// Functions returns the rows of all functions by their token.
func Functions() map[string]Function {
	_, functions := registry()
	return maps.Clone(functions)
}

// Find returns the row of a resource type. ok is false for a type without a row.
func Find(token string) (row Type, ok bool) {
	types, _ := registry()
	row, ok = types[token]
	return row, ok
}

// Replacing returns the properties whose change replaces a resource of the type.
func Replacing(token string) []string {
	row, _ := Find(token)
	return slices.Clone(row.Replacing)
}

// HoldsData reports whether a resource holds data that a deployment cannot create again. A read replica does not: its
// source has the same data.
func HoldsData(token, name string) bool {
	row, _ := Find(token)
	return row.HoldsData && (token != Database || !strings.HasSuffix(name, "-"+naming.SuffixReplica))
}

var placeholder = regexp.MustCompile(`\{\w+\}`)

// Expand replaces every {key} of a pattern with its value.
func Expand(pattern string, value func(key string) string) string {
	return placeholder.ReplaceAllStringFunc(pattern, func(key string) string { return value(key[1 : len(key)-1]) })
}
