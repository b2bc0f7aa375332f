package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/cache"
	"threa-infra/compute"
	"threa-infra/database"
	"threa-infra/ingress"
	"threa-infra/internal/config"
	"threa-infra/internal/program"
	"threa-infra/internal/rdsca"
	"threa-infra/monitoring"
	"threa-infra/network"
	"threa-infra/secrets"
)

// The steps that create the components, each from the configuration and from the components before it.

func (s *stack) networkArgs() *network.Args {
	cfg := s.cfg
	args := &network.Args{
		Names:            s.names,
		VPC:              cfg.Network.VPC,
		CIDR:             cfg.Network.CIDR,
		Zones:            cfg.Network.Zones,
		PublicSubnetIDs:  cfg.Network.PublicSubnetIDs,
		PrivateSubnetIDs: cfg.Network.PrivateSubnetIDs,
		ContainerPort:    cfg.Container.Port,
		Tunnel:           cfg.Ingress.Kind == config.IngressTunnel,
		AllowedCIDRs:     cfg.Ingress.AllowedCIDRs,
		LoadBalancer:     s.hasLoadBalancer(),
		DatabasePort:     database.Port,
		Tags:             s.tags,
	}
	if cfg.Cache.Enabled {
		args.CachePort = cache.Port
	}
	return args
}

func (s *stack) createNetwork() (err error) {
	args := s.networkArgs()
	args.Found = s.found.network
	s.network, err = network.New(s.ctx, "network", args, s.owned)
	return err
}

func (s *stack) databaseArgs() *database.Args {
	cfg := s.cfg
	args := &database.Args{
		Names:               s.names,
		Username:            cfg.Database.Username,
		DBName:              cfg.Database.DBName,
		Password:            program.Secret(cfg.Database.Password),
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
		Tags:                s.tags,
	}
	if cfg.Container.ImageTag != "" {
		args.Tasks = max(cfg.Container.Count, cfg.Scaling.MaxCount)
	}
	return args
}

func (s *stack) createDatabase() (err error) {
	args := s.databaseArgs()
	args.Found = s.found.database
	args.SubnetIDs, args.SecurityGroupID = s.network.PrivateSubnetIDs, s.network.DatabaseSecurityGroupID
	s.database, err = database.New(s.ctx, "database", args, s.owned)
	return err
}

func (s *stack) cacheArgs() *cache.Args {
	cfg := s.cfg
	return &cache.Args{
		Names:      s.names,
		Engine:     cfg.Cache.Engine,
		NodeType:   cfg.Cache.NodeType,
		Nodes:      cfg.Cache.Nodes,
		TLS:        cfg.Cache.TLS,
		FormerSeed: program.Secret(cfg.Database.Password),
		MayReplace: cfg.Cache.MayReplace,
		Tags:       s.tags,
	}
}

func (s *stack) createCache() (err error) {
	if !s.cfg.Cache.Enabled {
		return nil
	}
	args := s.cacheArgs()
	args.Found = s.found.cache
	args.SubnetIDs, args.SecurityGroupID = s.network.PrivateSubnetIDs, s.network.CacheSecurityGroupID
	s.cache, err = cache.New(s.ctx, "cache", args, s.owned)
	return err
}

func (s *stack) createSecrets() (err error) {
	cfg := s.cfg
	args := &secrets.Args{
		Names: s.names,
		Database: secrets.Database{
			Master:  secrets.User{Name: s.database.Username, Password: program.Secret(cfg.Database.Password)},
			App:     secrets.User{Name: s.database.AppUsername, Password: s.database.AppPassword},
			Address: s.database.Address,
			Port:    database.Port,
			DBName:  s.database.DBName,
		},
		Existing: cfg.Secrets.Existing,
		Stored:   pulumi.StringMap{},
		Tags:     s.tags,
	}
	for variable, value := range cfg.Secrets.Stored {
		args.Stored[variable] = program.Secret(value)
	}
	if cfg.Ingress.Kind == config.IngressTunnel {
		args.TunnelToken = program.Secret(cfg.Ingress.TunnelToken)
	}
	if s.database.Replica != nil {
		args.Database.ReplicaAddress = s.database.Replica.Address
	}
	if s.cache != nil {
		args.Cache = &secrets.Cache{AuthToken: s.cache.AuthToken, Address: s.cache.Address, Port: cache.Port}
	}
	s.secrets, err = secrets.New(s.ctx, "secrets", args, s.owned)
	return err
}

