package scaling

import (
	"testing"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"

	"threa-infra/internal/fixtures"
	"threa-infra/internal/mocks"
	"threa-infra/internal/naming"
)

const targetToken = "aws:appautoscaling/target:Target"

// arguments ask for nothing, with some of them changed.
func arguments(change func(*Args)) *Args {
	args := &Args{
		Names:   naming.Stack{Name: "threa", Region: mocks.Region, AccountID: mocks.Account},
		Cluster: pulumi.String("threa"), Service: pulumi.String("threa"), Min: 2, Max: 6,
		Tags: pulumi.StringMap{"Project": pulumi.String("threa")},
	}
	if change != nil {
		change(args)
	}
	return args
}

func withSchedule(args *Args) {
	args.Schedule = &Schedule{
		WakeAt: 7 * 60, SleepAt: 20 * 60, TimeZone: "Europe/Berlin", Database: true,
		AwakeDays: []time.Weekday{time.Monday, time.Tuesday},
	}
}

func withFallback(args *Args) { args.Fallback = true }

func mustBuild(t *testing.T, args *Args) *mocks.Recording {
	t.Helper()
	return mocks.MustRun(t, func(ctx *pulumi.Context) error {
		_, err := New(ctx, "scaling", args)
		return err
	}, mocks.Options{})
}

func TestNew_MatchesGolden(t *testing.T) {
	for name, change := range map[string]func(*Args){
		"nothing":  nil,
		"schedule": func(args *Args) { withSchedule(args); args.Schedule.Database = false },
		"everything": func(args *Args) {
			withSchedule(args)
			withFallback(args)
			args.Autoscaling = &Autoscaling{
				CPUPercent: 60, RequestsPerTarget: 900, RequestLabel: pulumi.String("app/threa/1/targetgroup/threa/2"),
			}
		},
	} {
		fixtures.Golden(t, name+".txt", mustBuild(t, arguments(change)).Describe())
	}
}

// A deployment at night does not wake the app. A deployment by day sets the bounds, even if a refresh has read other
// bounds at night.
func TestTarget_KeepsBoundsWhileAsleep(t *testing.T) {
	for asleep, ignored := range map[bool][]string{true: {"minCapacity", "maxCapacity"}, false: nil} {
		target := mustBuild(t, arguments(func(args *Args) { withSchedule(args); args.Asleep = asleep })).Only(t, targetToken)
		assert.Equal(t, ignored, target.Request.GetIgnoreChanges())
	}
}
