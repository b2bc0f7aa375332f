package ingress

import (
	"testing"

	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
	"threa-infra/internal/mocks/awssdk/acm"
	"threa-infra/internal/naming"
)

func TestCheckCertificate(t *testing.T) {
	names := naming.Stack{Name: "threa", Region: mocks.Region, AccountID: mocks.Account}
	for name, row := range map[string]struct {
		arn, status, host string
		want              string // no error if empty
	}{
		"its name":              {ownCertificate, "ISSUED", "example.org", ""},
		"a name by a wildcard":  {ownCertificate, "ISSUED", "app.example.com", ""},
		"no host name":          {ownCertificate, "ISSUED", "", ""},
		"two labels below":      {ownCertificate, "ISSUED", "a.app.example.com", `covers only example.org, *.example.com`},
		"the wildcard's parent": {ownCertificate, "ISSUED", "example.com", `threa:domainName is "example.com", but`},
		"not issued yet": {ownCertificate, "PENDING_VALIDATION", "", "is not issued yet. Create the DNS record that ACM " +
			"waits for:\n    aws acm describe-certificate --region eu-central-1 --certificate-arn " + ownCertificate},
		"expired": {ownCertificate, "EXPIRED", "", "whose status is EXPIRED. A load balancer requires an issued certificate"},
		"missing": {"arn:other", "ISSUED", "", `threa:certificateArn is "arn:other", but the account 123456789012 has no ` +
			"such certificate in eu-central-1.\n    List the certificates:  aws acm list-certificates --region eu-central-1"},
	} {
		aws := (&mocks.AWS{}).Add(acm.Certificate, mocks.Item{
			"arn": ownCertificate, "status": row.status, "names": []string{"example.org", "*.example.com"}})
		err := CheckCertificate(t.Context(), acm.Client{AWS: aws}, names, Domain{Name: row.host, CertificateARN: row.arn})
		if row.want == "" {
			require.NoError(t, err, name)
		} else {
			require.ErrorContains(t, err, row.want, name)
		}
	}
}
