package shim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"sync"

	"github.com/beevik/etree"
)

// alarmsRule keeps whether alarms act, which moto knows only from their creation.
type alarmsRule struct {
	mu   sync.Mutex
	acts map[regional]bool // of those that were switched since
}

func newAlarmsRule() *alarmsRule { return &alarmsRule{acts: map[regional]bool{}} }

func (r *alarmsRule) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.acts)
}

func (r *alarmsRule) before(c *call) (*reply, error) {
	if c.action != "DisableAlarmActions" && c.action != "EnableAlarmActions" {
		return nil, nil
	}
	// Clients speak either of two protocols to CloudWatch.
	in := struct{ AlarmNames []string }{params(c.form).list("AlarmNames.member")}
	if c.protocol == protocolJSON {
		if err := c.decode(&in); err != nil {
			return nil, err
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, name := range in.AlarmNames {
		r.acts[regional{c.region, name}] = c.action == "EnableAlarmActions"
	}
	if c.protocol == protocolJSON {
		return c.jsonReply(map[string]any{})
	}
	return &reply{status: http.StatusOK, contentType: "text/xml", body: fmt.Appendf(nil,
		`<%[1]sResponse xmlns="http://monitoring.amazonaws.com/doc/2010-08-01/"><ResponseMetadata><RequestId>%[2]s</RequestId></ResponseMetadata></%[1]sResponse>`,
		c.action, requestID)}, nil
}

func (r *alarmsRule) after(c *call, answer *reply) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	switch c.action {
	case "PutMetricAlarm": // says it anew
		in := struct{ AlarmName string }{c.form.Get("AlarmName")}
		if c.protocol == protocolJSON {
			if err := c.decode(&in); err != nil {
				return err
			}
		}
		delete(r.acts, regional{c.region, in.AlarmName})
	case "DescribeAlarms":
		if c.protocol == protocolJSON {
			return r.mendJSON(c, answer)
		}
		return answer.editXML(func(root *etree.Element) {
			for _, alarm := range root.FindElements(".//member") {
				if acts, switched := r.acts[regional{c.region, childText(alarm, "AlarmName")}]; switched {
					setChild(alarm, "ActionsEnabled", strconv.FormatBool(acts))
				}
			}
		})
	}
	return nil
}

func (r *alarmsRule) mendJSON(c *call, answer *reply) error {
	var out map[string]any
	if err := decodeJSON(answer.body, &out); err != nil {
		return fmt.Errorf("read alarms: %w", err)
	}
	alarms, _ := out["MetricAlarms"].([]any)
	for _, one := range alarms {
		alarm, _ := one.(map[string]any)
		name, _ := alarm["AlarmName"].(string)
		if acts, switched := r.acts[regional{c.region, name}]; switched {
			alarm["ActionsEnabled"] = acts
		}
	}
	var err error
	answer.body, err = json.Marshal(out)
	return err
}
