package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/cache"
	"threa-infra/compute"
	"threa-infra/database"
	"threa-infra/ingress"
	"threa-infra/internal/config"
	"threa-infra/monitoring"
	"threa-infra/network"
	"threa-infra/scaling"
	"threa-infra/secrets"
)

// The arguments of each component, from the configuration and from the components before it.

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
		LoadBalancer:     cfg.Ingress.Kind == config.IngressLoadBalancer,
		DatabasePort:     database.Port,
		Tags:             cfg.Tags(),
	}
	if cfg.Cache.Enabled {
		args.CachePort = cache.Port
	}
	return args
}

func (s *stack) databaseArgs() *database.Args {
	cfg := s.cfg
	return &database.Args{
		Names:               s.names,
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
		SubnetIDs:           s.network.PrivateSubnetIDs,
		SecurityGroupID:     s.network.DatabaseSecurityGroupID,
		Tags:                cfg.Tags(),
	}
}

func (s *stack) cacheArgs() *cache.Args {
	cfg := s.cfg
	return &cache.Args{
		Names:           s.names,
		Engine:          cfg.Cache.Engine,
		NodeType:        cfg.Cache.NodeType,
		Nodes:           cfg.Cache.Nodes,
		TLS:             cfg.Cache.TLS,
		FormerSeed:      cfg.Database.Password.Output(),
		MayReplace:      cfg.Cache.MayReplace,
		SubnetIDs:       s.network.PrivateSubnetIDs,
		SecurityGroupID: s.network.CacheSecurityGroupID,
		Tags:            cfg.Tags(),
	}
}

func (s *stack) secretsArgs() *secrets.Args {
	cfg := s.cfg
	args := &secrets.Args{
		Names: s.names,
		Database: secrets.Database{
			Username: s.database.Username,
			Password: cfg.Database.Password.Output(),
			Address:  s.database.Address,
			Port:     database.Port,
			DBName:   s.database.DBName,
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
	if s.database.Replica != nil {
		args.Database.ReplicaAddress = s.database.Replica.Address
	}
	if s.cache != nil {
		args.Cache = &secrets.Cache{AuthToken: s.cache.AuthToken, Address: s.cache.Address, Port: cache.Port}
	}
	return args
}

func (s *stack) ingressArgs() *ingress.Args {
	cfg := s.cfg
	return &ingress.Args{
		Names:               s.names,
		Port:                cfg.Container.Port,
		Domain:              s.domain(),
		Protect:             cfg.Database.DeletionProtection,
		DeregistrationDelay: cfg.Drain.Handover,
		IdleTimeout:         cfg.Drain.Idle,
		VPCID:               s.network.VPCID,
		SubnetIDs:           s.network.LoadBalancerSubnetIDs,
		SecurityGroupID:     s.network.LoadBalancerSecurityGroupID,
		Tags:                cfg.Tags(),
	}
}

func (s *stack) monitoringArgs() *monitoring.Args {
	cfg := s.cfg
	args := &monitoring.Args{
		Names:            s.names,
		LogRetention:     cfg.Monitoring.LogRetention,
		AlarmEmail:       cfg.Monitoring.AlarmEmail,
		Budget:           s.costs.budget,
		Running:          cfg.Container.Count > 0,
		Asleep:           s.plan.Asleep,
		Fallback:         cfg.Container.SpotFallback,
		Schedule:         cfg.Scaling.Schedule != nil,
		InstanceClass:    cfg.Database.InstanceClass,
		AllocatedStorage: cfg.Database.AllocatedStorage,
		ReadReplica:      cfg.Database.ReadReplica,
		Tags:             cfg.Tags(),
	}
	if cfg.Cache.Enabled {
		args.CacheNodes = cfg.Cache.Nodes
	}
	if s.ingress != nil {
		args.LoadBalancer = &monitoring.LoadBalancer{Suffix: s.ingress.LoadBalancerSuffix,
			TargetGroupSuffix: s.ingress.TargetGroupSuffix}
	}
	return args
}

func (s *stack) computeArgs(databaseCA string) *compute.Args {
	cfg := s.cfg
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
		Insights:        cfg.Monitoring.ContainerInsights,
		Protect:         cfg.Database.DeletionProtection,
		Drain:           cfg.Drain,
		Environment:     cfg.Container.Environment,
		Secrets:         s.secrets.ARNs,
		SecretVersions:  s.secrets.Versions,
		DatabaseCA:      databaseCA,
		Pgvector:        cfg.Database.Pgvector,
		MigrateCommand:  cfg.Container.MigrateCommand,
		LogGroupName:    s.monitoring.LogGroupName,
		LogGroupARN:     s.monitoring.LogGroupARN,
		SubnetIDs:       s.network.PublicSubnetIDs,
		SecurityGroupID: s.network.TaskSecurityGroupID,
		Tags:            cfg.Tags(),
	}
	if token := s.secrets.TunnelToken; token != nil {
		args.Tunnel = &compute.Tunnel{TokenARN: token.ARN, TokenVersion: token.Version}
	}
	if s.ingress != nil {
		args.LoadBalancer = &compute.LoadBalancer{TargetGroupARN: s.ingress.TargetGroupARN,
			HealthGrace: cfg.Drain.HealthGrace}
	}
	return args
}

// taskBounds returns the bounds of the number of tasks while the app is awake.
func (s *stack) taskBounds() (low, high int) {
	count := s.cfg.Container.Count
	if count == 0 || s.cfg.Scaling.MaxCount == 0 {
		return count, count
	}
	return s.cfg.Scaling.MinCount, s.cfg.Scaling.MaxCount
}

func (s *stack) planArgs() *scaling.PlanArgs {
	low, high := s.taskBounds()
	schedule := s.cfg.Scaling.Schedule
	return &scaling.PlanArgs{
		Names:       s.names,
		Count:       s.cfg.Container.Count,
		Min:         low,
		Max:         high,
		Autoscaling: s.cfg.Scaling.MaxCount > 0,
		Schedule:    schedule != nil,
		Database:    schedule != nil && schedule.Database,
		Alarm:       s.names.NoTasksAlarm(),
	}
}

func (s *stack) scalingArgs() *scaling.Args {
	low, high := s.taskBounds()
	args := &scaling.Args{
		Names:    s.names,
		Cluster:  s.compute.ClusterName,
		Service:  s.compute.ServiceName,
		Min:      low,
		Max:      high,
		Asleep:   s.plan.Asleep,
		Fallback: s.cfg.Container.SpotFallback,
		Tags:     s.cfg.Tags(),
	}
	if s.cfg.Container.Count == 0 { // nothing scales yet
		return args
	}
	cfg := s.cfg.Scaling
	if cfg.MaxCount > 0 {
		args.Autoscaling = &scaling.Autoscaling{
			CPUPercent: cfg.CPUPercent, MemoryPercent: cfg.MemoryPercent, RequestsPerTarget: cfg.RequestsPerTarget,
		}
		if s.ingress != nil {
			args.Autoscaling.RequestLabel = pulumi.Sprintf("%s/%s", s.ingress.LoadBalancerSuffix, s.ingress.TargetGroupSuffix)
		}
	}
	if schedule := cfg.Schedule; schedule != nil {
		args.Schedule = &scaling.Schedule{
			WakeAt: schedule.WakeAt, SleepAt: schedule.SleepAt, AwakeDays: schedule.AwakeDays, TimeZone: schedule.TimeZone,
			Alarm: s.names.NoTasksAlarm(),
		}
		if schedule.Database {
			args.Schedule.Database = s.cfg.Name
		}
	}
	return args
}
