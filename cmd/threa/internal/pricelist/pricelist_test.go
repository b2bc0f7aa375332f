package pricelist

import (
	"encoding/json"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/pricing"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/cmd/threa/internal/ecstest"
	"threa-infra/internal/cost"
)

// listed returns a product as the API returns it, with prices by the beginning of their tier.
func listed(t *testing.T, region string, tiers ...[2]string) string {
	t.Helper()
	dimensions := ecstest.Object{}
	for i, tier := range tiers {
		dimensions["SKU.JRTCKXETXF."+string(rune('A'+i))] = ecstest.Object{
			"unit": "GB", "beginRange": tier[0], "endRange": "Inf", "pricePerUnit": ecstest.Object{"USD": tier[1]},
		}
	}
	text, err := json.Marshal(ecstest.Object{
		"product": ecstest.Object{
			"productFamily": "Data Payload", "sku": "SKU",
			"attributes": ecstest.Object{"regionCode": region, "usagetype": "EUC1-DataProcessing-Bytes"},
		},
		"serviceCode": "AmazonCloudWatch", "publicationDate": "2026-09-22T02:17:15Z",
		"terms": ecstest.Object{"OnDemand": ecstest.Object{"SKU.JRTCKXETXF": ecstest.Object{"priceDimensions": dimensions}}},
	})
	require.NoError(t, err)
	return string(text)
}

func TestPrice_FirstTierOfTheRegion(t *testing.T) {
	const region = "eu-central-1"
	for name, c := range map[string]struct {
		products []string
		price    string // empty for ErrNoPrice
	}{
		"one":   {[]string{listed(t, region, [2]string{"0", "0.6300000000"})}, "0.63"},
		"short": {[]string{listed(t, region, [2]string{"0", "0.1000000000"})}, "0.10"},
		"long":  {[]string{listed(t, region, [2]string{"0", "0.0044450000"})}, "0.004445"},
		"whole": {[]string{listed(t, region, [2]string{"0", "3.0000000000"})}, "3"},
		"tiers": {[]string{
			listed(t, region, [2]string{"10240", "0.0850000000"}, [2]string{"0", "0.0900000000"}),
		}, "0.09"},
		"reserved": {[]string{
			listed(t, region, [2]string{"0", "0.0000000000"}, [2]string{"0", "0.0180000000"}),
		}, "0.018"},
		"of another region": {[]string{listed(t, "us-east-1", [2]string{"0", "0.5000000000"})}, ""},
		"none":              {nil, ""},
		"different": {[]string{
			listed(t, region, [2]string{"0", "0.6300000000"}), listed(t, region, [2]string{"0", "0.3150000000"}),
		}, ""},
	} {
		aws := ecstest.Play(t, "running")
		aws.Answers["GetProducts"] = func(in ecstest.Object) (any, error) {
			if in["NextToken"] == nil {
				return ecstest.Object{"FormatVersion": "aws_v1", "PriceList": []string{}, "NextToken": "more"}, nil
			}
			return ecstest.Object{"FormatVersion": "aws_v1", "PriceList": c.products}, nil
		}
		price, err := Price(t.Context(), pricing.NewFromConfig(aws.Config()), cost.Quote{
			Region: region, Name: "CloudWatch Logs GB", Offer: "AmazonCloudWatch",
			Products: []map[string]string{{"usagetype": "EUC1-DataProcessing-Bytes", "operation": "PutLogEvents"}},
		})
		if c.price == "" {
			require.ErrorIs(t, err, ErrNoPrice, name)
			continue
		}
		require.NoError(t, err, name)
		assert.Equal(t, c.price, price, name)
		request := aws.Requests("GetProducts")[0]
		assert.Equal(t, "AmazonCloudWatch", request["ServiceCode"])
		assert.Equal(t, []any{
			ecstest.Object{"Type": "TERM_MATCH", "Field": "operation", "Value": "PutLogEvents"},
			ecstest.Object{"Type": "TERM_MATCH", "Field": "usagetype", "Value": "EUC1-DataProcessing-Bytes"},
		}, request["Filters"])
	}
}

func TestPrice_Refused(t *testing.T) {
	aws := ecstest.Play(t, "running")
	aws.Refuse("GetProducts", "AccessDeniedException", "not authorized to perform: pricing:GetProducts")
	_, err := Price(t.Context(), pricing.NewFromConfig(aws.Config()), cost.Quote{
		Name: "ECR GB-month", Offer: "AmazonECR", Products: []map[string]string{{"usagetype": "EUC1-TimedStorage-ByteHrs"}},
	})
	require.ErrorContains(t, err, "read the price of ECR GB-month: ")
	require.ErrorContains(t, err, "pricing:GetProducts")
}
