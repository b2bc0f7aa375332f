package main

import (
	"fmt"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"threa-infra/internal/mocks"
)

// output is what a program exports under a name.
func output(t *testing.T, name string, o mocks.Options) string {
	t.Helper()
	var text string
	mocks.MustRun(t, func(ctx *pulumi.Context) error {
		if err := deploy(ctx); err != nil {
			return err
		}
		awaited, err := mocks.Await(ctx, pulumi.ToOutput(ctx.GetCurrentExportMap()[name]))
		text = fmt.Sprint(awaited.Value)
		return err
	}, o)
	return text
}

func TestOutputs_KeepNames(t *testing.T) {
	var exports map[string]pulumi.Input
	program := func(ctx *pulumi.Context) error {
		err := deploy(ctx)
		exports = ctx.GetCurrentExportMap()
		return err
	}
	mocks.MustRun(t, program, options(t, "prod", running))
	for _, name := range []string{
		"ecrRepositoryUrl", "ecsClusterName", "ecsServiceName", "cloudwatchLogGroup", "cloudwatchDashboardUrl",
		"rdsEndpoint", "rdsDatabaseName", "redisEndpoint",
	} {
		assert.Contains(t, exports, name)
	}
}

func TestOutputs_NameURL(t *testing.T) {
	const balancer = "threa-1234567890.eu-central-1.elb.amazonaws.com"
	for _, row := range []struct {
		o           mocks.Options
		url, record string
	}{
		{balanced(t, "certificateArn="+ownCertificate), "https://" + balancer, "<a name of the certificate>. CNAME "},
		{
			balanced(t, "certificateArn="+ownCertificate, "domainName=app.example.org"),
			"https://app.example.org", "app.example.org. CNAME ",
		},
		{ // the apex of a zone
			balanced(t, "certificateArn="+ownCertificate, "domainName=example.co.uk"),
			"https://example.co.uk", "example.co.uk. ALIAS (or ANAME) ",
		},
		{balanced(t, "domainName=app.example.com", "hostedZoneId=Z0123456789ABC"), "https://app.example.com", ""},
	} {
		assert.Equal(t, row.url, output(t, "url", row.o))
		assert.Equal(t, balancer, output(t, "loadBalancerDnsName", row.o))
		next := output(t, "nextSteps", row.o)
		if row.record == "" {
			assert.NotContains(t, next, balancer)
			continue
		}
		assert.Contains(t, next, row.record+balancer+".")
	}
}

func TestOutputs_NameTheNextCommands(t *testing.T) {
	first := output(t, "nextSteps", options(t, "prod", nil))
	assert.Contains(t, first, "go run ./cmd/threa secrets ")
	for _, said := range []string{first, output(t, "nextSteps", options(t, "prod", running))} {
		assert.Contains(t, said, "go run ./cmd/threa deploy --stack prod --context <folder of your app>")
		assert.NotContains(t, said, "docker")
	}
}

func TestOutputs_ListWhatSurvivesDestroy(t *testing.T) {
	said := output(t, "survivesDestroy", options(t, "prod", running))
	assert.Regexp(t, `^\[snapshot threa-final-[0-9a-f]{16} of the database, which the destroy creates `+
		`parameter /threa/workos-api-key parameter /threa/workos-cookie-password]$`, said)

	insights := output(t, "survivesDestroy", options(t, "prod", set("finalSnapshot=false", "containerInsights=true")))
	assert.Equal(t, "[log group /aws/ecs/containerinsights/threa/performance of Container Insights, which AWS creates]",
		insights)
	assert.Equal(t, "[]", output(t, "survivesDestroy", options(t, "prod", set("finalSnapshot=false"))))
}

func TestOutputs_EstimateMonthlyCost(t *testing.T) {
	for region, want := range map[string]string{
		"eu-central-1": "43.86 USD (eu-central-1, prices of 2026-11; go run ./cmd/threa cost prod)",
		"sa-east-1":    "unknown: there are no prices for sa-east-1",
	} {
		o := options(t, "prod", with(set("aws:region="+region)))
		assert.Contains(t, output(t, "estimatedMonthlyCost", o), want)
	}
}
