package scaling

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/appautoscaling"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Args is whose tasks are counted.
type Args struct {
	Name      string // prefix of the AWS names
	Region    string
	AccountID string
	Cluster   pulumi.StringInput // name
	Service   pulumi.StringInput // name
	Standby   string             // name of the service that stands in when Spot has no capacity; empty without one
	Tags      pulumi.StringMap

	Autoscaling *Autoscaling // nil without it
	Schedule    *Schedule    // nil without one
}

// Scaling is what changes the number of tasks.
type Scaling struct {
	pulumi.ResourceState

	// SleepMachineARN is the state machine that wakes the app and puts it to sleep; empty without a schedule.
	SleepMachineARN pulumi.StringOutput
}

// New creates what is asked for; that may be nothing.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Scaling, error) {
	component := &Scaling{SleepMachineARN: pulumi.String("").ToStringOutput()}
	if err := ctx.RegisterComponentResource("threa:scaling:Scaling", name, component, opts...); err != nil {
		return nil, fmt.Errorf("register scaling: %w", err)
	}
	parent := pulumi.Parent(component)
	var target *appautoscaling.Target
	var err error
	if args.Autoscaling != nil {
		if target, err = newAutoscaling(ctx, name, args, parent); err != nil {
			return nil, err
		}
	}
	if args.Schedule != nil {
		made, err := newSchedule(ctx, name, args, target, parent)
		if err != nil {
			return nil, err
		}
		component.SleepMachineARN = made.Arn
	}
	if args.Standby != "" {
		if err := newStandIn(ctx, name, args, parent); err != nil {
			return nil, err
		}
	}
	return component, ctx.RegisterResourceOutputs(component, pulumi.Map{})
}
