package rdsca

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// roots returns the certificates of a region.
func roots(t *testing.T, region string) []*x509.Certificate {
	t.Helper()
	text, err := Bundle(region)
	require.NoError(t, err)
	assert.Less(t, len(text), 16<<10, "%s: a task definition, which has 64 KiB, holds the bundle", region)
	assert.NotContains(t, text, "\r", region)
	var certificates []*x509.Certificate
	for rest := []byte(text); ; {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			require.Empty(t, strings.TrimSpace(string(rest)), "%s: text between the certificates", region)
			return certificates
		}
		require.Equal(t, "CERTIFICATE", block.Type, region)
		certificate, err := x509.ParseCertificate(block.Bytes)
		require.NoError(t, err, region)
		certificates = append(certificates, certificate)
	}
}

// bits returns the size of a root's key.
func bits(root *x509.Certificate) int {
	switch key := root.PublicKey.(type) {
	case *rsa.PublicKey:
		return key.N.BitLen()
	case *ecdsa.PublicKey:
		return key.Params().BitSize
	}
	return 0
}

func TestBundle_HasThreeValidRoots(t *testing.T) {
	seen := map[string]string{}
	for _, region := range Regions() {
		var kinds []string
		for _, root := range roots(t, region) {
			name := root.Subject.CommonName
			kind, isRoot := strings.CutPrefix(name, "Amazon RDS "+region+" Root CA ")
			assert.True(t, isRoot, name)
			kinds = append(kinds, fmt.Sprint(kind, " ", bits(root)))
			assert.Equal(t, []string{"Amazon Web Services, Inc."}, root.Subject.Organization)
			assert.True(t, root.IsCA && root.BasicConstraintsValid, name)
			assert.NotZero(t, root.KeyUsage&x509.KeyUsageCertSign, name)
			assert.NoError(t, root.CheckSignatureFrom(root), name)
			assert.True(t, root.NotBefore.Before(time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)), name)
			assert.True(t, root.NotAfter.After(time.Date(2050, 1, 1, 0, 0, 0, 0, time.UTC)), name)
			assert.Empty(t, seen[string(root.Raw)], "%s has a root of another region", region)
			seen[string(root.Raw)] = region
		}
		slices.Sort(kinds)
		assert.Equal(t, []string{"ECC384 G1 384", "RSA2048 G1 2048", "RSA4096 G1 4096"}, kinds, region)
	}
}

func TestRegions_AreSorted(t *testing.T) {
	regions := Regions()
	assert.True(t, slices.IsSorted(regions))
	assert.Subset(t, regions, []string{
		"eu-central-1", "eu-west-1", "us-east-1", "us-east-2", "us-west-2", "ap-southeast-1", "sa-east-1",
	})
}

func TestBundle_RefusesUnknownRegion(t *testing.T) {
	for _, region := range []string{"", "cn-north-1", "eu-central", "EU-CENTRAL-1", "../rdsca"} {
		text, err := Bundle(region)
		assert.EqualError(t, err, `no RDS certificate authority is known for region "`+region+`"`)
		assert.Empty(t, text)
	}
}
