package scaling

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/appautoscaling"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Autoscaling keeps the tasks at some load by changing their number. What it does not look at is zero.
type Autoscaling struct {
	Min, Max          int // tasks
	CPUPercent        int // of their CPU
	MemoryPercent     int // of their memory
	RequestsPerTarget int // a minute
	// RequestLabel names load balancer and target group: app/<name>/<id>/targetgroup/<name>/<id>. Needed with
	// RequestsPerTarget.
	RequestLabel pulumi.StringInput
	// Asleep tells that a schedule has taken the tasks away for now, and suspended what would bring them back.
	Asleep bool
}

// Seconds between two changes. More tasks are needed soon; fewer can wait until it is sure that the load is gone.
const (
	coolOut = 60
	coolIn  = 300
)

// tracked is a metric that is kept at a value.
type tracked struct {
	name   string // of the policy, without the stack's prefix
	metric string
	target int
	label  pulumi.StringPtrInput
}

func (a *Autoscaling) tracked() []tracked {
	var label pulumi.StringPtrInput
	if a.RequestLabel != nil {
		label = a.RequestLabel.ToStringOutput().ToStringPtrOutput()
	}
	var all []tracked
	for _, one := range []tracked{
		{"cpu", "ECSServiceAverageCPUUtilization", a.CPUPercent, nil},
		{"memory", "ECSServiceAverageMemoryUtilization", a.MemoryPercent, nil},
		{"requests", "ALBRequestCountPerTarget", a.RequestsPerTarget, label},
	} {
		if one.target > 0 {
			all = append(all, one)
		}
	}
	return all
}

// newAutoscaling registers the service's number of tasks as something that scales, and what it follows. Of several
// metrics the one that wants the most tasks wins. Source:
// https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-target-tracking.html
func newAutoscaling(ctx *pulumi.Context, name string, args *Args, parent pulumi.ResourceOption) (*appautoscaling.Target, error) {
	a := args.Autoscaling
	// Said although it is the default: a state that was refreshed at night would suspend it again with the next change.
	var left []string
	if a.Asleep {
		left = []string{"suspendedState"}
	}
	target, err := appautoscaling.NewTarget(ctx, name+"-target", &appautoscaling.TargetArgs{
		ServiceNamespace:  pulumi.String("ecs"),
		ScalableDimension: pulumi.String(dimension),
		ResourceId:        pulumi.Sprintf("service/%s/%s", args.Cluster, args.Service),
		MinCapacity:       pulumi.Int(a.Min),
		MaxCapacity:       pulumi.Int(a.Max),
		SuspendedState: &appautoscaling.TargetSuspendedStateArgs{
			DynamicScalingInSuspended: pulumi.Bool(false), DynamicScalingOutSuspended: pulumi.Bool(false), ScheduledScalingSuspended: pulumi.Bool(false),
		},
		Tags: args.Tags,
	}, parent, pulumi.IgnoreChanges(left))
	if err != nil {
		return nil, fmt.Errorf("register the number of tasks for autoscaling: %w", err)
	}
	for _, one := range a.tracked() {
		_, err := appautoscaling.NewPolicy(ctx, name+"-"+one.name, &appautoscaling.PolicyArgs{
			Name:              pulumi.String(args.Name + "-" + one.name),
			PolicyType:        pulumi.String("TargetTrackingScaling"),
			ServiceNamespace:  target.ServiceNamespace,
			ScalableDimension: target.ScalableDimension,
			ResourceId:        target.ResourceId,
			TargetTrackingScalingPolicyConfiguration: &appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationArgs{
				TargetValue:      pulumi.Float64(one.target),
				ScaleInCooldown:  pulumi.Int(coolIn),
				ScaleOutCooldown: pulumi.Int(coolOut),
				PredefinedMetricSpecification: &appautoscaling.PolicyTargetTrackingScalingPolicyConfigurationPredefinedMetricSpecificationArgs{
					PredefinedMetricType: pulumi.String(one.metric), ResourceLabel: one.label,
				},
			},
		}, parent)
		if err != nil {
			return nil, fmt.Errorf("create scaling policy %s: %w", one.name, err)
		}
	}
	return target, nil
}

// dimension is what scales.
const dimension = "ecs:service:DesiredCount"
