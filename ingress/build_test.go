package ingress

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
	"threa-infra/internal/naming"
)

const (
	balancerToken    = "aws:lb/loadBalancer:LoadBalancer"
	targetsToken     = "aws:lb/targetGroup:TargetGroup"
	listenerToken    = "aws:lb/listener:Listener"
	certificateToken = "aws:acm/certificate:Certificate"
	validationToken  = "aws:acm/certificateValidation:CertificateValidation"
	recordToken      = "aws:route53/record:Record"
)

const (
	ownCertificate = "arn:aws:acm:eu-central-1:123456789012:certificate/own"
	newCertificate = "arn:aws:acm:eu-central-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef"
	dnsName        = "threa-1234567890.eu-central-1.elb.amazonaws.com"
)

// arguments are those of a load balancer with an existing certificate.
func arguments(change func(*Args)) *Args {
	args := &Args{
		Names: naming.Stack{
			Name: "threa",
		},
		Port:                3000,
		Domain:              Domain{CertificateARN: ownCertificate},
		DeregistrationDelay: 40,
		IdleTimeout:         70,
		VPCID:               pulumi.String("vpc-1"),
		SubnetIDs:           pulumi.ToStringArray([]string{"subnet-a", "subnet-b"}),
		SecurityGroupID:     pulumi.String("sg-balancer"),
		Tags:                pulumi.StringMap{"Project": pulumi.String("threa")},
	}
	if change != nil {
		change(args)
	}
	return args
}

func inZone(args *Args) { args.Domain = Domain{Name: "app.example.com", ZoneID: "Z1"} }

// build returns the recording and the outputs by name.
func build(t *testing.T, args *Args) (*mocks.Recording, map[string]mocks.Awaited) {
	t.Helper()
	out := map[string]mocks.Awaited{}
	stack := mocks.MustRun(t, func(ctx *pulumi.Context) error {
		i, err := New(ctx, "ingress", args)
		if err != nil {
			return err
		}
		for name, output := range map[string]pulumi.Output{
			"dns": i.DNSName, "url": i.URL, "targets": i.TargetGroupARN, "balancer": i.LoadBalancerSuffix, "group": i.TargetGroupSuffix,
		} {
			if out[name], err = mocks.Await(ctx, output); err != nil {
				return err
			}
		}
		return nil
	}, mocks.Options{})
	return stack, out
}

func checkProperties(t *testing.T, r mocks.Resource, want map[string]string) {
	t.Helper()
	for property, value := range want {
		assert.Equal(t, value, r.Text(property), "%s %s", r.Name, property)
	}
}

func TestLoadBalancer_HasConfiguredProperties(t *testing.T) {
	stack, out := build(t, arguments(nil))
	checkProperties(t, stack.Only(t, balancerToken), map[string]string{
		"name": "threa", "loadBalancerType": "application", "internal": "false", "subnets[0]": "subnet-a",
		"subnets[1]": "subnet-b", "securityGroups[0]": "sg-balancer", "idleTimeout": "70",
		"dropInvalidHeaderFields": "true", "tags.Project": "threa",
	})
	checkProperties(t, stack.Only(t, targetsToken), map[string]string{
		"targetType": "ip", "vpcId": "vpc-1", "port": "3000", "protocol": "HTTP", "deregistrationDelay": "40",
		"stickiness.type": "lb_cookie", "stickiness.enabled": "true", "stickiness.cookieDuration": "86400",
		"healthCheck.path": "/health", "healthCheck.matcher": "200",
	})
	require.Len(t, stack.OfType(listenerToken), 2)
	checkProperties(t, stack.Named(t, listenerToken, "ingress-https"), map[string]string{
		"port": "443", "protocol": "HTTPS", "certificateArn": ownCertificate, "defaultActions[1].type": "",
		"sslPolicy": "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09", "defaultActions[0].type": "forward",
		"defaultActions[0].targetGroupArn": out["targets"].Value.(string),
	})
	checkProperties(t, stack.Named(t, listenerToken, "ingress-http"), map[string]string{
		"port": "80", "protocol": "HTTP", "certificateArn": "", "defaultActions[0].type": "redirect",
		"defaultActions[0].redirect.statusCode": "HTTP_301", "defaultActions[0].redirect.protocol": "HTTPS",
		"defaultActions[0].redirect.port": "443", "defaultActions[0].targetGroupArn": "",
	})
	assert.Contains(t, out["targets"].Dependencies, listenerToken+" ingress-https",
		"ECS refuses a target group without a listener")
	assert.Equal(t, []any{dnsName, "app/threa/0123456789abcdef",
		"targetgroup/threa-20260101000000000000000001/0123456789abcdef"},
		[]any{out["dns"].Value, out["balancer"].Value, out["group"].Value})
}

