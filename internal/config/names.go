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
var containers = []string{naming.ContainerCA, naming.ContainerRole, naming.ContainerMigrate, naming.ContainerTunnel}

// reservedAWSNames matches names that AWS reserves for parameters, security groups and DB subnet groups. Sources:
// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html (Name),
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateSecurityGroup.html (GroupName),
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBSubnetGroup.html (DBSubnetGroupName)
var reservedAWSNames = regexp.MustCompile(`^(aws|ssm|sg-|sg$|default$)`)

// checkNames sets the prefix of the AWS names and checks it.
func (r *reader) checkNames(c *Config) {
	c.Name = AWSName(c.AppName, c.Environment)
	if r.isValid("appName") && len(c.Name) > nameLimit {
		r.rejectValue("environment", tooLong(c.Name))
	}
	if c.Environment == naming.SuffixReplica {
		r.rejectValue("environment",
			"must be another one: the database would have the name of the read replica of "+production)
	}
	if reservedAWSNames.MatchString(c.Name) {
		r.rejectValue("appName", "leads to names that AWS reserves: "+c.Name+
			" must not begin with aws, ssm or sg-, or be sg or default")
	}
	if slices.Contains(containers, c.Name) {
		r.rejectValue("appName", "gives the app's container the name of another container in the task, "+c.Name)
	}
	if c.Ingress.Kind == IngressLoadBalancer && strings.HasPrefix(c.Name, "internal-") {
		r.rejectValue("appName", "must not begin with internal-, which AWS rejects in load balancer names")
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
	region, regions := r.text("aws:region"), rdsca.Regions()
	if !slices.Contains(regions, region) {
		fix := placeholder
		if region == "" {
			fix = "eu-central-1"
		}
		r.rejectWithFix("aws:region", "must be one of "+strings.Join(regions, ", "), fix)
	}
	return region
}
