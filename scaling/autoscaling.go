package scaling

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/appautoscaling"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/steps"
)

// dimension is the property of the service that scales.
const dimension = "ecs:service:DesiredCount"

// createTarget registers the service with Application Auto Scaling. AWS immediately brings the service within the
// registered bounds. While the app is asleep, the bounds of the schedule therefore stay: those of the day would wake
// the app. Source:
// https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
func (b *builder) createTarget() (err error) {
	if b.Autoscaling == nil && b.Schedule == nil {
		return nil
	}
	var ignored []string
	if b.Asleep {
		ignored = []string{"minCapacity", "maxCapacity"}
	}
	b.target, err = appautoscaling.NewTarget(b.ctx, b.name+"-target", &appautoscaling.TargetArgs{
		ServiceNamespace:  pulumi.String("ecs"),
		ScalableDimension: pulumi.String(dimension),
		ResourceId:        pulumi.Sprintf("service/%s/%s", b.Cluster, b.Service),
		MinCapacity:       pulumi.Int(b.Min),
		MaxCapacity:       pulumi.Int(b.Max),
		// The default, set explicitly: otherwise a refresh would keep what was suspended by hand.
		SuspendedState: &appautoscaling.TargetSuspendedStateArgs{
			DynamicScalingInSuspended:  pulumi.Bool(false),
			DynamicScalingOutSuspended: pulumi.Bool(false),
			ScheduledScalingSuspended:  pulumi.Bool(false),
		},
		Tags: b.Tags,
	}, b.parent, pulumi.IgnoreChanges(ignored))
	return steps.Wrap(err, "register scalable target")
}

// Seconds between two changes: more tasks are needed soon, fewer only when the load stays low.
const (
	scaleOutCooldown = 60
	scaleInCooldown  = 300
)

// createPolicies creates a target tracking policy for each metric. AWS follows the policy that requires the most tasks.
// Source: https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-target-tracking.html
func (b *builder) createPolicies() error {
	a := b.Autoscaling
	if a == nil {
		return nil
	}
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
			Name:              pulumi.String(b.Names.Prefixed(policy.suffix)),
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
