package config

import (
	"regexp"
	"slices"
	"strconv"
	"strings"

	"threa-infra/internal/naming"
	"threa-infra/internal/rdsca"
)

// nameLimit keeps the longest derived AWS name within its limit: load balancers and target groups take 32 characters.
const nameLimit = 28

// containers run beside the app's, which is named like the stack.
var containers = []string{naming.ContainerCA, naming.ContainerMigrate, naming.ContainerTunnel}

// label is a name that every AWS service accepts; RDS is the strictest: no hyphen at the end, no two in a row.
var label = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)

// keptNames begin a parameter or a security group, or are a DB subnet group, that only AWS itself may create. Sources:
// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html (Name),
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html (GroupName),
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSubnetGroup.html (DBSubnetGroupName)
var keptNames = regexp.MustCompile(`^(aws|ssm|sg-|sg$|default$)`)

func (r *reader) names(c *Config) {
	isLabel := func(s string) bool { return label.MatchString(s) && len(s) <= 20 }
	c.AppName = r.match("appName", func(s string) bool { return isLabel(s) && len(s) >= 2 },
		"must be 2 to 20 lower-case letters, digits and single hyphens, with a letter first", "threa")
	c.Environment = r.text("environment")
	if c.Environment == "" {
		c.Environment = r.Stack
	}
	if !isLabel(c.Environment) {
		r.reject("environment", c.Environment,
			"must be 1 to 20 lower-case letters, digits and single hyphens, with a letter first (empty takes the stack's name)",
			"staging")
	}
	c.Name = AWSName(c.AppName, c.Environment)
	if isLabel(c.AppName) && len(c.Name) > nameLimit {
		r.reject("environment", c.Environment,
			"makes the AWS names too long: "+c.Name+" has "+strconv.Itoa(len(c.Name))+" characters of at most "+strconv.Itoa(nameLimit), "staging")
	}
	if c.Environment == naming.SuffixReplica {
		r.reject("environment", c.Environment, "must be another: with it the database would be called like the read replica of "+production, "staging")
	}
	if keptNames.MatchString(c.Name) {
		r.reject("appName", c.AppName, "makes AWS names that AWS keeps for itself: "+c.Name+
			" may not begin with aws, ssm or sg-, nor be sg or default", "threa")
	}
	if slices.Contains(containers, c.Name) {
		r.reject("appName", c.AppName, "gives the app's container the name of another one in the task, "+c.Name, "threa")
	}
}

// AWSName is the prefix of the AWS names of an app in an environment.
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
