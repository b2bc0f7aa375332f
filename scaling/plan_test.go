package scaling

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
	"threa-infra/internal/naming"
)

// planned returns the arguments of a plan for 1 task, changed.
func planned(change func(*Args)) *Args {
	args := &Args{
		Names: naming.Stack{Name: "threa", Region: mocks.Region, AccountID: mocks.Account},
		Count: 1, Min: 1, Max: 1,
	}
	if change != nil {
		change(args)
	}
	return args
}

func autoscaling(args *Args) {
	args.Autoscaling, args.Count, args.Min, args.Max = &Autoscaling{}, 2, 2, 4
}
func sleeping(args *Args)         { args.Schedule = &Schedule{} }
func sleepingDatabase(args *Args) { args.Schedule = &Schedule{Database: true} }
func everything(args *Args)       { autoscaling(args); sleepingDatabase(args) }

func TestPlan_LooksUpOnlyItsOwnService(t *testing.T) {
	service := func(name string, tags map[string]string) *mocks.AWS {
		aws := (&mocks.AWS{}).Add("aws:ecs/cluster:Cluster", mocks.Item{"name": name})
		return aws.Add("aws:ecs/service:Service", mocks.Item{"name": name, "desiredCount": 3, "tags": tags})
	}
	owned := map[string]string{"CountedBy": "autoscaling"}
	deleted := service("threa", owned) // in a cluster that still exists
	deleted.Existing["aws:ecs/service:Service"][0]["deleted"] = true
	for name, row := range map[string]struct {
		aws  *mocks.AWS
		want ServiceState
	}{
		"no service":      {nil, ServiceState{}},
		"another stack's": {service("threa-budget", owned), ServiceState{}},
		"deleted":         {deleted, ServiceState{}},
		"without owner":   {service("threa", nil), ServiceState{}},
		"with owner":      {service("threa", owned), ServiceState{"autoscaling", 3}},
	} {
		_, err := mocks.Run(t, func(ctx *pulumi.Context) error {
			got, err := lookupService(ctx, "threa")
			assert.Equal(t, row.want, got, name)
			return err
		}, mocks.Options{AWS: row.aws})
		require.NoError(t, err, name)
	}
}

func TestPlan_SetsCountOnceThenKeepsIt(t *testing.T) {
	for _, row := range []struct {
		name    string
		change  func(*Args)
		service ServiceState
		count   int
		keep    bool
	}{
		{"nothing scales", nil, ServiceState{}, 1, false},
		{"no longer", nil, ServiceState{"autoscaling", 4}, 1, false},
		{"no image yet", func(a *Args) { everything(a); a.Count, a.Min, a.Max = 0, 0, 0 }, ServiceState{}, 0, false},
		{"not handed over yet", autoscaling, ServiceState{}, 2, false},
		{"autoscaling has acted", autoscaling, ServiceState{"autoscaling", 3}, 3, true},
		{"the upper bound has come down", autoscaling, ServiceState{"autoscaling", 5}, 4, false},
		{"the lower bound has gone up", autoscaling, ServiceState{"autoscaling", 1}, 2, false},
		{"stopped by hand", autoscaling, ServiceState{"autoscaling", 0}, 2, false},
		{"awake", sleeping, ServiceState{"scheduled actions", 1}, 1, true},
		{"awake with another count", sleeping, ServiceState{"scheduled actions", 2}, 1, false},
		{"asleep", sleeping, ServiceState{"scheduled actions", 0}, 1, true},
		{"awake, after the state machine of an earlier version", everything, ServiceState{"schedule for 1 to 9 tasks", 3}, 3,
			true},
		{"stopped before there was a schedule", sleeping, ServiceState{"autoscaling", 0}, 1, false},
	} {
		plan, err := NewPlan(planned(row.change), row.service)
		require.NoError(t, err, row.name)
		assert.Equal(t, []any{row.count, row.keep}, []any{plan.DesiredCount, plan.KeepCount}, row.name)
	}
}

func TestPlan_CountStaysWithinBounds(t *testing.T) {
	for _, owner := range []string{"", "autoscaling", "schedule", "scheduled actions and database"} {
		for low := 1; low <= 4; low++ {
			for high := low; high <= 6; high++ {
				for live := range 10 {
					service := ServiceState{owner, live}
					args := &Args{Count: low, Autoscaling: &Autoscaling{}, Min: low, Max: high, Schedule: &Schedule{}}
					count, keep := args.desiredCount(service)
					assert.True(t, count >= low && count <= high, "%d tasks of %d to %d", count, low, high)
					assert.True(t, !keep || service.asleep() || count == live, "%d kept outside %d to %d", live, low, high)
				}
			}
		}
	}
}

