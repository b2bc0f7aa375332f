package ingress

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/service/acm"
	"github.com/aws/aws-sdk-go-v2/service/acm/types"

	"threa-infra/internal/naming"
	"threa-infra/internal/preconditions"
)

// Certificates reads certificates. *acm.Client implements it. The provider's function finds a certificate by its first
// domain name, not by its ARN.
type Certificates interface {
	DescribeCertificate(context.Context, *acm.DescribeCertificateInput, ...func(*acm.Options),
	) (*acm.DescribeCertificateOutput, error)
}

// CheckCertificate returns an error if the load balancer cannot use the existing certificate: it must exist, be issued
// and cover the host name. A problem with a certificate that the stack's load balancer already uses is only a warning.
func CheckCertificate(ctx context.Context, certificates Certificates, names naming.Stack, domain Domain) error {
	arn := domain.CertificateARN
	answer, err := certificates.DescribeCertificate(ctx, &acm.DescribeCertificateInput{CertificateArn: &arn})
	var missing *types.ResourceNotFoundException
	switch {
	case errors.As(err, &missing):
		return fmt.Errorf("threa:certificateArn is %q, but the account %s has no such certificate in %s.\n%s", arn,
			names.AccountID, names.Region, listCertificates(names))
	case err != nil:
		return preconditions.Unanswered("whether the certificate of threa:certificateArn is issued", err)
	}
	return preconditions.Tolerate(checkUsable(answer.Certificate, names, domain), func() (bool, error) {
		return slices.ContainsFunc(answer.Certificate.InUseBy, func(arn string) bool {
			return strings.Contains(arn, ":loadbalancer/app/"+names.Name+"/")
		}), nil
	})
}

func checkUsable(certificate *types.CertificateDetail, names naming.Stack, domain Domain) error {
	switch {
	case certificate.Status == types.CertificateStatusPendingValidation:
		return fmt.Errorf("the certificate of threa:certificateArn is not issued yet. Create the DNS record that ACM waits "+
			"for:\n"+
			"    aws acm describe-certificate --region %s --certificate-arn %s "+
			"--query 'Certificate.DomainValidationOptions[].ResourceRecord'", names.Region, domain.CertificateARN)
	case certificate.Status != types.CertificateStatusIssued:
		return fmt.Errorf("threa:certificateArn is %q, whose status is %s. A load balancer requires an issued "+
			"certificate.\n%s", domain.CertificateARN, certificate.Status, listCertificates(names))
	case domain.Name != "" && !slices.ContainsFunc(certificate.SubjectAlternativeNames, func(name string) bool {
		return covers(name, domain.Name)
	}):
		return fmt.Errorf("threa:domainName is %q, but the certificate of threa:certificateArn covers only %s.\n%s",
			domain.Name, strings.Join(certificate.SubjectAlternativeNames, ", "), listCertificates(names))
	}
	return nil
}

func listCertificates(names naming.Stack) string {
	return "    List the certificates:  aws acm list-certificates --region " + names.Region
}

// covers reports whether a name of a certificate covers a host name. A wildcard stands for one label. Source:
// https://docs.aws.amazon.com/acm/latest/userguide/acm-concepts.html#concept-wildcard
func covers(name, host string) bool {
	if _, parent, ok := strings.Cut(host, "."); ok && name == "*."+parent {
		return true
	}
	return name == host
}
