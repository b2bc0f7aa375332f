package shim

import "sync"

// ec2Rule remembers the descriptions of security group rules that name another
// group: moto keeps them, but leaves them out when it is asked for the rules.
type ec2Rule struct {
	upstream     *upstream
	tasks        *serviceTasks
	mu           sync.Mutex
	descriptions map[regional]string
}

func newEC2Rule(up *upstream, tasks *serviceTasks) *ec2Rule {
	return &ec2Rule{upstream: up, tasks: tasks, descriptions: map[regional]string{}}
}

func (r *ec2Rule) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.descriptions)
}

func (r *ec2Rule) before(c *call) (*reply, error) {
	switch c.action {
	case "DescribeNetworkInterfaces":
		return r.tasks.describeInterface(c), nil
	case "DeleteSecurityGroup":
		return nil, r.checkUnreferenced(c)
	}
	return nil, nil
}

func (r *ec2Rule) after(c *call, answer *reply) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch c.action {
	case "AuthorizeSecurityGroupIngress", "AuthorizeSecurityGroupEgress":
		return r.remember(c, answer)
	case "ModifySecurityGroupRules":
		p := params(c.form)
		p.each("SecurityGroupRule", "SecurityGroupRuleId", func(element string) {
			rule := regional{c.region, p.text(element+"SecurityGroupRuleId", "")}
			r.descriptions[rule] = p.text(element+"SecurityGroupRule.Description", "")
		})
	case "DescribeSecurityGroupRules":
		return r.describe(c, answer)
	}
	return nil
}

// remember notes the description of a rule that was made on its own, which is
// how the provider makes its rule resources.
func (r *ec2Rule) remember(c *call, answer *reply) error {
	description := params(c.form).text("IpPermissions.1.Groups.1.Description", "")
	if description == "" {
		return nil
	}
	tree, err := parseXML(answer.body)
	if err != nil {
		return err
	}
	for _, set := range tree.all("securityGroupRuleSet") {
		for _, item := range set.children {
			r.descriptions[regional{c.region, item.value("securityGroupRuleId")}] = description
		}
	}
	return nil
}

func (r *ec2Rule) describe(c *call, answer *reply) error {
	tree, err := parseXML(answer.body)
	if err != nil {
		return err
	}
	for _, set := range tree.all("securityGroupRuleSet") {
		for _, item := range set.children {
			description := r.descriptions[regional{c.region, item.value("securityGroupRuleId")}]
			if description != "" && item.value("description") == "" {
				item.set("description", description)
			}
		}
	}
	answer.body = tree.encode()
	return nil
}
