package main

import (
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/cache"
	"threa-infra/claim"
	"threa-infra/compute"
	"threa-infra/database"
	"threa-infra/ingress"
	"threa-infra/internal/config"
	"threa-infra/internal/naming"
	"threa-infra/internal/rdsca"
	"threa-infra/monitoring"
	"threa-infra/network"
	"threa-infra/scaling"
	"threa-infra/secrets"
)

// What each package gets, from the configuration and from the packages before it.

func claimArgs(cfg *config.Config, caller *aws.GetCallerIdentityResult) *claim.Args {
	fixed := map[string]string{"appName": cfg.AppName, "environment": cfg.Environment, "vpc": cfg.Network.VPC}
	if cfg.Network.VPC == config.VPCDedicated {
		fixed["vpcCidr"] = cfg.Network.CIDR.String()
	}
	names := naming.Stack{Name: cfg.Name}
	return &claim.Args{
		Name: cfg.Name, Region: cfg.Region, AccountID: caller.AccountId, CallerARN: caller.Arn,
		Names: claim.Names{
			Roles:      []string{names.ExecutionRole(), names.TaskRole()},
			LogGroup:   names.LogGroup(),
			Alarms:     monitoring.AlarmNames(cfg.Name),
			Parameters: names.Parameters(),
		},
		CloudWatch: connectCloudWatch(cfg.Region, caller.Arn),
		Fixed:      fixed, Tags: cfg.Tags(),
	}
}

func networkArgs(cfg *config.Config) *network.Args {
	args := &network.Args{
		Name:             cfg.Name,
		VPC:              cfg.Network.VPC,
		CIDR:             cfg.Network.CIDR,
		Zones:            cfg.Network.Zones,
		PublicSubnetIDs:  cfg.Network.PublicSubnetIDs,
		PrivateSubnetIDs: cfg.Network.PrivateSubnetIDs,
		ContainerPort:    cfg.Container.Port,
		Tunnel:           cfg.Ingress.Kind == config.IngressTunnel,
		LoadBalancer:     cfg.Ingress.Kind == config.IngressLoadBalancer,
		DatabasePort:     database.Port,
		Tags:             cfg.Tags(),
	}
	if cfg.Cache.Enabled {
		args.CachePort = cache.Port
	}
	return args
}

func databaseArgs(cfg *config.Config, place *network.Network) *database.Args {
	return &database.Args{
		Name:                cfg.Name,
		Username:            cfg.Database.Username,
		DBName:              cfg.Database.DBName,
		Password:            cfg.Database.Password.Output(),
		EngineVersion:       cfg.Database.EngineVersion,
		InstanceClass:       cfg.Database.InstanceClass,
		AllocatedStorage:    cfg.Database.AllocatedStorage,
		MaxAllocatedStorage: cfg.Database.MaxAllocatedStorage,
		BackupRetention:     cfg.Database.BackupRetention,
		BackupWindow:        cfg.Database.BackupWindow,
		MaintenanceWindow:   cfg.Database.MaintenanceWindow,
		MultiAZ:             cfg.Database.MultiAZ,
		ReadReplica:         cfg.Database.ReadReplica,
		DeletionProtection:  cfg.Database.DeletionProtection,
		FinalSnapshot:       cfg.Database.FinalSnapshot,
		RestoreFrom:         cfg.Database.RestoreFrom,
		SubnetIDs:           place.PrivateSubnetIDs,
		SecurityGroupID:     place.DatabaseSecurityGroupID,
		Tags:                cfg.Tags(),
	}
}

func cacheArgs(cfg *config.Config, place *network.Network) *cache.Args {
	return &cache.Args{
		Name:            cfg.Name,
		Engine:          cfg.Cache.Engine,
		NodeType:        cfg.Cache.NodeType,
		Nodes:           cfg.Cache.Nodes,
		TLS:             cfg.Cache.TLS,
		Seed:            cfg.Database.Password.Output(),
		MayReplace:      cfg.Cache.MayReplace,
		SubnetIDs:       place.PrivateSubnetIDs,
		SecurityGroupID: place.CacheSecurityGroupID,
		Tags:            cfg.Tags(),
	}
}

func secretsArgs(cfg *config.Config, accountID string, db *database.Database, redis *cache.Cache) *secrets.Args {
	args := &secrets.Args{
		Name:      cfg.Name,
		Region:    cfg.Region,
		AccountID: accountID,
		Database: secrets.Database{
			Username: db.Username,
			Password: cfg.Database.Password.Output(),
			Address:  db.Address,
			Port:     database.Port,
			DBName:   db.DBName,
		},
		Existing: cfg.Secrets.Existing,
		Stored:   pulumi.StringMap{},
		Tags:     cfg.Tags(),
	}
	for variable, value := range cfg.Secrets.Stored {
		args.Stored[variable] = value.Output()
	}
	if cfg.Ingress.Kind == config.IngressTunnel {
		args.TunnelToken = cfg.Ingress.TunnelToken.Output()
	}
	if db.Replica != nil {
		args.Database.ReplicaAddress = db.Replica.Address
	}
	if redis != nil {
		args.Cache = &secrets.Cache{AuthToken: redis.AuthToken, Address: redis.Address, Port: cache.Port}
	}
	return args
}

