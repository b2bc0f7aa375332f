package rdsca

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// roots are the certificates of a region.
func roots(t *testing.T, region string) []*x509.Certificate {
	t.Helper()
	text, err := Bundle(region)
	require.NoError(t, err)
	var all []*x509.Certificate
	for rest := []byte(text); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			require.Empty(t, strings.TrimSpace(string(rest)), "%s: text that is no certificate", region)
			return all
		}
		require.Equal(t, "CERTIFICATE", block.Type, region)
		certificate, err := x509.ParseCertificate(block.Bytes)
		require.NoError(t, err, region)
		all = append(all, certificate)
	}
}

func TestEveryRegionHasItsThreeRoots(t *testing.T) {
	for _, region := range Regions() {
		var kinds []string
		for _, root := range roots(t, region) {
			name := root.Subject.CommonName
			assert.Regexp(t, "^Amazon RDS "+region+" Root CA (RSA2048|RSA4096|ECC384) G1$", name)
			kinds = append(kinds, kind(root))
			assert.Contains(t, name, kind(root))
			assert.Equal(t, []string{"Amazon Web Services, Inc."}, root.Subject.Organization)
		}
		slices.Sort(kinds)
		assert.Equal(t, []string{"ECC384", "RSA2048", "RSA4096"}, kinds, region)
	}
}

// kind is the sort of a root's key in Amazon's own words.
func kind(root *x509.Certificate) string {
	switch key := root.PublicKey.(type) {
	case *rsa.PublicKey:
		return map[int]string{2048: "RSA2048", 4096: "RSA4096"}[key.N.BitLen()]
	case *ecdsa.PublicKey:
		return map[string]string{"P-384": "ECC384"}[key.Curve.Params().Name]
	}
	return ""
}

func TestEveryRootSignsItselfAndOutlivesTheStack(t *testing.T) {
	for _, region := range Regions() {
		for _, root := range roots(t, region) {
			name := root.Subject.CommonName
			assert.True(t, root.IsCA && root.BasicConstraintsValid, name)
			assert.NotZero(t, root.KeyUsage&x509.KeyUsageCertSign, name)
			assert.NoError(t, root.CheckSignatureFrom(root), name)
			assert.True(t, root.NotBefore.Before(time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)), name)
			assert.True(t, root.NotAfter.After(time.Date(2050, 1, 1, 0, 0, 0, 0, time.UTC)), "%s ends on %s", name, root.NotAfter)
		}
	}
}

func TestNoTwoRegionsShareARoot(t *testing.T) {
	seen := map[string]string{}
	for _, region := range Regions() {
		for _, root := range roots(t, region) {
			assert.Empty(t, seen[string(root.Raw)], "%s has a root of another region", region)
			seen[string(root.Raw)] = region
		}
	}
}

func TestTheRegionsAreSortedAndTheLargeOnesAreThere(t *testing.T) {
	regions := Regions()
	assert.True(t, slices.IsSorted(regions))
	assert.Subset(t, regions, []string{"eu-central-1", "eu-west-1", "us-east-1", "us-east-2", "us-west-2", "ap-southeast-1", "sa-east-1"})
	assert.Len(t, slices.Compact(slices.Clone(regions)), len(regions))
}

func TestAnUnknownRegionIsAnError(t *testing.T) {
	for _, region := range []string{"", "cn-north-1", "eu-central", "EU-CENTRAL-1", "../rdsca"} {
		text, err := Bundle(region)
		assert.EqualError(t, err, `no RDS certificate authority is known for region "`+region+`"`)
		assert.Empty(t, text)
	}
}

// A container definition carries the bundle in its environment; a task definition holds 64 KB in all.
func TestABundleFitsIntoATaskDefinition(t *testing.T) {
	for _, region := range Regions() {
		text, err := Bundle(region)
		require.NoError(t, err)
		assert.Less(t, len(text), 16<<10, region)
		assert.NotContains(t, text, "\r", region)
	}
}
