package shim

import (
	"net/http"
	"net/url"
)

// checkUnreferenced refuses to delete a security group that a rule of another group refers to. moto deletes it. Source:
// https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteSecurityGroup.html
func (r *ec2Rule) checkUnreferenced(c *call) error {
	id := params(c.form).text("GroupId", "")
	answer, err := r.upstream.query(c, "ec2", url.Values{
		"Action": {"DescribeSecurityGroupRules"}, "Version": {c.form.Get("Version")},
	})
	if err != nil {
		return err
	}
	if answer.status != http.StatusOK {
		return nil // moto then refuses the deletion, too
	}
	tree, err := parseXML(answer.body)
	if err != nil {
		return err
	}
	for _, rule := range tree.all("item") {
		for _, referenced := range rule.all("referencedGroupInfo") {
			if referenced.value("groupId") == id && rule.value("groupId") != id {
				return badRequest("DependencyViolation", "resource %s has a dependent object", id)
			}
		}
	}
	return nil
}
