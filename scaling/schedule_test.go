package scaling

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/iamtest"
	"threa-infra/internal/mocks"
)

func TestAtNightTheTasksGoThenTheDatabaseAndTheAlarmStaysQuiet(t *testing.T) {
	w := awake()
	done, err := carryOut(t, w, "sleep", nil)
	require.NoError(t, err)
	assert.Equal(t, &world{database: "stopping", alarm: "ALARM", muted: true, suspended: true}, w.told())
	assert.Less(t, done.Elapsed, 10*time.Minute)
}

func TestInTheMorningTheDatabaseComesThenTheTasksAndTheAlarmSpeaksAgain(t *testing.T) {
	w := asleep()
	done, err := carryOut(t, w, "wake", nil)
	require.NoError(t, err)
	assert.Equal(t, "startDBInstance", w.asked[1].Action, "the tasks find their database")
	assert.Equal(t, &world{desired: 2, running: 2, database: "available", alarm: "OK"}, w.told(), "nobody had to set the alarm, so nobody gets a mail")
	assert.Less(t, done.Elapsed, 15*time.Minute)
}

// told is the world without what only tests know.
func (w *world) told() *world {
	w.asked, w.refuse, w.changing, w.broken, w.meanwhile = nil, nil, 0, false, nil
	return w
}

// A schedule may put the app to sleep every night and wake it on working days alone.
func TestAnAppThatSleepsAlreadyIsNotWokenByTheNextNight(t *testing.T) {
	w := asleep()
	_, err := carryOut(t, w, "sleep", nil)
	require.NoError(t, err)
	for _, one := range w.asked {
		assert.NotEqual(t, "registerScalableTarget", one.Action, "it would start tasks, whose database is away")
	}
	assert.Equal(t, asleep(), w.told())
}

func TestWithoutAutoscalingAndDatabaseOnlyTheTasksSleep(t *testing.T) {
	alone := func(args *Args) { args.Autoscaling, args.Schedule.Database = nil, "" }
	w := awake()
	_, err := carryOut(t, w, "sleep", alone)
	require.NoError(t, err)
	assert.Equal(t, &world{running: 2, database: "available", alarm: "OK", muted: true}, w.told(), "ECS takes its time")
	w.pass(time.Minute)
	_, err = carryOut(t, w, "wake", alone)
	require.NoError(t, err)
	assert.Equal(t, awake(), w.told())
}

func TestAWakeThatFindsTheAppAwakeLeavesItsTasksAlone(t *testing.T) {
	w := awake()
	w.desired, w.running = 4, 4
	_, err := carryOut(t, w, "wake", nil)
	require.NoError(t, err)
	assert.Equal(t, 4, w.desired)
}

func TestADatabaseThatIsBusyIsWaitedFor(t *testing.T) {
	w := awake()
	w.database, w.changing = "backing-up", 20*time.Minute
	_, err := carryOut(t, w, "sleep", nil)
	require.NoError(t, err)
	assert.Equal(t, "stopping", w.database)

	w = asleep()
	w.database, w.changing = "stopping", 5*time.Minute
	_, err = carryOut(t, w, "wake", nil)
	require.NoError(t, err)
	assert.Equal(t, []any{"available", 2}, []any{w.database, w.running})
}

func TestADatabaseThatAWSStartsWhileTheAppSleepsIsStoppedAgain(t *testing.T) {
	w := asleep()
	w.database, w.changing = "starting", 8*time.Minute
	_, err := carryOut(t, w, "settle", nil)
	require.NoError(t, err)
	assert.Equal(t, "stopping", w.database)

	w = awake()
	_, err = carryOut(t, w, "settle", nil)
	require.NoError(t, err)
	assert.Equal(t, awake(), w.told(), "an app that is awake keeps its database")
}

// Somebody may wake the app by hand while it is still going to sleep.
func TestAnAppThatIsWokenMeanwhileKeepsItsDatabase(t *testing.T) {
	w := awake()
	w.database, w.changing = "backing-up", 20*time.Minute
	w.meanwhile = func() { w.desired = 2 }
	_, err := carryOut(t, w, "sleep", nil)
	require.NoError(t, err)
	for _, one := range w.asked {
		assert.NotEqual(t, "stopDBInstance", one.Action)
	}
}

func TestAnAppThatDoesNotWakeSetsTheAlarmOff(t *testing.T) {
	broken := asleep()
	broken.broken = true
	_, err := carryOut(t, broken, "wake", nil)
	require.NoError(t, err)
	assert.True(t, broken.set, "an alarm that is on already says nothing")
	assert.False(t, broken.muted)

	refused := asleep()
	refused.refuse = map[string]int{"startDBInstance": 100}
	_, err = carryOut(t, refused, "wake", nil)
	require.NoError(t, err)
	assert.True(t, refused.set)
	assert.False(t, refused.muted)
}