func (s *stack) createIngress() (err error) {
	if !s.hasLoadBalancer() {
		return nil
	}
	cfg := s.cfg
	args := &ingress.Args{
		Names:               s.names,
		Port:                cfg.Container.Port,
		Domain:              s.domain(),
		Protect:             cfg.Database.DeletionProtection,
		DeregistrationDelay: cfg.Drain.Handover,
		IdleTimeout:         cfg.Drain.Idle,
		VPCID:               s.network.VPCID,
		SubnetIDs:           s.network.LoadBalancerSubnetIDs,
		SecurityGroupID:     s.network.LoadBalancerSecurityGroupID,
		Tags:                s.tags,
	}
	s.ingress, err = ingress.New(s.ctx, "ingress", args, s.owned, pulumi.DependsOn(s.network.Internet))
	return err
}

func (s *stack) createMonitoring() (err error) {
	cfg := s.cfg
	args := &monitoring.Args{
		Names:            s.names,
		LogRetention:     cfg.Monitoring.LogRetention,
		AlarmEmail:       cfg.Monitoring.AlarmEmail,
		AlarmTargets:     cfg.Monitoring.AlarmTargets,
		BudgetEmails:     cfg.Monitoring.Emails(),
		Budget:           s.costs.budget,
		Running:          cfg.Container.Count > 0,
		Asleep:           s.plan.Asleep,
		Fallback:         cfg.Container.SpotFallback,
		Schedule:         cfg.Scaling.Schedule != nil,
		InstanceClass:    cfg.Database.InstanceClass,
		AllocatedStorage: cfg.Database.AllocatedStorage,
		ReadReplica:      cfg.Database.ReadReplica,
		Tags:             s.tags,
	}
	if cfg.Cache.Enabled {
		args.CacheNodes = cfg.Cache.Nodes
	}
	if s.ingress != nil {
		args.LoadBalancer = &monitoring.LoadBalancer{Suffix: s.ingress.LoadBalancerSuffix,
			TargetGroupSuffix: s.ingress.TargetGroupSuffix}
	}
	s.monitoring, err = monitoring.New(s.ctx, "monitoring", args, s.owned)
	return err
}

func (s *stack) createCompute() error {
	cfg := s.cfg
	databaseCA, err := rdsca.Bundle(cfg.Region)
	if err != nil {
		return err
	}
	args := &compute.Args{
		Names:           s.names,
		ImageTag:        cfg.Container.ImageTag,
		CPU:             cfg.Container.CPU,
		Memory:          cfg.Container.Memory,
		Port:            cfg.Container.Port,
		Architecture:    cfg.Container.Architecture,
		DesiredCount:    s.plan.DesiredCount,
		KeepCount:       s.plan.KeepCount,
		CheckCount:      s.plan.CheckCount,
		ServiceTags:     s.plan.Tags(),
		Spot:            cfg.Container.Spot,
		Fallback:        cfg.Container.SpotFallback,
		OnDemandBase:    cfg.Container.OnDemandBase,
		Exec:            cfg.Container.Exec,
		ExecLogGroup:    s.monitoring.ExecLogGroupName,
		Insights:        cfg.Monitoring.ContainerInsights,
		Protect:         cfg.Database.DeletionProtection,
		Drain:           cfg.Drain,
		Environment:     cfg.Container.Environment,
		Secrets:         s.secrets.ARNs,
		SecretVersions:  s.secrets.Versions,
		MasterURL:       compute.Parameter(*s.secrets.MasterURL),
		TaskPolicies:    cfg.Container.TaskPolicies,
		DatabaseCA:      databaseCA,
		Pgvector:        cfg.Database.Pgvector,
		MigrateCommand:  cfg.Container.MigrateCommand,
		RollbackAlarms:  s.monitoring.RollbackAlarms,
		LogGroupName:    s.monitoring.LogGroupName,
		SubnetIDs:       s.network.PublicSubnetIDs,
		SecurityGroupID: s.network.TaskSecurityGroupID,
		Tags:            s.tags,
	}
	if token := s.secrets.TunnelToken; token != nil {
		args.Tunnel = &compute.Tunnel{Token: compute.Parameter(*token), Image: cfg.Ingress.TunnelImage}
	}
	if s.ingress != nil {
		args.LoadBalancer = &compute.LoadBalancer{TargetGroupARN: s.ingress.TargetGroupARN,
			HealthGrace: cfg.Drain.HealthGrace}
	}
	s.compute, err = compute.New(s.ctx, "compute", args, s.owned, pulumi.DependsOn(s.network.Internet))
	return err
}
