package main

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/database"
	"threa-infra/ingress"
	"threa-infra/internal/config"
)

// What the outputs tell people to do, and to know.

// nextSteps are what comes after an up: a record where the DNS is not the program's, then the commands that push a first
// image and name it, or look at the app.
func nextSteps(cfg *config.Config, repositoryURL pulumi.StringOutput, balancer *ingress.Ingress) pulumi.StringArrayOutput {
	dnsName := pulumi.String("").ToStringOutput()
	if balancer != nil && cfg.Ingress.HostedZoneID == "" {
		dnsName = balancer.DNSName
	}
	return pulumi.All(repositoryURL, dnsName).ApplyT(func(parts []any) []string {
		return append(recordStep(cfg, parts[1].(string)), imageSteps(cfg, parts[0].(string))...)
	}).(pulumi.StringArrayOutput)
}

// recordStep is a record in the form of a zone file; a name without a record is nothing that users could reach.
func recordStep(cfg *config.Config, dnsName string) []string {
	if dnsName == "" {
		return nil
	}
	name := cfg.Ingress.DomainName
	if name == "" {
		name = "<a name of the certificate>"
	}
	return []string{fmt.Sprintf("# in your DNS:  %s. CNAME %s.", name, dnsName)}
}

func imageSteps(cfg *config.Config, url string) []string {
	if cfg.Container.ImageTag != "" {
		return []string{"go run ./cmd/threa deploy-status", "go run ./cmd/threa url --wait", "go run ./cmd/threa logs --follow"}
	}
	platform := map[string]string{"x86_64": "linux/amd64", "arm64": "linux/arm64"}[cfg.Container.Architecture]
	registry, _, _ := strings.Cut(url, "/")
	return []string{
		fmt.Sprintf("aws ecr get-login-password --region %s | docker login --username AWS --password-stdin %s", cfg.Region, registry),
		fmt.Sprintf("docker build --platform %s -t %s:v1 .", platform, url),
		fmt.Sprintf("docker push %s:v1", url),
		"pulumi config set imageTag v1",
		"pulumi up",
	}
}

// survivesDestroy is what a destroy leaves in AWS, what that costs and how to be rid of it. The program does not run when
// Pulumi destroys its stack, so that this is said by every up before, the one that takes the protection away among them.
func survivesDestroy(cfg *config.Config, db *database.Database) pulumi.StringArrayOutput {
	return db.FinalSnapshot.ApplyT(func(snapshot string) []string {
		var all []string
		if snapshot != "" {
			all = append(all, fmt.Sprintf("# snapshot %s with all data, about 0.10 USD per GB and month. To delete it:", snapshot),
				fmt.Sprintf("aws rds delete-db-snapshot --region %s --db-snapshot-identifier %s", cfg.Region, snapshot))
		}
		for _, parameter := range slices.Compact(slices.Sorted(maps.Values(cfg.Secrets.Existing))) {
			all = append(all, fmt.Sprintf("# parameter %s, free. To delete it:", parameter),
				fmt.Sprintf("aws ssm delete-parameter --region %s --name %s", cfg.Region, parameter))
		}
		return all
	}).(pulumi.StringArrayOutput)
}
