package front

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestAScalableTargetKeepsItsTags(t *testing.T) {
	const arn = "arn:aws:application-autoscaling:eu-central-1:123456789012:scalable-target/1"
	c, _ := newFront(t, map[string]string{"RegisterScalableTarget": `{"ScalableTargetARN":"` + arn + `"}`})
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

func TestAnAlarmSaysWhetherItActs(t *testing.T) {
	const described = "<DescribeAlarmsResponse><DescribeAlarmsResult><MetricAlarms><member><AlarmName>a</AlarmName><ActionsEnabled>true</ActionsEnabled></member>" +
		"<member><AlarmName>b</AlarmName><ActionsEnabled>true</ActionsEnabled></member></MetricAlarms></DescribeAlarmsResult></DescribeAlarmsResponse>"
	c, _ := newFront(t, map[string]string{"DescribeAlarms": described, "PutMetricAlarm": "<PutMetricAlarmResponse/>"})
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
