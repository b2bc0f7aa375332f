package config

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
)

// invalidScaling are the wrong configurations of what scales.
var invalidScaling = []wrong{
	{"base of tasks without Spot", one("onDemandBase", "1"), "onDemandBase"},
	{"base of fewer than no tasks", map[string]string{"useSpot": "true", "onDemandBase": "-1"}, "onDemandBase"},
	{"base left empty", one("onDemandBase", ""), "onDemandBase"},

	{"autoscaling without a lower bound", one("maxCount", "3"), "minCount"},
	{"autoscaling without an upper bound", one("minCount", "2"), "maxCount"},
	{"autoscaling to nothing", map[string]string{"minCount": "0", "maxCount": "3"}, "minCount"},
	{"bounds the wrong way round", map[string]string{"minCount": "3", "maxCount": "2"}, "maxCount"},
	{"more tasks than a service takes here", map[string]string{"minCount": "1", "maxCount": "101"}, "maxCount"},
	{"start below the bounds", map[string]string{"minCount": "2", "maxCount": "4", "desiredCount": "1"}, "desiredCount"},
	{"start above the bounds", map[string]string{"minCount": "2", "maxCount": "4", "desiredCount": "5"}, "desiredCount"},
	{
		"no task although autoscaling wants one",
		map[string]string{"minCount": "1", "maxCount": "4", "desiredCount": "0"},
		"desiredCount",
	},
	{"CPU that leaves no room", one("scaleCpuPercent", "95"), "scaleCpuPercent"},
	{"memory with a sign", one("scaleMemoryPercent", "80%"), "scaleMemoryPercent"},
	{
		"autoscaling that looks at nothing",
		map[string]string{"minCount": "1", "maxCount": "4", "scaleCpuPercent": "", "scaleMemoryPercent": ""},
		"scaleCpuPercent",
	},
	{
		"requests without a load balancer",
		map[string]string{"minCount": "1", "maxCount": "4", "scaleRequestsPerTarget": "500"},
		"scaleRequestsPerTarget",
	},
	{
		"requests without autoscaling",
		balanced("certificateArn", exampleCertificate("eu-central-1"), "scaleRequestsPerTarget", "500"),
		"scaleRequestsPerTarget",
	},

	{"sleep without waking", one("sleepAt", "20:00"), "wakeAt"},
	{"waking without sleep", one("wakeAt", "07:00"), "sleepAt"},
	{"sleep without minutes", asleep("sleepAt", "20"), "sleepAt"},
	{"waking at 25 o'clock", asleep("wakeAt", "25:00"), "wakeAt"},
	{"waking without a leading zero", asleep("wakeAt", "7:00"), "wakeAt"},
	{"waking when it goes to sleep", asleep("wakeAt", "20:00"), "wakeAt"},
	{"waking just after going to sleep", asleep("wakeAt", "20:59"), "wakeAt"},
	{"going to sleep just after waking", asleep("wakeAt", "23:30", "sleepAt", "00:29"), "wakeAt"},
	{"waking at a time that one Sunday lacks", asleep("wakeAt", "02:30", "scheduleTimeZone", "Europe/Berlin"), "wakeAt"},
	{"starting the database then", asleep("wakeAt", "03:10", "scheduleTimeZone", "Europe/Berlin"), "wakeAt"},
	{
		"sleep before a time that one Sunday lacks",
		asleep("sleepAt", "01:55", "scheduleTimeZone", "America/New_York"),
		"sleepAt",
	},
	{"days in full", asleep("awakeDays", "Monday"), "awakeDays"},
	{"no days", asleep("awakeDays", ""), "awakeDays"},
	{"range without an end", asleep("awakeDays", "MON-"), "awakeDays"},
	{"no such time zone", asleep("scheduleTimeZone", "Berlin"), "scheduleTimeZone"},
	{"time zone of the machine", asleep("scheduleTimeZone", "Local"), "scheduleTimeZone"},
	{"time zone left empty", asleep("scheduleTimeZone", ""), "scheduleTimeZone"},
	{"sleeping database without a schedule", one("sleepDatabase", "true"), "sleepDatabase"},
	{"sleeping database is no truth value", asleep("sleepDatabase", "nights"), "sleepDatabase"},
	{"sleeping database with a replica", asleep("sleepDatabase", "true", "dbReadReplica", "true"), "sleepDatabase"},
}

// asleep asks for a schedule, with further keys and their values in pairs.
func asleep(pairs ...string) map[string]string {
	all := map[string]string{"sleepAt": exampleSleep, "wakeAt": exampleWake}
	for i := 0; i < len(pairs); i += 2 {
		all[pairs[i]] = pairs[i+1]
	}
	return all
}

// with is the configuration of the prod stack with some keys changed, which must be right.
func with(t *testing.T, given map[string]string) *Config {
	t.Helper()
	all := map[string]string{}
	for key, value := range given {
		all[mocks.Namespaced(key)] = value
	}
	c, err := Parse(wrongValues(t, all))
	require.NoError(t, err)
	return c
}

func TestNothingScalesByItself(t *testing.T) {
	c := with(t, map[string]string{"imageTag": "v1"})
	assert.Equal(t, Scaling{CPUPercent: 60, MemoryPercent: 80}, c.Scaling)
	assert.Equal(t, 1, c.Container.Count)
}

func TestAutoscalingStartsWithTheFewestTasksUnlessTheUserSaysHowMany(t *testing.T) {
	for desired, want := range map[string]int{"": 2, "2": 2, "3": 3, "5": 5} {
		c := with(t, map[string]string{"minCount": "2", "maxCount": "5", "desiredCount": desired, "imageTag": "v1"})
		assert.Equal(t, want, c.Container.Count, desired)
		assert.Equal(t, []int{2, 5}, []int{c.Scaling.MinCount, c.Scaling.MaxCount})
	}
	assert.Zero(
		t,
		with(t, map[string]string{"minCount": "2", "maxCount": "5"}).Container.Count,
		"without an image nothing runs",
	)
}

func TestAutoscalingLooksAtWhatIsAskedFor(t *testing.T) {
	c := with(t, map[string]string{"minCount": "1", "maxCount": "1", "scaleCpuPercent": "", "scaleMemoryPercent": "70"})
	assert.Equal(t, Scaling{MinCount: 1, MaxCount: 1, MemoryPercent: 70}, c.Scaling)

	given := balanced(
		"certificateArn",
		exampleCertificate("eu-central-1"),
		"minCount",
		"1",
		"maxCount",
		"4",
		"scaleRequestsPerTarget",
		"500",
	)
	assert.Equal(t, 500, with(t, given).Scaling.RequestsPerTarget)
}

func TestSomeTasksMayStayOnDemand(t *testing.T) {
	c := with(t, map[string]string{"useSpot": "true", "onDemandBase": "2", "desiredCount": "3"})
	assert.Equal(t, 2, c.Container.OnDemandBase)
}
