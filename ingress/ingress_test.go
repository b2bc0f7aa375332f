package ingress

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
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
	ownCertificate  = "arn:aws:acm:eu-central-1:123456789012:certificate/own"
	madeCertificate = "arn:aws:acm:eu-central-1:123456789012:certificate/01234567-89ab-cdef-0123-456789abcdef"
	dnsName         = "threa-1234567890.eu-central-1.elb.amazonaws.com"
)

// arguments ask for a load balancer with a certificate of the user's, with some of them changed.
func arguments(change func(*Args)) *Args {
	args := &Args{
		Name: "threa", Port: 3000, Domain: Domain{CertificateARN: ownCertificate}, DeregistrationDelay: 40, IdleTimeout: 70,
		VPCID: pulumi.String("vpc-1"), SubnetIDs: pulumi.ToStringArray([]string{"subnet-a", "subnet-b"}), SecurityGroupID: pulumi.String("sg-balancer"),
		Tags: pulumi.StringMap{"Project": pulumi.String("threa")},
	}
	if change != nil {
		change(args)
	}
	return args
}

func inZone(args *Args) { args.Domain = Domain{Name: "app.example.com", ZoneID: "Z1"} }

// build makes a way in and waits for what it tells.
func build(t *testing.T, args *Args) (*mocks.Recording, map[string]mocks.Awaited) {
	t.Helper()
	told := map[string]mocks.Awaited{}
	stack := mocks.MustRun(t, func(ctx *pulumi.Context) error {
		i, err := New(ctx, "ingress", args)
		if err != nil {
			return err
		}
		for name, output := range map[string]pulumi.Output{
			"dns": i.DNSName, "url": i.URL, "targets": i.TargetGroupARN, "balancer": i.LoadBalancerSuffix, "group": i.TargetGroupSuffix,
		} {
			if told[name], err = mocks.Await(ctx, output); err != nil {
				return err
			}
		}
		return nil
	}, mocks.Options{})
	return stack, told
}

func wants(t *testing.T, one mocks.Resource, properties map[string]string) {
	t.Helper()
	for property, want := range properties {
		assert.Equal(t, want, one.Text(property), "%s %s", one.Name, property)
	}
}

func TestTheLoadBalancerFacesTheInternetInEveryZone(t *testing.T) {
	stack, told := build(t, arguments(nil))
	wants(t, stack.Only(t, balancerToken), map[string]string{
		"name": "threa", "loadBalancerType": "application", "internal": "false", "subnets[0]": "subnet-a", "subnets[1]": "subnet-b",
		"securityGroups[0]": "sg-balancer", "idleTimeout": "70", "dropInvalidHeaderFields": "true", "tags.Project": "threa",
	})
	assert.Equal(t, dnsName, told["dns"].Value)
	assert.Equal(t, "app/threa/0123456789abcdef", told["balancer"].Value, "the name that CloudWatch knows it by")
	assert.Equal(t, "targetgroup/threa-20260101000000000000000001/0123456789abcdef", told["group"].Value)
}

func TestWebSocketsAndPollsStayWithTheirTask(t *testing.T) {
	stack, _ := build(t, arguments(nil))
	wants(t, stack.Only(t, targetsToken), map[string]string{
		"targetType": "ip", "vpcId": "vpc-1", "port": "3000", "protocol": "HTTP", "deregistrationDelay": "40",
		"stickiness.type": "lb_cookie", "stickiness.enabled": "true", "stickiness.cookieDuration": "86400",
		"healthCheck.path": "/health", "healthCheck.matcher": "200",
	})
}

func TestATargetGroupCanBeReplaced(t *testing.T) {
	for name, prefix := range map[string]string{"threa": "threa-", "ab": "ab-", "threa-staging": "threa-", "abcd-staging": "abcd-", "long-name": "long-"} {
		stack, _ := build(t, arguments(func(a *Args) { a.Name = name }))
		group := stack.Only(t, targetsToken)
		assert.Equal(t, prefix, group.Text("namePrefix"), name)
		assert.True(t, group.Value("name").IsNull(), "two groups of one name cannot stand side by side")
		assert.False(t, group.Request.GetDeleteBeforeReplace())
	}
}

