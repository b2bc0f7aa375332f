package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/scaling"
)

func (s *stack) planScaling() error {
	service, err := s.started.service()
	if err != nil {
		return err
	}
	s.plan, err = scaling.NewPlan(s.scalingArgs(), service)
	return err
}

func (s *stack) createScaling() error {
	args := s.scalingArgs()
	args.Cluster, args.Service, args.Asleep = s.compute.ClusterName, s.compute.ServiceName, s.plan.Asleep
	if args.Autoscaling != nil && s.ingress != nil {
		args.Autoscaling.RequestLabel = pulumi.Sprintf("%s/%s", s.ingress.LoadBalancerSuffix, s.ingress.TargetGroupSuffix)
	}
	_, err := scaling.New(s.ctx, "scaling", args, s.owned)
	return err
}

// scalingArgs returns the arguments without those that depend on other components.
func (s *stack) scalingArgs() *scaling.Args {
	count, cfg := s.cfg.Container.Count, s.cfg.Scaling
	args := &scaling.Args{
		Names:    s.names,
		Count:    count,
		Min:      count,
		Max:      count,
		Fallback: s.cfg.Container.SpotFallback,
		Tags:     s.tags,
	}
	if count == 0 { // nothing scales yet
		return args
	}
	if cfg.MaxCount > 0 {
		args.Min, args.Max = cfg.MinCount, cfg.MaxCount
		args.Autoscaling = &scaling.Autoscaling{
			CPUPercent: cfg.CPUPercent, MemoryPercent: cfg.MemoryPercent, RequestsPerTarget: cfg.RequestsPerTarget,
		}
	}
	if schedule := cfg.Schedule; schedule != nil {
		args.Schedule = &scaling.Schedule{
			WakeAt: schedule.WakeAt, SleepAt: schedule.SleepAt, AwakeDays: schedule.AwakeDays, TimeZone: schedule.TimeZone,
			Database: schedule.Database,
		}
	}
	return args
}
