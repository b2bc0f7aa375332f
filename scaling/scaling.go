package scaling

import (
	"fmt"

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
}

// Scaling is what changes the number of tasks.
type Scaling struct {
	pulumi.ResourceState
}

// New creates what is asked for; that may be nothing.
func New(ctx *pulumi.Context, name string, args *Args, opts ...pulumi.ResourceOption) (*Scaling, error) {
	component := &Scaling{}
	if err := ctx.RegisterComponentResource("threa:scaling:Scaling", name, component, opts...); err != nil {
		return nil, fmt.Errorf("register scaling: %w", err)
	}
	if args.Standby != "" {
		if err := newStandIn(ctx, name, args, pulumi.Parent(component)); err != nil {
			return nil, err
		}
	}
	return component, ctx.RegisterResourceOutputs(component, pulumi.Map{})
}
