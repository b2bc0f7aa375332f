package ingress

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"threa-infra/internal/fixtures"
	"threa-infra/internal/mocks"
	"threa-infra/internal/naming"
)

const (
	balancerToken = "aws:lb/loadBalancer:LoadBalancer"
	targetsToken  = "aws:lb/targetGroup:TargetGroup"
	listenerToken = "aws:lb/listener:Listener"
	recordToken   = "aws:route53/record:Record"
)

const (
	ownCertificate = "arn:aws:acm:eu-central-1:123456789012:certificate/own"
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
			"dns": i.DNSName, "url": i.URL, "targets": i.TargetGroupARN, "balancer": i.LoadBalancerSuffix,
			"group": i.TargetGroupSuffix,
		} {
			if out[name], err = mocks.Await(ctx, output); err != nil {
				return err
			}
		}
		return nil
	}, mocks.Options{})
	return stack, out
}

func TestNew_MatchesGolden(t *testing.T) {
	for name, change := range map[string]func(*Args){
		"certificate": nil,
		"zone":        func(a *Args) { inZone(a); a.Protect = true },
	} {
		stack, out := build(t, arguments(change))
		fixtures.Golden(t, name+".txt", stack.Describe())
		assert.Contains(t, out["targets"].Dependencies, listenerToken+" ingress-https",
			"ECS refuses a target group without a listener")
		assert.Equal(t, []any{dnsName, "app/threa/0123456789abcdef",
			"targetgroup/threa-20260101000000000000000001/0123456789abcdef"},
			[]any{out["dns"].Value, out["balancer"].Value, out["group"].Value})
	}
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
	}
}
