package scaling

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/appautoscaling"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// dimension is the property of the service that scales.
const dimension = "ecs:service:DesiredCount"

// createTarget registers the service with Application Auto Scaling. Every registration sets the bounds, and AWS brings
// the service within them immediately, so that one with the bounds of the day would wake the app: while it is asleep the
// bounds stay as the schedule has set them. Source:
// https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
func (b *builder) createTarget() error {
	var ignored []string
	if b.args.Asleep {
		ignored = []string{"minCapacity", "maxCapacity"}
	}
	var err error
	b.target, err = appautoscaling.NewTarget(b.ctx, b.name+"-target", &appautoscaling.TargetArgs{
		ServiceNamespace:  pulumi.String("ecs"),
		ScalableDimension: pulumi.String(dimension),
		ResourceId:        pulumi.Sprintf("service/%s/%s", b.args.Cluster, b.args.Service),
		MinCapacity:       pulumi.Int(b.args.Min),
		MaxCapacity:       pulumi.Int(b.args.Max),
		// Set although it is the default: otherwise a refresh would keep what somebody has suspended by hand.
		SuspendedState: &appautoscaling.TargetSuspendedStateArgs{
			DynamicScalingInSuspended:  pulumi.Bool(false),
			DynamicScalingOutSuspended: pulumi.Bool(false),
			ScheduledScalingSuspended:  pulumi.Bool(false),
		},
		Tags: b.args.Tags,
	}, b.parent, pulumi.IgnoreChanges(ignored))
	if err != nil {
		return fmt.Errorf("register scalable target: %w", err)
	}
	return nil
}

// Seconds between two changes. More tasks are needed soon; fewer can wait until it is sure that the load is gone.
const (
	scaleOutCooldown = 60
	scaleInCooldown  = 300
)

// createPolicies makes a target tracking policy for each metric. Of several policies the one that wants the most tasks
// wins. Source:
// https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-target-tracking.html
func (b *builder) createPolicies() error {
	a := b.args.Autoscaling
	var label pulumi.StringPtrInput
	if a.RequestLabel != nil {
		label = a.RequestLabel.ToStringOutput().ToStringPtrOutput()
	}
	for _, policy := range []struct {
		suffix, metric string
		value          int
		label          pulumi.StringPtrInput
	}{
		{"cpu", "ECSServiceAverageCPUUtilization", a.CPUPercent, nil},
		{"memory", "ECSServiceAverageMemoryUtilization", a.MemoryPercent, nil},
		{"requests", "ALBRequestCountPerTarget", a.RequestsPerTarget, label},
	} {
		if policy.value == 0 {
			continue
		}
		_, err := appautoscaling.NewPolicy(b.ctx, b.name+"-"+policy.suffix, &appautoscaling.PolicyArgs{
			Name:              pulumi.String(b.args.Names.Prefixed(policy.suffix)),
			PolicyType:        pulumi.String("TargetTrackingScaling"),
			ServiceNamespace:  b.target.ServiceNamespace,
			ScalableDimension: b.target.ScalableDimension,
			ResourceId:        b.target.ResourceId,
			TargetTrackingScalingPolicyConfiguration: &appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs{
				TargetValue:      pulumi.Float64(policy.value),
				ScaleInCooldown:  pulumi.Int(scaleInCooldown),
				ScaleOutCooldown: pulumi.Int(scaleOutCooldown),
				PredefinedMetricSpecification: &predefinedMetric{
					PredefinedMetricType: pulumi.String(policy.metric), ResourceLabel: policy.label,
				},
			},
		}, b.parent)
		if err != nil {
			return fmt.Errorf("create scaling policy %s: %w", policy.suffix, err)
		}
	}
	return nil
}

type predefinedMetric = appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs
