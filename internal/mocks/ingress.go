package mocks

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
)

// HostedZone is one of Route 53.
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

// computedByIngress are the outputs that AWS makes up for what leads users to the tasks.
var computedByIngress = map[string]func(in resource.PropertyMap) map[string]any{
	"aws:lb/loadBalancer:LoadBalancer": func(in resource.PropertyMap) map[string]any {
		suffix := "app/" + text(in, "name") + "/0123456789abcdef"
		return map[string]any{
			"arn": arn("elasticloadbalancing", "loadbalancer/"+suffix), "arnSuffix": suffix, "zoneId": "Z215JYRZR1TBD5",
			"dnsName": text(in, "name") + "-1234567890." + Region + ".elb.amazonaws.com",
		}
	},
	"aws:lb/targetGroup:TargetGroup": func(in resource.PropertyMap) map[string]any {
		suffix := "targetgroup/" + text(in, "namePrefix") + "20260101000000000000000001/0123456789abcdef"
		return map[string]any{"arn": arn("elasticloadbalancing", suffix), "arnSuffix": suffix}
	},
	"aws:acm/certificate:Certificate": func(in resource.PropertyMap) map[string]any {
		return map[string]any{
			"arn": arn("acm", "certificate/01234567-89ab-cdef-0123-456789abcdef"),
			"domainValidationOptions": []any{map[string]any{
				"domainName": text(in, "domainName"), "resourceRecordName": "_proof." + text(in, "domainName") + ".",
				"resourceRecordType": "CNAME", "resourceRecordValue": "_value.acm-validations.aws.",
			}},
		}
	},
	"aws:route53/record:Record": func(in resource.PropertyMap) map[string]any {
		return map[string]any{"fqdn": strings.TrimSuffix(text(in, "name"), ".")}
	},
}

func (a *AWS) hostedZone(id string) (resource.PropertyMap, error) {
	for _, zone := range a.HostedZones {
		if zone.ID == id {
			return answer(map[string]any{"zoneId": id, "name": zone.Name + ".", "privateZone": zone.Private}), nil
		}
	}
	return nil, fmt.Errorf("NoSuchHostedZone: %s", id)
}

func (a *AWS) taggedBalancers(tags resource.PropertyMap) resource.PropertyMap {
	var found []any
	for _, one := range a.Balancers {
		fits := true
		for key, value := range tags {
			fits = fits && one.Tags[string(key)] == value.StringValue()
		}
		if fits {
			found = append(found, arn("elasticloadbalancing", "loadbalancer/app/"+one.Name+"/0123456789abcdef"))
		}
	}
	return answer(map[string]any{"arns": found})
}

func (a *AWS) balancer(wanted string) (resource.PropertyMap, error) {
	for _, one := range a.Balancers {
		if wanted == arn("elasticloadbalancing", "loadbalancer/app/"+one.Name+"/0123456789abcdef") {
			return answer(map[string]any{
				"arn": wanted, "dnsName": one.Name + "-1234567890." + Region + ".elb.amazonaws.com", "enableDeletionProtection": one.Protected,
			}), nil
		}
	}
	return nil, fmt.Errorf("LoadBalancerNotFound: %s", wanted)
}
