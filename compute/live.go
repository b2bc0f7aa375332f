package compute

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ecs"
	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/resourcegroupstaggingapi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Scale is who changes the number of tasks while nobody deploys.
type Scale struct {
	Min, Max   int    // what autoscaling stays between; equal without it
	Autoscaled bool   // whether there is autoscaling
	Sleeps     bool   // a schedule takes all tasks away and brings them back
	Database   bool   // and stops the database with them
	Wake       string // the command that wakes the app by hand
}

// countedBy is the tag of a service that the program has handed over: it sets the number of tasks once, and leaves it
// alone from then on. Its value says to whom.
const countedBy = "CountedBy"

// counter names everything that may not change while the app is asleep.
func (s *Scale) counter() string {
	switch {
	case s == nil:
		return ""
	case !s.Sleeps:
		return "autoscaling"
	}
	all := "schedule"
	if s.Autoscaled {
		all += " for " + between(s.Min, s.Max) + " tasks"
	}
	if s.Database {
		all += " and database"
	}
	return all
}

// Live is a service that was handed over, as it is before this deployment.
type Live struct {
	counter string // empty for one that has not been handed over, or does not exist
	count   int    // tasks that it is to run
}

// Sleeps tells whether a schedule changes the number of tasks.
func (l *Live) Sleeps() bool { return strings.HasPrefix(l.counter, "schedule") }

// Asleep tells whether a schedule has taken the tasks away.
func (l *Live) Asleep() bool { return l.Sleeps() && l.count == 0 }

// Look finds out what others have done to the number of tasks. While the app is asleep its schedule may not change:
// nobody would wake it, or its database. The command that does is wake. Its bounds may not change either: AWS brings a
// service within them as soon as they are registered, even one whose scaling is suspended. Source:
// https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
func Look(ctx *pulumi.Context, name string, scale *Scale, wake string) (*Live, error) {
	live, err := look(ctx, name)
	if err != nil {
		return nil, fmt.Errorf("find out how many tasks of %s there are: %w", name, err)
	}
	if live.Asleep() && live.counter != scale.counter() {
		return nil, fmt.Errorf("the app is asleep (%s), so its schedule cannot change, nor minCount and maxCount: nobody would wake it, or AWS at once. Wake it first, and try again when it runs:\n    %s",
			live.counter, wake)
	}
	return live, nil
}

// look asks for a list first: the provider has an error for a service that does not exist, and none to tell it by.
func look(ctx *pulumi.Context, name string) (*Live, error) {
	tagged, err := resourcegroupstaggingapi.GetResources(ctx, &resourcegroupstaggingapi.GetResourcesArgs{
		ResourceTypeFilters: []string{"ecs:service"},
		TagFilters:          []resourcegroupstaggingapi.GetResourcesTagFilter{{Key: countedBy}},
	})
	if err != nil {
		return nil, fmt.Errorf("list what is tagged %s: %w", countedBy, err)
	}
	for _, one := range tagged.ResourceTagMappingLists {
		cluster, service, _ := strings.Cut(one.ResourceArn, ":service/"+name+"/")
		if service != name {
			continue
		}
		// The list goes on having a service for some time after it was deleted with its cluster.
		clusters, err := ecs.GetClusters(ctx)
		cluster += ":cluster/" + name
		if err != nil {
			return nil, fmt.Errorf("list the clusters: %w", err)
		}
		if !slices.Contains(clusters.ClusterArns, cluster) {
			return &Live{}, nil
		}
		found, err := ecs.LookupService(ctx, &ecs.LookupServiceArgs{ClusterArn: cluster, ServiceName: name})
		if err != nil {
			return nil, fmt.Errorf("look at the service: %w", err)
		}
		return &Live{counter: one.Tags[countedBy], count: found.DesiredCount}, nil
	}
	return &Live{}, nil
}

// wanted is the number of tasks to set, and whether to leave the present one alone instead. It is left alone when the
// service was handed over and the number is one that its new master may have chosen.
func (l *Live) wanted(args *Args) (count int, leave bool) {
	s := args.Scale
	switch {
	case s == nil || l.counter == "":
		return args.Count, false
	case l.count == 0:
		return args.Count, s.Sleeps && l.Asleep()
	}
	inside := min(max(l.count, s.Min), s.Max)
	return inside, inside == l.count
}