func TestACallThatFailsNowAndThenIsRepeated(t *testing.T) {
	w := asleep()
	w.refuse = map[string]int{"startDBInstance": 2, "updateService": 3, "enableAlarmActions": 1, "describeDBInstances": 2}
	_, err := carryOut(t, w, "wake", nil)
	require.NoError(t, err)
	assert.False(t, w.set)
	assert.Equal(t, 2, w.running)
}

func TestAnUnknownActionChangesNothing(t *testing.T) {
	w := awake()
	_, err := carryOut(t, w, "nap", nil)
	require.ErrorContains(t, err, "UnknownAction")
	assert.Equal(t, awake(), w.told())
}

const scheduleToken = "aws:scheduler/schedule:Schedule"

func TestTheSchedulesStartTheMachineAtTheirTimes(t *testing.T) {
	stack := mustBuild(t, arguments(sleepy))
	for action, at := range map[string]string{"sleep": "cron(0 20 ? * MON-FRI *)", "wake": "cron(0 7 ? * MON-FRI *)"} {
		one := stack.Named(t, scheduleToken, "scaling-"+action+"-schedule")
		for property, want := range map[string]string{
			"name": "threa-" + action, "groupName": "default", "scheduleExpression": at, "scheduleExpressionTimezone": "Europe/Berlin",
			"flexibleTimeWindow.mode": "OFF", "target.input": `{"action":"` + action + `"}`,
			"target.arn":     "arn:aws:states:eu-central-1:123456789012:stateMachine:threa-sleep",
			"target.roleArn": "arn:aws:iam::123456789012:role/threa-schedule",
		} {
			assert.Equal(t, want, one.Text(property), property)
		}
	}
	assert.Contains(t, WakeCommand("threa", "eu-central-1", mocks.Account), stack.Named(t, scheduleToken, "scaling-wake-schedule").Text("target.arn"))
}

func TestOnlyASleepingDatabaseIsWatchedForItsStart(t *testing.T) {
	stack := mustBuild(t, arguments(sleepy))
	assert.JSONEq(t, `{"source": ["aws.rds"], "detail-type": ["RDS DB Instance Event"],
		"detail": {"EventID": ["RDS-EVENT-0154"], "SourceIdentifier": ["threa"]}}`,
		stack.Only(t, "aws:cloudwatch/eventRule:EventRule").Text("eventPattern"))
	target := stack.Only(t, "aws:cloudwatch/eventTarget:EventTarget")
	assert.Equal(t, `threa-settle {"action":"settle"}`, target.Text("rule")+" "+target.Text("input"))

	stack = mustBuild(t, arguments(func(args *Args) { sleepy(args); args.Schedule.Database = "" }))
	assert.Empty(t, stack.OfType("aws:cloudwatch/eventRule:EventRule"))
	assert.NotContains(t, stack.Only(t, machineToken).Text("definition"), "rds")
}

func TestWhatStartsTheMachineMayDoNothingElseAndIsTakenByItsServiceAlone(t *testing.T) {
	stack := mustBuild(t, arguments(sleepy))
	for name, source := range map[string][2]string{
		"scaling-schedule": {"scheduler.amazonaws.com", "arn:aws:scheduler:eu-central-1:123456789012:schedule-group/default"},
		"scaling-settle":   {"events.amazonaws.com", "arn:aws:events:eu-central-1:123456789012:rule/threa-settle"},
	} {
		var policy struct {
			Statement []struct{ Action, Resource []string }
		}
		require.NoError(t, json.Unmarshal([]byte(stack.Named(t, grantToken, name+"-grant").Text("policy")), &policy))
		require.Len(t, policy.Statement, 1)
		assert.Equal(t, []string{"states:StartExecution"}, policy.Statement[0].Action)
		assert.Equal(t, []string{"arn:aws:states:eu-central-1:123456789012:stateMachine:threa-sleep"}, policy.Statement[0].Resource)
		for arn, want := range map[string]bool{source[1]: true, source[1] + "2": false} {
			trusted, err := iamtest.Trusts(stack.Named(t, roleToken, name+"-role").Text("assumeRolePolicy"), source[0],
				map[string]string{"aws:SourceAccount": mocks.Account, "aws:SourceArn": arn})
			require.NoError(t, err)
			assert.Equal(t, want, trusted, arn)
		}
	}
}
