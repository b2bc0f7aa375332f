// Package rdsca holds the certificate authorities of Amazon RDS, so that a client can verify the server it talks to.
//
// RDS signs its server certificates with a root of its own, one set per region, which is in no system store. The files
// in certs are the public G1 roots (RSA2048, which AWS uses by default, RSA4096 and ECC384) as AWS publishes them:
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html. All three, because an instance may be
// moved from one to another.
package rdsca

import (
	"embed"
	"fmt"
	"path"
	"strings"
)

//go:embed certs/*.pem
var certs embed.FS

// Bundle returns the PEM certificates that sign the databases of a region.
func Bundle(region string) (string, error) {
	pem, err := certs.ReadFile(path.Join("certs", region+".pem"))
	if err != nil {
		return "", fmt.Errorf("no RDS certificate authority is known for region %q", region)
	}
	return string(pem), nil
}

// Regions lists the regions whose certificate authorities are known, sorted.
func Regions() []string {
	files, err := certs.ReadDir("certs")
	if err != nil {
		panic(err) // the folder is part of the binary
	}
	regions := make([]string, len(files))
	for i, file := range files {
		regions[i] = strings.TrimSuffix(file.Name(), ".pem")
	}
	return regions
}