// domain is the name under which users reach the app. It is empty unless there is a load balancer.
func domain(cfg *config.Config) ingress.Domain {
	return ingress.Domain{Name: cfg.Ingress.DomainName, CertificateARN: cfg.Ingress.CertificateARN, ZoneID: cfg.Ingress.HostedZoneID}
}

func ingressArgs(cfg *config.Config, place *network.Network) *ingress.Args {
	return &ingress.Args{
		Name:                cfg.Name,
		Port:                cfg.Container.Port,
		Domain:              domain(cfg),
		Protect:             cfg.Database.DeletionProtection,
		DeregistrationDelay: cfg.Drain.Handover,
		IdleTimeout:         cfg.Drain.Idle,
		VPCID:               place.VPCID,
		SubnetIDs:           place.LoadBalancerSubnetIDs,
		SecurityGroupID:     place.LoadBalancerSecurityGroupID,
		Tags:                cfg.Tags(),
	}
}

func monitoringArgs(cfg *config.Config, accountID string, costs *monthly, balancer *ingress.Ingress,
	plan *scaling.Plan,
) *monitoring.Args {
	args := &monitoring.Args{
		Name:         cfg.Name,
		Region:       cfg.Region,
		LogRetention: cfg.Monitoring.LogRetention,
		AlarmEmail:   cfg.Monitoring.AlarmEmail,
		Service:      monitoring.Service{Cluster: cfg.Name, Name: cfg.Name, Running: cfg.Container.Count > 0, Asleep: plan.Asleep},
		Database: monitoring.Database{
			Identifier:       cfg.Name,
			InstanceClass:    cfg.Database.InstanceClass,
			AllocatedStorage: cfg.Database.AllocatedStorage,
		},
		Tags: cfg.Tags(),
	}
	if costs.budget != "" {
		args.Budget = &monitoring.Budget{AccountID: accountID, Limit: costs.budget, TagKey: naming.TagStack, TagValue: cfg.Name}
	}
	if cfg.Container.SpotFallback {
		args.Service.Standby = naming.Stack{Name: cfg.Name}.FallbackService()
	}
	if cfg.Database.ReadReplica {
		args.Database.Replica = naming.Stack{Name: cfg.Name}.ReadReplica()
	}
	if cfg.Cache.Enabled {
		args.Cache = &monitoring.Cache{Nodes: cache.NodeNames(cfg.Name, cfg.Cache.Nodes)}
	}
	if balancer != nil {
		args.LoadBalancer = &monitoring.LoadBalancer{Suffix: balancer.LoadBalancerSuffix, TargetGroupSuffix: balancer.TargetGroupSuffix}
	}
	return args
}

func computeArgs(cfg *config.Config, accountID string, place *network.Network, vault *secrets.Secrets,
	balancer *ingress.Ingress, watch *monitoring.Monitoring, plan *scaling.Plan,
) (*compute.Args, error) {
	databaseCA, err := rdsca.Bundle(cfg.Region)
	if err != nil {
		return nil, err
	}
	args := &compute.Args{
		Name:            cfg.Name,
		Region:          cfg.Region,
		AccountID:       accountID,
		ImageTag:        cfg.Container.ImageTag,
		CPU:             cfg.Container.CPU,
		Memory:          cfg.Container.Memory,
		Port:            cfg.Container.Port,
		Architecture:    cfg.Container.Architecture,
		DesiredCount:    plan.DesiredCount,
		KeepCount:       plan.KeepCount,
		CheckCount:      plan.CheckCount,
		ServiceTags:     plan.Tags(),
		Spot:            cfg.Container.Spot,
		Standby:         cfg.Container.SpotFallback,
		OnDemandBase:    cfg.Container.OnDemandBase,
		Exec:            cfg.Container.Exec,
		Insights:        cfg.Monitoring.ContainerInsights,
		Protect:         cfg.Database.DeletionProtection,
		Drain:           cfg.Drain,
		Environment:     cfg.Container.Environment,
		Secrets:         vault.ARNs,
		SecretVersions:  vault.Versions,
		DatabaseCA:      databaseCA,
		Pgvector:        cfg.Database.Pgvector,
		MigrateCommand:  cfg.Container.MigrateCommand,
		LogGroupName:    watch.LogGroupName,
		LogGroupARN:     watch.LogGroupARN,
		SubnetIDs:       place.PublicSubnetIDs,
		SecurityGroupID: place.TaskSecurityGroupID,
		Tags:            cfg.Tags(),
	}
	if token := vault.TunnelToken; token != nil {
		args.Tunnel = &compute.Tunnel{TokenARN: token.ARN, TokenVersion: token.Version}
	}
	if balancer != nil {
		args.LoadBalancer = &compute.LoadBalancer{TargetGroupARN: balancer.TargetGroupARN, HealthGrace: cfg.Drain.HealthGrace}
	}
	return args, nil
}
