package mocks

import "fmt"

// VPC is a virtual network with its subnets.
type VPC struct {
	ID      string
	Default bool
	Subnets []Subnet
}

// Subnet is a subnet of a VPC.
type Subnet struct {
	ID     string
	Zone   string
	Public bool // assigns public addresses
}

// HostedZone is a zone of Route 53.
type HostedZone struct {
	ID, Name string // without the period at the end
	Private  bool
}

// Balancer is a load balancer.
type Balancer struct {
	Name      string
	Tags      map[string]string
	Protected bool
}

// defaultVPCs answers the only filter that the program uses, is-default.
func defaultVPCs(a *AWS, _ arguments) (outputs, error) {
	ids := []any{}
	for _, vpc := range a.VPCs {
		if vpc.Default {
			ids = append(ids, vpc.ID)
		}
	}
	return outputs{"ids": ids}, nil
}

func subnets(a *AWS, in arguments) (outputs, error) {
	vpcID, publicOnly := "", false
	for name, values := range in.filters("filters") {
		switch name {
		case "vpc-id":
			vpcID = values[0]
		case "map-public-ip-on-launch", "default-for-az":
			publicOnly = true
		default:
			return nil, fmt.Errorf("the mocks do not know the filter %s", name)
		}
	}
	ids := []any{}
	for _, vpc := range a.VPCs {
		for _, subnet := range vpc.Subnets {
			if vpc.ID == vpcID && (subnet.Public || !publicOnly) {
				ids = append(ids, subnet.ID)
			}
		}
	}
	return outputs{"ids": ids}, nil
}

func subnet(a *AWS, in arguments) (outputs, error) {
	for _, vpc := range a.VPCs {
		for _, subnet := range vpc.Subnets {
			if subnet.ID == in.text("id") {
				return outputs{"id": subnet.ID, "availabilityZone": subnet.Zone}, nil
			}
		}
	}
	return nil, fmt.Errorf("no subnet %s", in.text("id"))
}

func hostedZone(a *AWS, in arguments) (outputs, error) {
	for _, zone := range a.HostedZones {
		if zone.ID == in.text("zoneId") {
			return outputs{"zoneId": zone.ID, "name": zone.Name + ".", "privateZone": zone.Private}, nil
		}
	}
	return nil, fmt.Errorf("NoSuchHostedZone: %s", in.text("zoneId"))
}

func (b Balancer) arn(a *AWS) string {
	return a.arn("elasticloadbalancing", "loadbalancer/app/"+b.Name+"/0123456789abcdef")
}

func balancers(a *AWS, in arguments) (outputs, error) {
	tags, _ := in["tags"].(map[string]any)
	arns := []any{}
	for _, balancer := range a.Balancers {
		matches := true
		for key, value := range tags {
			matches = matches && balancer.Tags[key] == value
		}
		if matches {
			arns = append(arns, balancer.arn(a))
		}
	}
	return outputs{"arns": arns}, nil
}

func balancer(a *AWS, in arguments) (outputs, error) {
	for _, balancer := range a.Balancers {
		if arn := balancer.arn(a); arn == in.text("arn") {
			return outputs{
				"arn": arn, "dnsName": balancer.Name + "-1234567890." + a.region + ".elb.amazonaws.com",
				"enableDeletionProtection": balancer.Protected,
			}, nil
		}
	}
	return nil, fmt.Errorf("LoadBalancerNotFound: %s", in.text("arn"))
}
