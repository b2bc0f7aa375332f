package shim

import (
	"slices"
	"strings"

	"threa-infra/internal/naming"
	"threa-infra/local/shim/authorization"
)

// readingVerbs begin the names of actions for which no policy has a condition on the resource.
var readingVerbs = []string{"Describe", "Get", "List"}

// addStateKeys adds the condition keys of a request that AWS reads from the resource, as it is before the call: the
// permissions boundary of a role, and the tag Stack where ids say nothing. A resource that moto does not have yet has
// none.
func (a *account) addStateKeys(c *call, r *authorization.Request) {
	service, action, _ := strings.Cut(r.Action, ":")
	if slices.ContainsFunc(readingVerbs, func(verb string) bool { return strings.HasPrefix(action, verb) }) {
		return
	}
	id := r.Resource[strings.LastIndex(r.Resource, "/")+1:]
	if id == "new" || id == "*" {
		return
	}
	stack := ""
	switch service {
	case "iam":
		if r.Context["iam:PermissionsBoundary"] != "" { // the call names one
			return
		}
		if answer, err := a.upstream.query(c, service, "GetRole", "RoleName", id); err == nil {
			if boundary := answer.FindElement(".//PermissionsBoundaryArn"); boundary != nil {
				r.Set("iam:PermissionsBoundary", boundary.Text())
			}
		}
	case "ec2":
		stack = a.ec2Tag(c, id)
	case "elasticloadbalancing":
		answer, err := a.upstream.query(c, service, "DescribeTags", "ResourceArns.member.1", r.Resource)
		if err == nil {
			if value := answer.FindElement(".//member[Key='" + naming.TagStack + "']/Value"); value != nil {
				stack = value.Text()
			}
		}
	case "acm":
		var answer struct{ Tags []struct{ Key, Value string } }
		in := map[string]string{"CertificateArn": r.Resource}
		if a.upstream.jsonOf(c, service, "CertificateManager.ListTagsForCertificate", in, &answer) == nil {
			for _, tag := range answer.Tags {
				if tag.Key == naming.TagStack {
					stack = tag.Value
				}
			}
		}
	}
	if stack != "" {
		r.Set("aws:ResourceTag/"+naming.TagStack, stack)
	}
}

// ec2Tag returns the tag Stack of a resource of EC2. An association has no tags: those of its route table count.
func (a *account) ec2Tag(c *call, id string) string {
	if strings.HasPrefix(id, "rtbassoc-") {
		answer, err := a.upstream.query(c, "ec2", "DescribeRouteTables",
			"Filter.1.Name", "association.route-table-association-id", "Filter.1.Value.1", id)
		if err != nil {
			return ""
		}
		if table := answer.FindElement(".//routeTableSet/item/routeTableId"); table != nil {
			id = table.Text()
		}
	}
	answer, err := a.upstream.query(c, "ec2", "DescribeTags", "Filter.1.Name", "resource-id", "Filter.1.Value.1", id)
	if err != nil {
		return ""
	}
	if value := answer.FindElement(".//item[key='" + naming.TagStack + "']/value"); value != nil {
		return value.Text()
	}
	return ""
}
