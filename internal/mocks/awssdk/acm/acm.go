// Package acm mocks the AWS SDK's client of ACM.
package acm

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/acm/types"

	"threa-infra/internal/mocks"
)

// Certificate is the type of certificates in mocks.AWS.Existing: arn, status, names, inUseBy. Without a list, AWS has
// every certificate. If the list is empty, AWS has none.
const Certificate = "certificate"

// Client has the methods of the client that the program calls.
type Client struct{ *mocks.AWS }

// DescribeCertificate returns a certificate.
func (c Client) DescribeCertificate(_ context.Context, in *acm.DescribeCertificateInput, _ ...func(*acm.Options),
) (*acm.DescribeCertificateOutput, error) {
	items, given := c.Existing[Certificate]
	if !given {
		names := []string{"*.example.com", "*.example.org", "example.co.uk"}
		items = []mocks.Item{{"arn": *in.CertificateArn, "status": "ISSUED", "names": names}}
	}
	for _, item := range items {
		if item["arn"] == *in.CertificateArn {
			names, _ := item["names"].([]string)
			users, _ := item["inUseBy"].([]string)
			status := types.CertificateStatus(fmt.Sprint(item["status"]))
			return &acm.DescribeCertificateOutput{Certificate: &types.CertificateDetail{
				Status: status, SubjectAlternativeNames: names, InUseBy: users,
			}}, c.Refuse("acm:DescribeCertificate")
		}
	}
	return nil, &types.ResourceNotFoundException{}
}
