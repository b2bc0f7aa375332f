package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/compute"
	"threa-infra/ingress"
	"threa-infra/internal/config"
	"threa-infra/internal/naming"
	"threa-infra/monitoring"
	"threa-infra/scaling"
)

func planArgs(cfg *config.Config, accountID string) *scaling.PlanArgs {
	s := cfg.Scaling
	return &scaling.PlanArgs{
		Name:        cfg.Name,
		Count:       cfg.Container.Count,
		Min:         s.MinCount,
		Max:         s.MaxCount,
		Autoscaling: s.MaxCount > 0,
		Schedule:    s.Schedule != nil,
		Database:    s.Schedule != nil && s.Schedule.Database,
		WakeCommand: scaling.WakeCommand(cfg.Name, cfg.Region, accountID),
	}
}

func scalingArgs(cfg *config.Config, accountID string, balancer *ingress.Ingress, app *compute.Compute, plan *scaling.Plan) *scaling.Args {
	args := &scaling.Args{
		Name:      cfg.Name,
		Region:    cfg.Region,
		AccountID: accountID,
		Cluster:   app.ClusterName,
		Service:   app.ServiceName,
		Tags:      cfg.Tags(),
	}
	if cfg.Container.SpotFallback {
		args.Standby = naming.Stack{Name: cfg.Name}.FallbackService()
	}
	if s := cfg.Scaling; s.MaxCount > 0 && cfg.Container.Count > 0 {
		args.Autoscaling = &scaling.Autoscaling{
			Min: s.MinCount, Max: s.MaxCount,
			CPUPercent: s.CPUPercent, MemoryPercent: s.MemoryPercent, RequestsPerTarget: s.RequestsPerTarget,
			Asleep: plan.Asleep,
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
