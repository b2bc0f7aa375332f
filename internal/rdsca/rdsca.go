// Package rdsca has the certificate authorities of Amazon RDS, with which clients verify the database server.
//
// RDS signs server certificates with its own roots, which differ between regions and are in no system store. The files
// in certs are the public G1 roots (RSA2048, the default, RSA4096 and ECC384): an instance may be moved from one to
// another. Source: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/UsingWithRDS.SSL.html
package rdsca

import (
	"embed"
	"fmt"
	"path"
	"strings"
)

//go:embed certs/*.pem
var certs embed.FS

// Bundle returns the PEM certificates of a region.
func Bundle(region string) (string, error) {
	pem, err := certs.ReadFile(path.Join("certs", region+".pem"))
	if err != nil {
		return "", fmt.Errorf("no RDS certificate authority is known for region %q", region)
	}
	return string(pem), nil
}

// Regions returns the regions that Bundle knows, sorted.
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
