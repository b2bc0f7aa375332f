package stores

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"time"
)

// Authority is a certificate authority that signs the certificates of servers.
type Authority struct {
	// PEM is its certificate.
	PEM string

	certificate *x509.Certificate
	key         *ecdsa.PrivateKey
}

// NewAuthority creates an authority. Its key is only in memory.
func NewAuthority(name string) (*Authority, error) {
	a := &Authority{}
	der, key, err := a.sign(&x509.Certificate{
		Subject: pkix.Name{CommonName: name}, IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	})
	if err == nil {
		a.certificate, err = x509.ParseCertificate(der)
	}
	if err != nil {
		return nil, fmt.Errorf("create the CA certificate %q: %w", name, err)
	}
	a.PEM, a.key = encode("CERTIFICATE", der), key
	return a, nil
}

// Issue creates a certificate for a host name. It returns the certificate and its key as PEM.
func (a *Authority) Issue(name string) (certificate, key string, err error) {
	der, private, err := a.sign(&x509.Certificate{
		Subject:  pkix.Name{CommonName: "server"}, // host names can be longer than a common name
		DNSNames: []string{name}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		KeyUsage: x509.KeyUsageDigitalSignature,
	})
	if err != nil {
		return "", "", fmt.Errorf("create a certificate for %s: %w", name, err)
	}
	secret, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return "", "", fmt.Errorf("create a certificate for %s: %w", name, err)
	}
	return encode("CERTIFICATE", der), encode("PRIVATE KEY", secret), nil
}

// sign creates a key and a certificate for it. The authority's own certificate is self-signed.
func (a *Authority) sign(template *x509.Certificate) (der []byte, key *ecdsa.PrivateKey, err error) {
	if key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader); err != nil {
		return nil, nil, err
	}
	template.SerialNumber = new(big.Int).SetBytes([]byte(rand.Text())[:16])
	template.NotBefore, template.NotAfter = time.Now().Add(-time.Hour), time.Now().AddDate(1, 0, 0) // clocks differ
	parent, signer := a.certificate, a.key
	if parent == nil {
		parent, signer = template, key
	}
	der, err = x509.CreateCertificate(rand.Reader, template, parent, key.Public(), signer)
	return der, key, err
}

func encode(kind string, der []byte) string {
	return string(pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}))
}