func TestOnlyHTTPSReachesTheTasksAndHTTPIsRedirected(t *testing.T) {
	stack, told := build(t, arguments(nil))
	require.Len(t, stack.OfType(listenerToken), 2)
	https := stack.Named(t, listenerToken, "ingress-https")
	wants(t, https, map[string]string{
		"port": "443", "protocol": "HTTPS", "certificateArn": ownCertificate, "sslPolicy": "ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09",
		"defaultActions[0].type": "forward", "defaultActions[1].type": "",
	})
	assert.Equal(t, told["targets"].Value, https.Text("defaultActions[0].targetGroupArn"))
	wants(t, stack.Named(t, listenerToken, "ingress-http"), map[string]string{
		"port": "80", "protocol": "HTTP", "defaultActions[0].type": "redirect", "defaultActions[0].redirect.statusCode": "HTTP_301",
		"defaultActions[0].redirect.protocol": "HTTPS", "defaultActions[0].redirect.port": "443", "defaultActions[0].targetGroupArn": "",
	})
}

// ECS refuses a target group that no listener leads to.
func TestTheTargetGroupIsKnownOnlyOnceTheLoadBalancerLeadsToIt(t *testing.T) {
	_, told := build(t, arguments(nil))
	assert.Contains(t, told["targets"].Dependencies, listenerToken+" ingress-https")
}

func TestOneKeyProtectsTheLoadBalancerInAWSAndInPulumi(t *testing.T) {
	for _, protect := range []bool{true, false} {
		stack, _ := build(t, arguments(func(a *Args) { a.Protect = protect }))
		balancer := stack.Only(t, balancerToken)
		assert.Equal(t, protect, balancer.Request.GetProtect())
		assert.Equal(t, protect, balancer.Value("enableDeletionProtection").BoolValue())
	}
}

func TestACertificateIsMadeAndProvedInTheUsersZone(t *testing.T) {
	stack, told := build(t, arguments(inZone))
	wants(t, stack.Only(t, certificateToken), map[string]string{"domainName": "app.example.com", "validationMethod": "DNS", "tags.Project": "threa"})
	wants(t, stack.Named(t, recordToken, "ingress-proof"), map[string]string{
		"zoneId": "Z1", "type": "CNAME", "name": "_proof.app.example.com.", "records[0]": "_value.acm-validations.aws.", "allowOverwrite": "true",
	})
	validation := stack.Only(t, validationToken)
	wants(t, validation, map[string]string{"certificateArn": madeCertificate, "validationRecordFqdns[0]": "_proof.app.example.com"})
	assert.Equal(t, "20m", validation.Request.GetCustomTimeouts().GetCreate())
	https := stack.Named(t, listenerToken, "ingress-https")
	assert.Equal(t, madeCertificate, https.Text("certificateArn"))
	assert.Contains(t, https.Request.GetPropertyDependencies()["certificateArn"].GetUrns()[0], "certificateValidation",
		"a listener takes no certificate that has not been issued yet")
	assert.Equal(t, "https://app.example.com", told["url"].Value)
}

func TestTheNameLeadsToTheLoadBalancer(t *testing.T) {
	for _, change := range []func(*Args){inZone, func(a *Args) {
		a.Domain = Domain{Name: "app.example.com", ZoneID: "Z1", CertificateARN: ownCertificate}
	}} {
		stack, _ := build(t, arguments(change))
		record := stack.Named(t, recordToken, "ingress-name")
		wants(t, record, map[string]string{
			"zoneId": "Z1", "name": "app.example.com", "type": "A", "aliases[0].name": dnsName, "aliases[0].zoneId": "Z215JYRZR1TBD5",
		})
		assert.True(t, record.Value("allowOverwrite").IsNull(), "a record of the user's is not taken away")
	}
}

func TestWithACertificateOfTheUsersNoneIsMade(t *testing.T) {
	for _, name := range []string{"", "app.example.com"} {
		stack, told := build(t, arguments(func(a *Args) { a.Domain.Name = name }))
		assert.Empty(t, stack.OfType(certificateToken))
		assert.Empty(t, stack.OfType(recordToken), "its DNS is somewhere else")
		want := "https://" + dnsName
		if name != "" {
			want = "https://" + name
		}
		assert.Equal(t, want, told["url"].Value)
	}
}
