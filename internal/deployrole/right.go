package deployrole

import "threa-infra/internal/iampolicy"

// right is a set of actions of one service on the same resources.
type right struct {
	service   string
	actions   []string
	writes    bool // it changes something; the role that only looks does not get it
	resources []string
	condition iampolicy.Condition
}

// look is a right to read. Without resources it is about all that there is, which is what listing needs.
func look(service string, actions ...string) right {
	return right{service: service, actions: actions}
}

// change is a right to make, change and delete.
func change(service string, actions ...string) right {
	return right{service: service, actions: actions, writes: true}
}

// in ties a right to resources of the account and region. Each is what stands last in the ARN; {name} is the prefix of
// the stack's AWS names.
func (r right) in(resources ...string) right {
	return r.tied("arn:aws:"+r.service+":{region}:{account}:", resources)
}

// global ties a right to resources whose ARN names no region.
func (r right) global(resources ...string) right {
	return r.tied("arn:aws:"+r.service+"::{account}:", resources)
}

// public ties a right to resources whose ARN names neither region nor account.
func (r right) public(resources ...string) right {
	return r.tied("arn:aws:"+r.service+":::", resources)
}

func (r right) tied(prefix string, resources []string) right {
	for _, resource := range resources {
		r.resources = append(r.resources, prefix+resource)
	}
	return r
}

// handTo lets a role of the stack be handed to an AWS service, and to no other.
func handTo(service string) right {
	r := change("iam", "PassRole").global("role/{name}-*")
	r.condition = iampolicy.Condition{"StringEquals": {"iam:PassedToService": service}}
	return r
}

// ownRole lets an AWS service make the role that it acts with in an account that uses it for the first time.
// Source: https://docs.aws.amazon.com/IAM/latest/UserGuide/using-service-linked-roles.html
func ownRole(service string) right {
	return change("iam", "CreateServiceLinkedRole").global("role/aws-service-role/" + service + "/*")
}
