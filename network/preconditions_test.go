package network

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
)

func TestCheckQuota(t *testing.T) {
	const quotaLookup = "aws:servicequotas/getServiceQuota:getServiceQuota"
	other := mocks.Item{"id": "vpc-1"}
	mine := mocks.Item{"id": "vpc-2", "tags": map[string]string{"Stack": "threa"}}
	for name, row := range map[string]struct {
		vpcs []mocks.Item
		vpc  string
		asks int
		want string // no error if empty
	}{
		"below the quota": {[]mocks.Item{other}, "dedicated", 1, ""},
		"at the quota": {[]mocks.Item{other, other}, "dedicated", 1,
			"the account has 2 VPCs in eu-central-1, which is its quota"},
		"a stack that has its VPC": {[]mocks.Item{other, mine}, "dedicated", 0, ""},
		"an existing VPC":          {[]mocks.Item{other, other}, "default", 0, ""},
	} {
		aws := (&mocks.AWS{}).Add("aws:ec2/vpc:Vpc", row.vpcs...).Add("serviceQuota",
			mocks.Item{"serviceCode": "vpc", "quotaCode": vpcQuota, "value": 2.0})
		args := dedicated(func(a *Args) { a.VPC, a.Names.Region, a.Names.Name = row.vpc, mocks.Region, "threa" })
		check := func(ctx *pulumi.Context) error { return CheckQuota(ctx, args) }
		recording, err := mocks.Run(t, check, mocks.Options{AWS: aws})
		if row.want == "" {
			require.NoError(t, err, name)
		} else {
			require.ErrorContains(t, err, row.want, name)
		}
		assert.Len(t, recording.Calls(quotaLookup), row.asks, name)
	}
}
