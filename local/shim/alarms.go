package shim

import (
	"fmt"
	"net/http"
	"strconv"

	"github.com/beevik/etree"
)

// alarmInput has the names of alarms in a call. Clients call CloudWatch in either of two protocols.
type alarmInput struct {
	AlarmName  string
	AlarmNames []string
}

func readAlarms(c *call) (alarmInput, error) {
	in := alarmInput{c.form.Get("AlarmName"), params(c.form).list("AlarmNames.member")}
	if c.protocol != protocolJSON {
		return in, nil
	}
	err := c.decode(&in)
	return in, err
}

// switchAlarms serves DisableAlarmActions and EnableAlarmActions, which moto lacks.
func (a *account) switchAlarms(c *call) (*reply, error) {
	in, err := readAlarms(c)
	if err != nil {
		return nil, err
	}
	for _, name := range in.AlarmNames {
		a.alarmActions[regional{c.region, name}] = c.action == "EnableAlarmActions"
	}
	if c.protocol == protocolJSON {
		return c.jsonReply(map[string]any{})
	}
	return &reply{status: http.StatusOK, contentType: "text/xml", body: fmt.Appendf(nil,
		`<%[1]sResponse xmlns="http://monitoring.amazonaws.com/doc/2010-08-01/">`+
			`<ResponseMetadata><RequestId>%[2]s</RequestId></ResponseMetadata></%[1]sResponse>`, c.action, requestID)}, nil
}

// alarmPut forgets a switch, because PutMetricAlarm sets the actions anew.
func (a *account) alarmPut(c *call, _ *reply) error {
	in, err := readAlarms(c)
	delete(a.alarmActions, regional{c.region, in.AlarmName})
	return err
}

// addAlarmActions reports whether the actions of an alarm are enabled.
func (a *account) addAlarmActions(c *call, answer *reply) error {
	if c.protocol != protocolJSON {
		return answer.editXML(func(root *etree.Element) {
			for _, alarm := range root.FindElements(".//member") {
				if enabled, ok := a.alarmActions[regional{c.region, childText(alarm, "AlarmName")}]; ok {
					setChild(alarm, "ActionsEnabled", strconv.FormatBool(enabled))
				}
			}
		})
	}
	return answer.editJSON(func(out map[string]any) error {
		alarms, _ := out["MetricAlarms"].([]any)
		for _, item := range alarms {
			alarm, _ := item.(map[string]any)
			name, _ := alarm["AlarmName"].(string)
			if enabled, ok := a.alarmActions[regional{c.region, name}]; ok {
				alarm["ActionsEnabled"] = enabled
			}
		}
		return nil
	})
}
