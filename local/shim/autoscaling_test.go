package shim

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestAScalableTargetKeepsItsTags(t *testing.T) {
	const arn = "arn:aws:application-autoscaling:eu-central-1:123456789012:scalable-target/1"
	c, _ := newShim(t, map[string]string{"RegisterScalableTarget": `{"ScalableTargetARN":"` + arn + `"}`})
	ask := func(action, in string) string {
		a := c.do("POST", "/", "application-autoscaling", "AnyScaleFrontendService."+action, "application/x-amz-json-1.1", in)
		assert.Equal(t, http.StatusOK, a.status, a.body)
		return a.body
	}
	const which = `"ResourceARN":"` + arn + `"`
	ask("RegisterScalableTarget", `{"Tags":{"Stack":"threa","Old":"1"}}`)
	ask("TagResource", `{`+which+`,"Tags":{"New":"2"}}`)
	ask("UntagResource", `{`+which+`,"TagKeys":["Old"]}`)
	assert.JSONEq(t, `{"Tags":{"Stack":"threa","New":"2"}}`, ask("ListTagsForResource", `{`+which+`}`))
}

func TestAServiceIsBroughtWithinTheBoundsOfItsTarget(t *testing.T) {
	const target = `{"ScalableTargetARN":"arn:target","ScalableTargets":[{"ResourceId":"service/c/s","MinCapacity":2,"MaxCapacity":4}]}`
	for count, want := range map[string]string{"0": "2", "3": "", "5": "4"} {
		c, moto := newShim(t, map[string]string{
			"RegisterScalableTarget": target, "DescribeScalableTargets": target, "UpdateService": `{}`,
			"DescribeServices": `{"services":[{"desiredCount":` + count + `}]}`,
		})
		register := func(action string) string {
			return c.do("POST", "/", "application-autoscaling", "AnyScaleFrontendService."+action, "application/x-amz-json-1.1",
				`{"ServiceNamespace":"ecs","ResourceId":"service/c/s"}`).body
		}
		register("RegisterScalableTarget")
		updates := moto.got("UpdateService")
		if want == "" {
			assert.Empty(t, updates)
		} else {
			assert.Equal(t, []string{`{"cluster":"c","desiredCount":` + want + `,"service":"s"}`}, updates)
		}
		assert.Contains(t, register("DescribeScalableTargets"), "AWSServiceRoleForApplicationAutoScaling_ECSService")
	}
}

func TestAnAlarmSaysWhetherItActs(t *testing.T) {
	const described = "<DescribeAlarmsResponse><DescribeAlarmsResult><MetricAlarms><member><AlarmName>a</AlarmName><ActionsEnabled>true</ActionsEnabled></member>" +
		"<member><AlarmName>b</AlarmName><ActionsEnabled>true</ActionsEnabled></member></MetricAlarms></DescribeAlarmsResult></DescribeAlarmsResponse>"
	c, _ := newShim(t, map[string]string{"DescribeAlarms": described, "PutMetricAlarm": "<PutMetricAlarmResponse/>"})
	ask := func(form string) string {
		a := c.do("POST", "/", "monitoring", "", "application/x-www-form-urlencoded", form)
		assert.Equal(t, http.StatusOK, a.status, a.body)
		return a.body
	}
	const a, b = "<AlarmName>a</AlarmName><ActionsEnabled>false", "<AlarmName>b</AlarmName><ActionsEnabled>false"
	ask("Action=DisableAlarmActions&AlarmNames.member.1=a&AlarmNames.member.2=b")
	ask("Action=EnableAlarmActions&AlarmNames.member.1=b")
	assert.Contains(t, ask("Action=DescribeAlarms"), a)
	assert.NotContains(t, ask("Action=DescribeAlarms"), b)
	ask("Action=PutMetricAlarm&AlarmName=a")
	assert.NotContains(t, ask("Action=DescribeAlarms"), a)
}