// A tag of ECS holds few other characters. Source:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-using-tags.html
func TestPlan_TagsServiceWithOwner(t *testing.T) {
	for owner, change := range map[string]func(*Args){
		"":                               nil,
		"autoscaling":                    autoscaling,
		"scheduled actions":              sleeping,
		"scheduled actions and database": sleepingDatabase,
		"scheduled actions for 2 tasks":  func(a *Args) { autoscaling(a); a.Max = 2; sleeping(a) },
		"scheduled actions for 2 to 4 tasks and database": everything,
	} {
		plan, err := NewPlan(planned(change), ServiceState{})
		require.NoError(t, err)
		want := pulumi.StringMap(nil)
		if owner != "" {
			want = pulumi.StringMap{"CountedBy": pulumi.String(owner)}
		}
		assert.Equal(t, want, plan.Tags())
		assert.Regexp(t, `^[\p{L}\p{N} +\-=._:/@]*$`, owner)
	}
}

func TestPlan_RefusesScheduleChangeWhileAsleep(t *testing.T) {
	const owner = "scheduled actions for 2 to 4 tasks and database"
	wider := func(a *Args) { everything(a); a.Max = 5 }
	for _, change := range []func(*Args){nil, autoscaling, sleeping, sleepingDatabase, wider} {
		_, err := NewPlan(planned(change), ServiceState{owner, 0})
		require.ErrorContains(t, err, "while the app is asleep ("+owner+"). Wake it first")
		require.ErrorContains(t, err, "--min-capacity ")
		_, err = NewPlan(planned(change), ServiceState{owner, 2})
		require.NoError(t, err, "it is awake")
	}
	plan, err := NewPlan(planned(everything), ServiceState{owner, 0})
	require.NoError(t, err)
	assert.True(t, plan.Asleep)
}

// The state machine of an earlier version has suspended scheduled actions, too, so that they would not wake the app.
func TestPlan_RefusesChangeOfScheduleKindWhileAsleep(t *testing.T) {
	_, err := NewPlan(planned(everything), ServiceState{"schedule for 2 to 4 tasks and database", 0})
	require.ErrorContains(t, err, `aws stepfunctions start-execution --region eu-central-1 --input '{"action":"wake"}' `+
		`--state-machine-arn arn:aws:states:eu-central-1:123456789012:stateMachine:threa-sleep`)
}

func TestPlan_WakesByHand(t *testing.T) {
	assert.Equal(t, `aws rds start-db-instance --region eu-central-1 --db-instance-identifier threa
    aws rds wait db-instance-available --region eu-central-1 --db-instance-identifier threa
    aws application-autoscaling register-scalable-target --region eu-central-1 --service-namespace ecs `+
		`--scalable-dimension ecs:service:DesiredCount --resource-id service/threa/threa --min-capacity 2 --max-capacity 4
    aws cloudwatch enable-alarm-actions --region eu-central-1 --alarm-names threa-no-running-tasks`,
		planned(everything).wakeCommand(ownerSchedule+withDatabase))
	assert.NotContains(t, planned(sleeping).wakeCommand(ownerSchedule), "rds")
}

func TestPlan_ChecksCountAfterDeployment(t *testing.T) {
	const none, asleep = "no task of the app runs", "the app is asleep: what this deployment changes starts when it wakes"
	for _, row := range []struct {
		change        func(*Args)
		count         int
		warning, fail string
	}{
		{nil, 1, "", ""},
		{nil, 5, "the desired count of the service is 5, the configuration says 1. ", ""},
		{nil, 0, "", none},
		{func(a *Args) { a.Count, a.Min, a.Max = 0, 0, 0 }, 0, "", ""},
		{autoscaling, 4, "", ""},
		{autoscaling, 5, "the desired count of the service is 5, the configuration says 2 to 4. ", ""},
		{autoscaling, 0, "", none},
		{sleeping, 1, "", ""},
		{sleeping, 0, asleep, ""},
	} {
		plan, err := NewPlan(planned(row.change), ServiceState{})
		require.NoError(t, err)
		warning, err := plan.CheckCount(row.count)
		if row.fail != "" {
			require.ErrorContains(t, err, row.fail)
			require.ErrorContains(t, err, "pulumi up --refresh")
			continue
		}
		require.NoError(t, err)
		assert.Equal(t, row.warning == "", warning == "")
		assert.Contains(t, warning, row.warning)
	}
}
