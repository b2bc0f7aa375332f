package shim

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestScalableTarget_KeepsTagsAndRole(t *testing.T) {
	const arn = "arn:aws:application-autoscaling:eu-central-1:123456789012:scalable-target/1"
	const target = `"ResourceARN":"` + arn + `"`
	c, _ := newShim(t, map[string]string{
		"RegisterScalableTarget":  `{"ScalableTargetARN":"` + arn + `"}`,
		"DescribeScalableTargets": `{"ScalableTargets":[{"ScalableTargetARN":"` + arn + `"}]}`,
	})
	c.accepted("application-autoscaling", "RegisterScalableTarget", `{"Tags":{"Stack":"threa","Old":"1"}}`)
	c.accepted("application-autoscaling", "TagResource", `{`+target+`,"Tags":{"New":"2"}}`)
	c.accepted("application-autoscaling", "UntagResource", `{`+target+`,"TagKeys":["Old"]}`)
	assert.Contains(t, c.accepted("application-autoscaling", "ListTagsForResource", `{`+target+`}`),
		`"Tags":{"New":"2","Stack":"threa"}`)
	assert.Contains(t, c.accepted("application-autoscaling", "DescribeScalableTargets", `{}`), scalingRole)
}

func TestScalableTarget_BoundsItsService(t *testing.T) {
	for count, want := range map[string]string{"0": "2", "3": "", "5": "4"} {
		c, moto := newShim(t, map[string]string{
			"RegisterScalableTarget": `{"ScalableTargetARN":"arn:target"}`, "UpdateService": `{}`,
			"DescribeServices": `{"services":[{"desiredCount":` + count + `}]}`,
		})
		c.accepted("application-autoscaling", "RegisterScalableTarget",
			`{"ServiceNamespace":"ecs","ResourceId":"service/c/s","MinCapacity":2,"MaxCapacity":4}`)
		updates := moto.got("UpdateService")
		if want == "" {
			assert.Empty(t, updates)
		} else {
			assert.Equal(t, []string{`{"cluster":"c","desiredCount":` + want + `,"service":"s"}`}, updates)
		}
	}
}

func TestAlarmActions_InBothProtocols(t *testing.T) {
	described := map[bool]string{
		false: "<R><member><AlarmName>a</AlarmName></member><member><AlarmName>b</AlarmName></member></R>",
		true:  `{"MetricAlarms":[{"AlarmName":"a"},{"AlarmName":"b"}]}`,
	}
	for inJSON, want := range map[bool]string{
		false: "<AlarmName>a</AlarmName><ActionsEnabled>false", true: `{"ActionsEnabled":false,"AlarmName":"a"}`,
	} {
		c, _ := newShim(t, map[string]string{"DescribeAlarms": described[inJSON], "PutMetricAlarm": "<R/>"})
		call := func(action, form, body string) string {
			if inJSON {
				return c.accepted("monitoring", action, body)
			}
			a := c.do("POST", "/", "monitoring", "", "application/x-www-form-urlencoded", "Action="+action+form)
			require.Equal(t, http.StatusOK, a.status, a.body)
			return a.body
		}
		call("DisableAlarmActions", "&AlarmNames.member.1=a&AlarmNames.member.2=b", `{"AlarmNames":["a","b"]}`)
		call("EnableAlarmActions", "&AlarmNames.member.1=b", `{"AlarmNames":["b"]}`)
		assert.Contains(t, call("DescribeAlarms", "", "{}"), want)
		call("PutMetricAlarm", "&AlarmName=a", `{"AlarmName":"a"}`)
		assert.NotContains(t, call("DescribeAlarms", "", "{}"), "false")
	}
}

func TestStateMachine_KeepsItsType(t *testing.T) {
	c, _ := newShim(t, map[string]string{
		"CreateStateMachine":   `{"stateMachineArn":"arn:m"}`,
		"DescribeStateMachine": `{"stateMachineArn":"arn:m","type":"STANDARD"}`,
	})
	c.accepted("states", "CreateStateMachine", `{"type":"EXPRESS"}`)
	assert.Contains(t, c.accepted("states", "DescribeStateMachine", `{}`), `"type":"EXPRESS"`)
	assert.Contains(t, c.accepted("states", "ValidateStateMachineDefinition", `{}`), `"result":"OK"`)
}

func TestSpotCapacity_LimitsRunningTasks(t *testing.T) {
	service := func(provider string) string {
		return `{"desiredCount":2,"runningCount":2,"capacityProviderStrategy":[{"capacityProvider":"` + provider + `"}]}`
	}
	c, _ := newShim(t, map[string]string{
		"DescribeServices": `{"services":[` + service("FARGATE_SPOT") + `,` + service("FARGATE") + `]}`,
	})
	running := func() []int {
		t.Helper()
		out := decoded[struct {
			Services []struct{ RunningCount int }
		}](t, c.json("ecs", "DescribeServices", `{}`))
		require.Len(t, out.Services, 2)
		return []int{out.Services[0].RunningCount, out.Services[1].RunningCount}
	}
	spot := func(method, body string) int { return c.do(method, "/_local/spot", "", "", "", body).status }

	assert.Equal(t, []int{2, 2}, running())
	for tasks, want := range map[string]int{`{"tasks":1}`: 1, `{"tasks":9}`: 2, `{"tasks":0}`: 0} {
		require.Equal(t, http.StatusNoContent, spot("POST", tasks))
		assert.Equal(t, []int{want, 2}, running(), tasks)
	}
	require.Equal(t, http.StatusNoContent, spot("DELETE", ""))
	assert.Equal(t, []int{2, 2}, running())
	assert.Equal(t, http.StatusBadRequest, spot("POST", `{"tasks":-1}`))
}
