package config

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"threa-infra/internal/naming"
	"threa-infra/internal/rdsca"
)

// nameLimit is the maximum length of the name prefix. Load balancers and target groups allow 32 characters.
const nameLimit = 28

// containers are the other containers of a task. The app's container has the name of the stack.
var containers = []string{naming.ContainerCA, naming.ContainerMigrate, naming.ContainerTunnel}

// label matches names that every AWS service accepts. RDS is the strictest: no final and no double hyphen.
var label = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// reservedAWSNames matches names that AWS reserves for parameters, security groups and DB subnet groups. Sources:
// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html (Name),
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html (GroupName),
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSubnetGroup.html (DBSubnetGroupName)
var reservedAWSNames = regexp.MustCompile(`^(aws|ssm|sg-|sg$|default$)`)

func (r *reader) names(c *Config) {
	isLabel := func(s string) bool { return label.MatchString(s) && len(s) <= 20 }
	c.AppName = r.match("appName", func(s string) bool { return isLabel(s) && len(s) >= 2 },
		"must be 2 to 20 lower-case letters, digits and single hyphens, and begin with a letter", "threa")
	c.Environment = r.text("environment")
	if c.Environment == "" {
		c.Environment = r.Stack
	}
	if !isLabel(c.Environment) {
		r.reject("environment", c.Environment,
			"must be 1 to 20 lower-case letters, digits and single hyphens, and begin with a letter (default: the stack's name)",
			"staging")
	}
	c.Name = AWSName(c.AppName, c.Environment)
	if isLabel(c.AppName) && len(c.Name) > nameLimit {
		r.reject("environment", c.Environment, tooLong(c.Name), "staging")
	}
	if c.Environment == naming.SuffixReplica {
		r.reject("environment", c.Environment,
			"must be another one: the database would have the name of the read replica of "+production, "staging")
	}
	if reservedAWSNames.MatchString(c.Name) {
		r.reject("appName", c.AppName, "leads to names that AWS reserves: "+c.Name+
			" must not begin with aws, ssm or sg-, or be sg or default", "threa")
	}
	if slices.Contains(containers, c.Name) {
		r.reject("appName", c.AppName, "gives the app's container the name of another container in the task, "+c.Name,
			"threa")
	}
}

// tooLong is the rule that a name prefix breaks.
func tooLong(name string) string {
	return fmt.Sprintf("makes the AWS names too long: %s has %d characters of at most %d", name, len(name), nameLimit)
}

// AWSName returns the prefix of the AWS names of an app in an environment.
func AWSName(app, environment string) string {
	if environment == production {
		return app
	}
	return app + "-" + environment
}

func (r *reader) region() string {
	regions := rdsca.Regions()
	return r.match("aws:region", func(s string) bool { return slices.Contains(regions, s) },
		"must be one of "+strings.Join(regions, ", "), "eu-central-1")
}
