package scaling

import (
	"errors"
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/resourcegroupstaggingapi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/naming"
	"threa-infra/internal/steps"
)

// Plan holds the number of tasks for a deployment and the scaling owner of the service: what changes the number of
// tasks between deployments. Once a service has an owner, the program does not change the number.
type Plan struct {
	// DesiredCount is the number of tasks to set.
	DesiredCount int
	// KeepCount says that the service keeps its current number of tasks.
	KeepCount bool
	// Asleep says that the schedule has stopped all tasks.
	Asleep bool

	args  *Args
	owner string
}

// Beginnings of the tag if there is a schedule. Earlier versions of the program used a state machine.
const (
	ownerSchedule = "scheduled actions"
	ownerMachine  = "schedule"
)

// withDatabase ends the tag if the schedule also stops the database.
const withDatabase = " and database"

// NewPlan decides on the service's number of tasks. It refuses to change the schedule or the bounds while the app is
// asleep: nothing would wake the app or its database afterwards.
func NewPlan(args *Args, service ServiceState) (*Plan, error) {
	p := &Plan{args: args, owner: args.owner(), Asleep: service.asleep()}
	if p.Asleep && service.owner != p.owner {
		return nil, fmt.Errorf("cannot change the schedule, minCount or maxCount while the app is asleep (%s). "+
			"Wake it first, and try again when it runs:\n    %s", service.owner, args.wakeCommand(service.owner))
	}
	p.DesiredCount, p.KeepCount = args.desiredCount(service)
	return p, nil
}

// desiredCount returns the task count to set. If keep is true, the current count stays: the service has been handed
// over and its owner may have chosen that count.
func (a *Args) desiredCount(service ServiceState) (count int, keep bool) {
	switch {
	case !a.scales() || service.owner == "":
		return a.Count, false
	case service.count == 0:
		return a.Count, a.Schedule != nil && service.asleep()
	}
	count = min(max(service.count, a.Min), a.Max)
	return count, count == service.count
}

func (a *Args) scales() bool { return a.Count > 0 && (a.Autoscaling != nil || a.Schedule != nil) }

// owner returns the value of the tag TagScalingOwner. It names everything that cannot change while the app is asleep.
func (a *Args) owner() string {
	switch {
	case !a.scales():
		return ""
	case a.Schedule == nil:
		return "autoscaling"
	}
	owner := ownerSchedule
	if a.Autoscaling != nil {
		owner += " for " + between(a.Min, a.Max) + " tasks"
	}
	if a.Schedule.Database {
		owner += withDatabase
	}
	return owner
}

// Tags returns the tags from which later deployments read the scaling owner.
func (p *Plan) Tags() pulumi.StringMap {
	if p.owner == "" {
		return nil
	}
	return pulumi.StringMap{naming.TagScalingOwner: pulumi.String(p.owner)}
}

// CheckCount compares the number of tasks after a deployment with the configuration: Pulumi does not change back what
// is not in its state. A missing last task is an error, any other difference a warning.
func (p *Plan) CheckCount(count int) (warning string, err error) {
	low, high := p.args.Min, p.args.Max
	const fix = "It was changed by hand or by a schedule that has been removed. To set it:  pulumi up --refresh"
	switch {
	case count == 0 && p.args.scales() && p.args.Schedule != nil:
		return "the app is asleep: what this deployment changes starts when it wakes. To wake it now:\n    " +
			p.args.wakeCommand(p.owner), nil
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

// wakeCommand returns the commands that wake the app by hand, if it has this owner.
func (a *Args) wakeCommand(owner string) string {
	if !strings.HasPrefix(owner, ownerSchedule) {
		return fmt.Sprintf(`aws stepfunctions start-execution --region %s --input '{"action":"wake"}' `+
			`--state-machine-arn %s`, a.Names.Region, a.Names.MachineARN(a.Names.SleepMachine()))
	}
	commands := []string{
		fmt.Sprintf("application-autoscaling register-scalable-target --region %s --service-namespace ecs "+
			"--scalable-dimension %s --resource-id service/%[3]s/%[3]s --min-capacity %d --max-capacity %d",
			a.Names.Region, dimension, a.Names.Name, a.Min, a.Max),
		fmt.Sprintf("cloudwatch enable-alarm-actions --region %s --alarm-names %s", a.Names.Region, a.Names.NoTasksAlarm()),
	}
	if strings.HasSuffix(owner, withDatabase) {
		commands = append([]string{
			fmt.Sprintf("rds start-db-instance --region %s --db-instance-identifier %s", a.Names.Region, a.Names.Name),
			fmt.Sprintf("rds wait db-instance-available --region %s --db-instance-identifier %s", a.Names.Region, a.Names.Name),
		}, commands...)
	}
	return "aws " + strings.Join(commands, "\n    aws ")
}

// ServiceState is the service before this deployment.
type ServiceState struct {
	owner string // the value of the tag TagScalingOwner; empty if the service has no owner or does not exist
	count int    // desired count
}

// asleep reports whether a schedule has stopped all tasks.
func (s ServiceState) asleep() bool { return s.count == 0 && strings.HasPrefix(s.owner, ownerMachine) }

// LookUp finds the stack's service by its tag: a stack that has nothing in AWS yet has no cluster to ask.
func LookUp(ctx *pulumi.Context, name string) (ServiceState, error) {
	service, err := lookupService(ctx, name)
	return service, steps.Wrap(err, "look up number of tasks of %s", name)
}

func lookupService(ctx *pulumi.Context, name string) (ServiceState, error) {
	tagged, err := resourcegroupstaggingapi.GetResources(ctx, &resourcegroupstaggingapi.GetResourcesArgs{
		ResourceTypeFilters: []string{"ecs:service"},
		TagFilters:          []resourcegroupstaggingapi.GetResourcesTagFilter{{Key: naming.TagScalingOwner}},
	})
	if err != nil {
		return ServiceState{}, fmt.Errorf("list services with tag %s: %w", naming.TagScalingOwner, err)
	}
	for _, mapping := range tagged.ResourceTagMappingLists {
		if prefix, service, _ := strings.Cut(mapping.ResourceArn, ":service/"+name+"/"); service == name {
			return describeService(ctx, prefix+":cluster/"+name, name)
		}
	}
	return ServiceState{}, nil
}

// describeService reads the state of a service, which may not exist: the tagging API also lists what was tagged before.
// A deleted service has no tags. Source:
// https://docs.aws.amazon.com/resourcegroupstagging/latest/APIReference/API_GetResources.html
func describeService(ctx *pulumi.Context, clusterARN, name string) (ServiceState, error) {
	service, err := ecs.LookupService(ctx, &ecs.LookupServiceArgs{ClusterArn: clusterARN, ServiceName: name})
	switch {
	case err != nil && strings.Contains(err.Error(), noService):
		return ServiceState{}, nil
	case err != nil:
		return ServiceState{}, fmt.Errorf("describe service: %w", err)
	case service.Tags[naming.TagScalingOwner] == "":
		return ServiceState{}, nil
	}
	return ServiceState{owner: service.Tags[naming.TagScalingOwner], count: service.DesiredCount}, nil
}

// noService is the error of the provider for a service or a cluster that does not exist.
const noService = "no matching ECS Service found"