func TestTargetGroup_CanBeReplaced(t *testing.T) {
	for name, prefix := range map[string]string{
		"threa": "threa-", "ab": "ab-", "threa-staging": "threa-", "abcd-staging": "abcd-", "long-name": "long-",
	} {
		stack, _ := build(t, arguments(func(a *Args) { a.Names.Name = name }))
		group := stack.Only(t, targetsToken)
		assert.Equal(t, prefix, group.Text("namePrefix"), name)
		assert.True(t, group.Value("name").IsNull(), "two groups cannot have the same name")
		assert.False(t, group.Request.GetDeleteBeforeReplace())
	}
}

func TestCertificate_IsValidatedInZone(t *testing.T) {
	stack, out := build(t, arguments(inZone))
	checkProperties(t, stack.Only(t, certificateToken), map[string]string{
		"domainName": "app.example.com", "validationMethod": "DNS", "tags.Project": "threa",
	})
	checkProperties(t, stack.Named(t, recordToken, "ingress-proof"), map[string]string{
		"zoneId": "Z1", "type": "CNAME", "name": "_proof.app.example.com.",
		"records[0]": "_value.acm-validations.aws.", "allowOverwrite": "true",
	})
	validation := stack.Only(t, validationToken)
	checkProperties(t, validation, map[string]string{
		"certificateArn": newCertificate, "validationRecordFqdns[0]": "_proof.app.example.com",
	})
	assert.Equal(t, "20m", validation.Request.GetCustomTimeouts().GetCreate())
	https := stack.Named(t, listenerToken, "ingress-https")
	assert.Equal(t, newCertificate, https.Text("certificateArn"))
	assert.Contains(t, https.Request.GetPropertyDependencies()["certificateArn"].GetUrns()[0], "certificateValidation",
		"a listener accepts only an issued certificate")
	assert.Equal(t, "https://app.example.com", out["url"].Value)
}

func TestRecord_OnlyInZone(t *testing.T) {
	for _, row := range []struct {
		domain  Domain
		url     string
		records int
	}{
		{Domain{Name: "app.example.com", ZoneID: "Z1"}, "https://app.example.com", 2},
		{Domain{Name: "app.example.com", ZoneID: "Z1", CertificateARN: ownCertificate}, "https://app.example.com", 1},
		{Domain{Name: "app.example.com", CertificateARN: ownCertificate}, "https://app.example.com", 0},
		{Domain{CertificateARN: ownCertificate}, "https://" + dnsName, 0},
	} {
		stack, out := build(t, arguments(func(a *Args) { a.Domain = row.domain }))
		assert.Equal(t, row.url, out["url"].Value)
		assert.Len(t, stack.OfType(recordToken), row.records)
		if row.records == 0 {
			continue
		}
		record := stack.Named(t, recordToken, "ingress-name")
		checkProperties(t, record, map[string]string{
			"zoneId": "Z1", "name": "app.example.com", "type": "A", "aliases[0].name": dnsName,
			"aliases[0].zoneId": "Z215JYRZR1TBD5",
		})
		assert.True(t, record.Value("allowOverwrite").IsNull(), "an existing record may be in use")
	}
}
