package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
)

// scalingIdentities are the roles of the state machine, of what starts it and of the schedules.
func scalingIdentities(t *testing.T, stack *mocks.Recording) map[string]identity {
	t.Helper()
	identities := map[string]identity{}
	for _, machine := range stack.OfType("aws:sfn/stateMachine:StateMachine") {
		var definition struct {
			States map[string]struct {
				Type, Resource string
				Arguments      map[string]any
			}
		}
		require.NoError(t, json.Unmarshal([]byte(machine.Text("definition")), &definition))
		var calls []call
		for _, state := range definition.States {
			if state.Type == "Task" {
				calls = append(calls, sdkCalls(t, strings.TrimPrefix(state.Resource, "arn:aws:states:::aws-sdk:"),
					state.Arguments)...)
			}
		}
		who := identityOf(t, stack, machine.Text("roleArn"), calls)
		who.service, who.source = "states.amazonaws.com", "arn:aws:states:"+here+":stateMachine:"+machine.Text("name")
		identities[machine.Name] = who
	}
	called := map[string][]call{} // by ARN of the role
	for _, schedule := range stack.OfType("aws:scheduler/schedule:Schedule") {
		var input map[string]any
		require.NoError(t, json.Unmarshal([]byte(schedule.Text("target.input")), &input))
		role := schedule.Text("target.roleArn")
		action := strings.TrimPrefix(schedule.Text("target.arn"), "arn:aws:scheduler:::aws-sdk:")
		called[role] = append(called[role], sdkCalls(t, action, input)...)
		who := identityOf(t, stack, role, called[role])
		who.service = "scheduler.amazonaws.com"
		who.source = "arn:aws:scheduler:" + here + ":schedule-group/" + schedule.Text("groupName")
		identities[who.role.Name] = who
	}
	for _, target := range stack.OfType("aws:cloudwatch/eventTarget:EventTarget") {
		if target.Text("roleArn") == "" {
			continue // the policy of the topic allows it
		}
		who := identityOf(t, stack, target.Text("roleArn"),
			[]call{{action: "states:StartExecution", resource: target.Text("arn")}})
		who.service, who.source = "events.amazonaws.com", "arn:aws:events:"+here+":rule/"+target.Text("rule")
		identities[who.role.Name] = who
	}
	return identities
}

// sdkCalls returns a call of the AWS SDK, such as rds:stopDBInstance, for each resource that its arguments name.
func sdkCalls(t *testing.T, action string, arguments map[string]any) []call {
	t.Helper()
	service, name, isCall := strings.Cut(action, ":")
	require.True(t, isCall, action)
	prefix := map[string]string{
		"ecs": fmt.Sprintf("service/%v/", arguments["Cluster"]), "rds": "db:", "cloudwatch": "alarm:",
	}[service]
	require.NotEmpty(t, prefix, action)
	var resources []any
	for _, key := range []string{"Service", "Services", "DbInstanceIdentifier", "AlarmName", "AlarmNames"} {
		if list, isList := arguments[key].([]any); isList {
			resources = append(resources, list...)
		} else if arguments[key] != nil {
			resources = append(resources, arguments[key])
		}
	}
	require.NotEmpty(t, resources, action)
	var calls []call
	for _, resource := range slices.Compact(resources) {
		calls = append(calls, call{
			action:   service + ":" + strings.ToUpper(name[:1]) + name[1:],
			resource: fmt.Sprintf("arn:aws:%s:%s:%s%v", service, here, prefix, resource),
		})
	}
	return calls
}
