package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/scaling"
)

// taskBounds returns the bounds of the number of tasks while the app is awake.
func (s *stack) taskBounds() (low, high int) {
	count := s.cfg.Container.Count
	if count == 0 || s.cfg.Scaling.MaxCount == 0 {
		return count, count
	}
	return s.cfg.Scaling.MinCount, s.cfg.Scaling.MaxCount
}

func (s *stack) planScaling() (err error) {
	low, high := s.taskBounds()
	schedule := s.cfg.Scaling.Schedule
	s.plan, err = scaling.NewPlan(s.ctx, &scaling.PlanArgs{
		Names:       s.names,
		Count:       s.cfg.Container.Count,
		Min:         low,
		Max:         high,
		Autoscaling: s.cfg.Scaling.MaxCount > 0,
		Schedule:    schedule != nil,
		Database:    schedule != nil && schedule.Database,
		Alarm:       s.names.NoTasksAlarm(),
	})
	return err
}

func (s *stack) createScaling() error {
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
	if s.cfg.Container.Count > 0 { // otherwise nothing scales yet
		args.Autoscaling, args.Schedule = s.autoscaling(), s.schedule()
	}
	_, err := scaling.New(s.ctx, "scaling", args, s.owned)
	return err
}

func (s *stack) autoscaling() *scaling.Autoscaling {
	cfg := s.cfg.Scaling
	if cfg.MaxCount == 0 {
		return nil
	}
	autoscaling := &scaling.Autoscaling{
		CPUPercent: cfg.CPUPercent, MemoryPercent: cfg.MemoryPercent, RequestsPerTarget: cfg.RequestsPerTarget,
	}
	if s.ingress != nil {
		autoscaling.RequestLabel = pulumi.Sprintf("%s/%s", s.ingress.LoadBalancerSuffix, s.ingress.TargetGroupSuffix)
	}
	return autoscaling
}

func (s *stack) schedule() *scaling.Schedule {
	cfg := s.cfg.Scaling.Schedule
	if cfg == nil {
		return nil
	}
	schedule := &scaling.Schedule{
		WakeAt: cfg.WakeAt, SleepAt: cfg.SleepAt, AwakeDays: cfg.AwakeDays, TimeZone: cfg.TimeZone,
		Alarm: s.names.NoTasksAlarm(),
	}
	if cfg.Database {
		schedule.Database = s.cfg.Name
	}
	return schedule
}
