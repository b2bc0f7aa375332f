package main

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
	"threa-infra/internal/states"
)

// scalingIdentities returns the roles of the state machines and of what starts them.
func scalingIdentities(t *testing.T, stack *mocks.Recording) map[string]identity {
	t.Helper()
	all := map[string]identity{}
	for _, machine := range stack.OfType("aws:sfn/stateMachine:StateMachine") {
		definition, err := states.Parse(machine.Text("definition"))
		require.NoError(t, err)
		who := identityOf(t, stack, machine.Text("roleArn"), machineCalls(t, definition))
		who.service, who.source = "states.amazonaws.com", "arn:aws:states:"+here+":stateMachine:"+machine.Text("name")
		all[machine.Name] = who
	}
	starts := func(arn string) []call { return []call{{action: "states:StartExecution", resource: arn}} }
	for _, schedule := range stack.OfType("aws:scheduler/schedule:Schedule") {
		who := identityOf(t, stack, schedule.Text("target.roleArn"), starts(schedule.Text("target.arn")))
		who.service = "scheduler.amazonaws.com"
		who.source = "arn:aws:scheduler:" + here + ":schedule-group/" + schedule.Text("groupName")
		all[who.role.Name] = who // several schedules have one
	}
	for _, target := range stack.OfType("aws:cloudwatch/eventTarget:EventTarget") {
		who := identityOf(t, stack, target.Text("roleArn"), starts(target.Text("arn")))
		who.service, who.source = "events.amazonaws.com", "arn:aws:events:"+here+":rule/"+target.Text("rule")
		all[who.role.Name] = who
	}
	return all
}

// machineCalls are the calls of a state machine with the resources that IAM ties them to.
func machineCalls(t *testing.T, machine states.Machine) []call {
	t.Helper()
	var calls []call
	for name, state := range machine.States {
		if state.Type != states.Task {
			continue
		}
		service, action, err := states.Call(state.Resource)
		require.NoError(t, err)
		action = strings.ToUpper(action[:1]) + action[1:]
		in, _ := state.Arguments.(map[string]any)
		// first is an argument that is one name, or a list of one.
		first := func(keys ...string) string {
			for _, key := range keys {
				if list, is := in[key].([]any); is {
					return fmt.Sprint(list[0])
				}
				if in[key] != nil {
					return fmt.Sprint(in[key])
				}
			}
			require.Fail(t, "no such argument", "%s: %v", name, keys)
			return ""
		}
		prefix, resource := service, ""
		if services, several := in["Services"].([]any); several && len(services) > 1 {
			for _, one := range services {
				arn := "arn:aws:ecs:" + here + ":service/" + first("Cluster") + "/" + fmt.Sprint(one)
				calls = append(calls, call{action: "ecs:" + action, resource: arn})
			}
			continue
		}
		switch service {
		case "ecs":
			resource = "service/" + first("Cluster") + "/" + first("Service", "Services")
		case "rds":
			resource = "db:" + first("DbInstanceIdentifier")
		case "cloudwatch":
			resource = "alarm:" + first("AlarmName", "AlarmNames")
		case "applicationautoscaling":
			prefix, resource = "application-autoscaling", "scalable-target/0abc"
		default:
			require.Fail(t, "what does it call?", state.Resource)
		}
		calls = append(calls, call{
			action: prefix + ":" + action, resource: "arn:aws:" + prefix + ":" + here + ":" + resource,
		})
	}
	return calls
}
