package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/compute"
	"threa-infra/ingress"
	"threa-infra/internal/config"
	"threa-infra/monitoring"
	"threa-infra/scaling"
)

// scale is nil while no task is wanted: there is nothing to scale then, and nobody to put to sleep.
func scale(cfg *config.Config, accountID string) *compute.Scale {
	s := cfg.Scaling
	if cfg.Container.Count == 0 || s.MaxCount == 0 && s.Schedule == nil {
		return nil
	}
	all := &compute.Scale{Min: cfg.Container.Count, Max: cfg.Container.Count}
	if s.MaxCount > 0 {
		all.Min, all.Max, all.Autoscaled = s.MinCount, s.MaxCount, true
	}
	if s.Schedule != nil {
		all.Sleeps, all.Database, all.Wake = true, s.Schedule.Database, scaling.WakeCommand(cfg.Name, cfg.Region, accountID)
	}
	return all
}

func scalingArgs(cfg *config.Config, accountID string, balancer *ingress.Ingress, app *compute.Compute, live *compute.Live) *scaling.Args {
	args := &scaling.Args{
		Name:      cfg.Name,
		Region:    cfg.Region,
		AccountID: accountID,
		Cluster:   app.ClusterName,
		Service:   app.ServiceName,
		Tags:      cfg.Tags(),
	}
	if cfg.Container.SpotFallback {
		args.Standby = compute.StandbyName(cfg.Name)
	}
	if s := cfg.Scaling; s.MaxCount > 0 && cfg.Container.Count > 0 {
		args.Autoscaling = &scaling.Autoscaling{
			Min: s.MinCount, Max: s.MaxCount,
			CPUPercent: s.CPUPercent, MemoryPercent: s.MemoryPercent, RequestsPerTarget: s.RequestsPerTarget,
			Asleep: live.Asleep(),
		}
		if balancer != nil {
			args.Autoscaling.RequestLabel = pulumi.Sprintf("%s/%s", balancer.LoadBalancerSuffix, balancer.TargetGroupSuffix)
		}
	}
	if s := cfg.Scaling.Schedule; s != nil && cfg.Container.Count > 0 {
		args.Schedule = &scaling.Schedule{
			Sleep: s.Sleep, Wake: s.Wake, TimeZone: s.TimeZone, Count: cfg.Container.Count, Alarm: monitoring.NoTasksAlarm(cfg.Name),
		}
		if s.Database {
			args.Schedule.Database = cfg.Name
		}
	}
	return args
}
