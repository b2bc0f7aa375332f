// Threa on AWS: one Bun container on ECS Fargate, PostgreSQL on RDS and, optionally, a cache on ElastiCache.
//
//	internet ──> ingress ──> compute (ECS Fargate) ──> database (RDS PostgreSQL)
//	                            │        └───────────> cache (ElastiCache)
//	                            ├── secrets (SSM)      what connects them
//	                            ├── scaling            how many tasks run, and when
//	                            └── monitoring         logs, alarms, dashboard
//
// All of it stands in network. deploy wires the packages in the order in which data flows; none imports another.
package main

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/cache"
	"threa-infra/claim"
	"threa-infra/compute"
	"threa-infra/database"
	"threa-infra/ingress"
	"threa-infra/internal/config"
	"threa-infra/internal/naming"
	"threa-infra/monitoring"
	"threa-infra/network"
	"threa-infra/scaling"
	"threa-infra/secrets"
)

func main() {
	pulumi.Run(deploy, config.WithKeys)
}

func deploy(ctx *pulumi.Context) error {
	cfg, err := config.Load(ctx)
	if err != nil {
		return err
	}
	costs, err := estimate(ctx.Stack(), cfg)
	if err != nil {
		return err
	}
	caller, err := aws.GetCallerIdentity(ctx, &aws.GetCallerIdentityArgs{})
	if err != nil {
		return fmt.Errorf("find out the AWS account: %w", err)
	}
	owner, err := claim.New(ctx, "claim", claimArgs(cfg, caller))
	if err != nil {
		return err
	}
	claimed := pulumi.DependsOn([]pulumi.Resource{owner}) // a destroy that fails halfway keeps the claim
	if err := secrets.Preflight(ctx, cfg.Name, cfg.Region, cfg.Secrets.Existing); err != nil {
		return err
	}
	balanced := cfg.Ingress.Kind == config.IngressLoadBalancer
	if err := ingress.Preflight(ctx, balanced, domain(cfg), naming.TagStack, cfg.Name); err != nil {
		return err
	}
	if !cfg.Cache.Enabled && !cfg.Cache.MayReplace {
		if err := cache.CheckRemoval(ctx, cfg.Name); err != nil {
			return err
		}
	}

	plan, err := scaling.NewPlan(ctx, planArgs(cfg, caller.AccountId))
	if err != nil {
		return err
	}

	place, err := network.New(ctx, "network", networkArgs(cfg), claimed)
	if err != nil {
		return err
	}
	db, err := database.New(ctx, "database", databaseArgs(cfg, place), claimed)
	if err != nil {
		return err
	}
	var redis *cache.Cache
	if cfg.Cache.Enabled {
		if redis, err = cache.New(ctx, "cache", cacheArgs(cfg, place), claimed); err != nil {
			return err
		}
	}
	vault, err := secrets.New(ctx, "secrets", secretsArgs(cfg, caller.AccountId, db, redis), claimed)
	if err != nil {
		return err
	}
	var balancer *ingress.Ingress
	if balanced {
		if balancer, err = ingress.New(ctx, "ingress", ingressArgs(cfg, place), claimed); err != nil {
			return err
		}
	}
	watch, err := monitoring.New(ctx, "monitoring", monitoringArgs(cfg, caller.AccountId, costs, balancer, plan), claimed)
	if err != nil {
		return err
	}
	computeArgs, err := computeArgs(cfg, caller.AccountId, place, vault, balancer, watch, plan)
	if err != nil {
		return err
	}
	app, err := compute.New(ctx, "compute", computeArgs, claimed)
	if err != nil {
		return err
	}
	scaler, err := scaling.New(ctx, "scaling", scalingArgs(cfg, caller.AccountId, balancer, app, plan), claimed)
	if err != nil {
		return err
	}

	export(ctx, cfg, costs, place, db, redis, vault, balancer, watch, app, scaler)
	return nil
}

func export(ctx *pulumi.Context, cfg *config.Config, costs *monthly, place *network.Network, db *database.Database,
	redis *cache.Cache, vault *secrets.Secrets, balancer *ingress.Ingress, watch *monitoring.Monitoring, app *compute.Compute,
	scaler *scaling.Scaling,
) {
	ctx.Export("ecrRepositoryUrl", app.RepositoryURL)
	ctx.Export("ecsClusterName", app.ClusterName)
	ctx.Export("ecsServiceName", app.ServiceName)
	ctx.Export("taskDefinitionArn", app.TaskDefinitionARN)
	ctx.Export("cloudwatchLogGroup", watch.LogGroupName)
	ctx.Export("cloudwatchDashboardUrl", watch.DashboardURL)
	ctx.Export("rdsEndpoint", db.Endpoint)
	ctx.Export("rdsDatabaseName", db.DBName)
	ctx.Export("rdsFinalSnapshot", db.FinalSnapshot)
	ctx.Export("databaseUrlParameter", vault.DatabaseURLName)
	ctx.Export("vpcId", place.VPCID)
	ctx.Export("taskSubnetIds", place.PublicSubnetIDs)
	ctx.Export("taskSecurityGroupId", place.TaskSecurityGroupID)
	ctx.Export("estimatedMonthlyCost", pulumi.String(costs.summary))
	ctx.Export("nextSteps", nextSteps(cfg, app.RepositoryURL, balancer))
	ctx.Export("survivesDestroy", survivesDestroy(cfg, db))
	if db.Replica != nil {
		ctx.Export("rdsReplicaEndpoint", db.Replica.Endpoint)
	}
	if cfg.Ingress.Kind == config.IngressTunnel && cfg.Ingress.DomainName != "" {
		ctx.Export("url", pulumi.String("https://"+cfg.Ingress.DomainName))
	}
	if redis != nil {
		ctx.Export("redisEndpoint", redis.Address)
	}
	if balancer != nil {
		ctx.Export("loadBalancerDnsName", balancer.DNSName)
		ctx.Export("url", balancer.URL)
	}
	if cfg.Scaling.Schedule != nil {
		ctx.Export("sleepMachineArn", scaler.SleepMachineARN)
	}
	if cfg.Monitoring.AlarmEmail != "" {
		ctx.Export("alarmTopicArn", watch.TopicARN)
	}
}
