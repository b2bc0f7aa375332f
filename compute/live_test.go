package compute

import (
	"fmt"
	"slices"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/pulumitest"
)

const wakeUp = "aws stepfunctions start-execution"

// The three ways to hand the number of tasks over.
var (
	autoscaled = &Scale{Min: 2, Max: 4, Autoscaled: true}
	sleeping   = &Scale{Min: 1, Max: 1, Sleeps: true, Wake: wakeUp}
	allAsleep  = &Scale{Min: 1, Max: 1, Sleeps: true, Database: true, Wake: wakeUp}
)

// found looks at an account with a service that was handed over.
func found(t *testing.T, scale *Scale, services ...pulumitest.Service) (*Live, error) {
	t.Helper()
	var live *Live
	_, err := pulumitest.Run(t, func(ctx *pulumi.Context) (err error) {
		live, err = Look(ctx, "threa", scale, wakeUp)
		return err
	}, pulumitest.Options{AWS: &pulumitest.AWS{Services: services}})
	return live, err
}

func handedOver(by string, count int) pulumitest.Service {
	return pulumitest.Service{Name: "threa", Count: count, Tags: map[string]string{"CountedBy": by}}
}

func TestAServiceThatIsNotThereOrWasNotHandedOverIsStartedByTheProgram(t *testing.T) {
	deleted, other := handedOver("schedule", 0), handedOver("schedule", 0)
	deleted.Deleted, other.Name = true, "threa-budget"
	for name, services := range map[string][]pulumitest.Service{
		"no service": nil, "another stack's": {other}, "one that is gone": {deleted}, "not handed over": {{Name: "threa"}},
	} {
		live, err := found(t, sleeping, services...)
		require.NoError(t, err, name)
		assert.Equal(t, &Live{}, live, name)
	}
}

func TestTheCountIsSetOnceAndThenBelongsToWhoeverScales(t *testing.T) {
	for _, one := range []struct {
		name  string
		scale *Scale
		live  Live
		count int
		leave bool
	}{
		{"nobody scales", nil, Live{}, 1, false},
		{"no longer", nil, Live{"autoscaling", 4}, 1, false},
		{"not handed over yet", autoscaled, Live{}, 1, false},
		{"autoscaling has acted", autoscaled, Live{"autoscaling", 3}, 3, true},
		{"the upper bound has come down", autoscaled, Live{"autoscaling", 5}, 4, false},
		{"the lower bound has gone up", autoscaled, Live{"autoscaling", 1}, 2, false},
		{"stopped by hand", autoscaled, Live{"autoscaling", 0}, 1, false},
		{"awake", sleeping, Live{"schedule", 1}, 1, true},
		{"awake, and another number is wanted", sleeping, Live{"schedule", 2}, 1, false},
		{"asleep", sleeping, Live{"schedule", 0}, 1, true},
		{"stopped before there was a schedule", sleeping, Live{"autoscaling", 0}, 1, false},
	} {
		args := arguments(func(a *Args) { a.Scale, a.Live = one.scale, &one.live })
		count, leave := args.Live.wanted(args)
		assert.Equal(t, []any{one.count, one.leave}, []any{count, leave}, one.name)

		stack, _ := mustBuild(t, args)
		service := stack.One(t, serviceToken)
		assert.Equal(t, fmt.Sprint(one.count), service.Text("desiredCount"), one.name)
		assert.Equal(t, one.leave, slices.Contains(service.Request.GetIgnoreChanges(), "desiredCount"), one.name)
		assert.Equal(t, one.scale.counter(), service.Text("tags.CountedBy"), one.name)
	}
}

func TestTheCountThatIsSetLiesWithinTheBounds(t *testing.T) {
	for _, counter := range []string{"", "autoscaling", "schedule", "schedule and database"} {
		for low := 1; low <= 4; low++ {
			for high := low; high <= 6; high++ {
				for live := range 10 {
					args := &Args{Count: low, Scale: &Scale{Min: low, Max: high, Sleeps: true}, Live: &Live{counter, live}}
					count, leave := args.Live.wanted(args)
					assert.True(t, count >= low && count <= high, "%d tasks of %d to %d", count, low, high)
					assert.True(t, !leave || args.Live.Asleep() || count == live, "%d is left alone outside %d to %d", live, low, high)
				}
			}
		}
	}
}

func TestTheScheduleOfASleepingAppCannotChange(t *testing.T) {
	for _, scale := range []*Scale{nil, autoscaled, sleeping} {
		_, err := found(t, scale, handedOver("schedule and database", 0))
		require.ErrorContains(t, err, "the app is asleep (schedule and database), so its schedule cannot change")
		require.ErrorContains(t, err, wakeUp)
		_, err = found(t, scale, handedOver("schedule and database", 1))
		require.NoError(t, err, "it is awake")
	}
	bounded := Scale{Min: 2, Max: 4, Autoscaled: true, Sleeps: true, Database: true, Wake: wakeUp}
	live, err := found(t, &bounded, handedOver("schedule for 2 to 4 tasks and database", 0))
	require.NoError(t, err)
	assert.True(t, live.Asleep())
	wider := bounded
	wider.Max = 5
	for _, scale := range []*Scale{&wider, allAsleep} {
		_, err = found(t, scale, handedOver("schedule for 2 to 4 tasks and database", 0))
		require.ErrorContains(t, err, "nor minCount and maxCount: nobody would wake it, or AWS at once")
	}
	_, err = found(t, &bounded, handedOver("schedule and database", 0))
	require.ErrorContains(t, err, "the app is asleep", "AWS would start tasks for a target that is new, too")

	live, err = found(t, allAsleep, handedOver("schedule and database", 0))
	require.NoError(t, err)
	assert.True(t, live.Asleep())
}
