package main

import (
	"fmt"
	"maps"
	"slices"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumix"
	"golang.org/x/net/publicsuffix"

	"threa-infra/internal/config"
	"threa-infra/internal/program"
)

func (s *stack) exportOutputs() error {
	outputs := pulumi.Map{
		"ecrRepositoryUrl":        s.compute.RepositoryURL,
		"ecsClusterName":          s.compute.ClusterName,
		"ecsServiceName":          s.compute.ServiceName,
		"taskDefinitionArn":       s.compute.TaskDefinitionARN,
		"cloudwatchLogGroup":      s.monitoring.LogGroupName,
		"cloudwatchDashboardUrl":  s.monitoring.DashboardURL,
		"rdsEndpoint":             s.database.Endpoint,
		"rdsDatabaseName":         s.database.DBName,
		"rdsFinalSnapshot":        s.database.FinalSnapshot,
		"databaseUrlParameter":    s.secrets.MasterURLName,
		"databaseAppUrlParameter": s.secrets.DatabaseURLName,
		"vpcId":                   s.network.VPCID,
		"taskSubnetIds":           s.network.PublicSubnetIDs,
		"taskSecurityGroupId":     s.network.TaskSecurityGroupID,
		"estimatedMonthlyCost":    pulumi.String(s.costs.summary),
		"nextSteps":               s.nextSteps(),
		"survivesDestroy":         s.survivesDestroy(),
	}
	if s.database.Replica != nil {
		outputs["rdsReplicaEndpoint"] = s.database.Replica.Endpoint
	}
	if s.cfg.Ingress.Kind == config.IngressTunnel && s.cfg.Ingress.DomainName != "" {
		outputs["url"] = pulumi.String("https://" + s.cfg.Ingress.DomainName)
	}
	if s.cache != nil {
		outputs["redisEndpoint"] = s.cache.Address
	}
	if s.ingress != nil {
		outputs["loadBalancerDnsName"], outputs["url"] = s.ingress.DNSName, s.ingress.URL
	}
	if s.cfg.Monitoring.AlarmEmail != "" || len(s.cfg.Monitoring.AlarmTargets) > 0 {
		outputs["alarmTopicArn"] = s.monitoring.TopicARN
	}
	for name, output := range outputs {
		s.ctx.Export(name, output)
	}
	return nil
}

// nextSteps returns what to do after the deployment: create a DNS record unless the program does, then deploy an image,
// or check the app.
func (s *stack) nextSteps() pulumix.Output[[]string] {
	dnsName := pulumi.String("").ToStringOutput()
	if s.ingress != nil && s.cfg.Ingress.HostedZoneID == "" {
		dnsName = s.ingress.DNSName
	}
	return pulumix.Apply(dnsName, func(dnsName string) []string {
		lines := append(dnsStep(s.cfg, dnsName), imageSteps(s.cfg)...)
		for i := range lines {
			lines[i] = program.Adapt(s.ctx, lines[i])
		}
		return lines
	})
}

// dnsStep returns the DNS record to create, as a line of a zone file. The DNS does not allow a CNAME at the apex of a
// zone, such as example.com. Source: https://www.rfc-editor.org/rfc/rfc1034 (3.6.2)
func dnsStep(cfg *config.Config, dnsName string) []string {
	if dnsName == "" {
		return nil
	}
	name := cfg.Ingress.DomainName
	if name == "" {
		name = "<a name of the certificate>"
	}
	if apex, err := publicsuffix.EffectiveTLDPlusOne(name); err == nil && apex == name {
		return []string{fmt.Sprintf("# in your DNS:  %s. ALIAS (or ANAME) %s.  # a CNAME is not possible; if your DNS "+
			"provider has neither, move the zone to Route 53 and set hostedZoneId", name, dnsName)}
	}
	return []string{fmt.Sprintf("# in your DNS:  %s. CNAME %s.", name, dnsName)}
}

// imageSteps returns the commands that deploy an image and, once there is one, check it and deploy the next.
func imageSteps(cfg *config.Config) []string {
	const deploy = "go run ./cmd/threa deploy --context <folder of your app>"
	if cfg.Container.ImageTag == "" {
		return []string{"go run ./cmd/threa secrets  # lists the variables that are not set yet", deploy}
	}
	return []string{
		"go run ./cmd/threa deploy-status", "go run ./cmd/threa url --wait", "go run ./cmd/threa logs --follow", deploy,
	}
}

// survivesDestroy returns what a destroy would leave in AWS. It is an output of each deployment, because Pulumi does
// not run the program for a destroy. After a destroy, threa leftovers lists what is there, with prices and commands.
func (s *stack) survivesDestroy() pulumix.Output[[]string] {
	return pulumix.Apply(s.database.FinalSnapshot, func(snapshot string) []string {
		var lines []string
		if snapshot != "" {
			lines = append(lines, "snapshot "+snapshot+" of the database, which the destroy creates")
		}
		if s.cfg.Monitoring.ContainerInsights {
			lines = append(lines, "log group "+s.names.InsightsLogGroup()+" of Container Insights, which AWS creates")
		}
		for _, parameter := range slices.Compact(slices.Sorted(maps.Values(s.cfg.Secrets.Existing))) {
			lines = append(lines, "parameter "+parameter)
		}
		return lines
	})
}
