package scaling

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// PlanArgs describes how the configuration scales the service.
type PlanArgs struct {
	// Name is the AWS name of the cluster and of the service. Required.
	Name string
	// Count is the number of tasks that a new service starts with. While it is 0 nothing scales.
	Count int
	// Min and Max are the bounds of autoscaling. Required with Autoscaling.
	Min, Max int
	// Autoscaling says whether Application Auto Scaling follows the load. Default: false.
	Autoscaling bool
	// Schedule says whether a schedule stops all tasks at night. Default: false.
	Schedule bool
	// Database says whether the schedule also stops the database. Default: false.
	Database bool
	// WakeCommand wakes the app by hand. Required.
	WakeCommand string
}

// Plan holds the number of tasks for a deployment and the scaling owner of the service. The owner is whoever changes the
// number of tasks between deployments: the program hands the service over once and does not change the number from then
// on.
type Plan struct {
	// DesiredCount is the number of tasks to set.
	DesiredCount int
	// KeepCount says that the service keeps its present number of tasks.
	KeepCount bool
	// Asleep says that the schedule has stopped all tasks.
	Asleep bool

	args  *PlanArgs
	owner string
}

// ownerTag is the tag of a service that has a scaling owner.
const ownerTag = "CountedBy"

// NewPlan looks the service up and decides on its number of tasks. It is an error to change the schedule or the bounds of
// an app that is asleep: nothing would wake the app or its database afterwards.
func NewPlan(ctx *pulumi.Context, args *PlanArgs) (*Plan, error) {
	service, err := lookupService(ctx, args.Name)
	if err != nil {
		return nil, fmt.Errorf("look up number of tasks of %s: %w", args.Name, err)
	}
	return newPlan(args, service)
}

func newPlan(args *PlanArgs, service serviceState) (*Plan, error) {
	p := &Plan{args: args, owner: args.owner(), Asleep: service.asleep()}
	if p.Asleep && service.owner != p.owner {
		return nil, fmt.Errorf("cannot change the schedule, minCount or maxCount while the app is asleep (%s). "+
			"Wake it first, and try again when it runs:\n    %s", service.owner, args.WakeCommand)
	}
	p.DesiredCount, p.KeepCount = args.desiredCount(service)
	return p, nil
}

// desiredCount returns the task count to set. If keep is true, the current count stays: the service has been handed over
// and its owner may have chosen that count.
func (a *PlanArgs) desiredCount(service serviceState) (count int, keep bool) {
	switch {
	case !a.scales() || service.owner == "":
		return a.Count, false
	case service.count == 0:
		return a.Count, a.Schedule && service.asleep()
	}
	low, high := a.bounds()
	count = min(max(service.count, low), high)
	return count, count == service.count
}

func (a *PlanArgs) scales() bool { return a.Count > 0 && (a.Autoscaling || a.Schedule) }

func (a *PlanArgs) sleeps() bool { return a.scales() && a.Schedule }

func (a *PlanArgs) bounds() (low, high int) {
	if a.Autoscaling && a.Count > 0 {
		return a.Min, a.Max
	}
	return a.Count, a.Count
}

// owner is the value of ownerTag; it names everything that cannot change while the app is asleep.
func (a *PlanArgs) owner() string {
	switch {
	case !a.scales():
		return ""
	case !a.Schedule:
		return "autoscaling"
	}
	owner := "schedule"
	if a.Autoscaling {
		owner += " for " + between(a.Min, a.Max) + " tasks"
	}
	if a.Database {
		owner += " and database"
	}
	return owner
}

// Tags returns the tags that tell later deployments who owns the number of tasks.
func (p *Plan) Tags() pulumi.StringMap {
	if p.owner == "" {
		return nil
	}
	return pulumi.StringMap{ownerTag: pulumi.String(p.owner)}
}

// CheckCount compares the number of tasks after a deployment with the configuration. No tasks where the configuration
// wants some is an error, another difference a warning: what others changed is not in Pulumi's state, so that Pulumi does
// not change it back.
func (p *Plan) CheckCount(count int) (warning string, err error) {
	low, high := p.args.bounds()
	const fix = "Unless this run changes that, it was changed by hand or by a schedule that has been removed. " +
		"To set it:  pulumi up --refresh"
	switch {
	case count == 0 && p.args.sleeps():
		return "the app is asleep: what this deployment changes starts when it wakes. To wake it now:\n    " +
			p.args.WakeCommand, nil
	case count == 0 && low > 0:
		return "", errors.New("no task of the app runs: the desired count of the service is 0. " + fix)
	case count < low || count > high:
		return fmt.Sprintf("the desired count of the service is %d, the configuration says %s. %s",
			count, between(low, high), fix), nil
	}
	return "", nil
}

func between(low, high int) string {
	if low == high {
		return fmt.Sprint(low)
	}
	return fmt.Sprintf("%d to %d", low, high)
}

// serviceState is the service before this deployment.
type serviceState struct {
	owner string // the value of ownerTag; empty if the service has no owner or does not exist
	count int    // desired count
}

// asleep reports whether a schedule has stopped all tasks.
func (s serviceState) asleep() bool { return s.count == 0 && strings.HasPrefix(s.owner, "schedule") }
