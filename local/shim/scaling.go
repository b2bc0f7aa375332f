package shim

import (
	"errors"
	"strings"
)

// scalingRole is the service-linked role, which AWS uses even if the call names another one. Source:
// https://docs.aws.amazon.com/autoscaling/application/userguide/application-auto-scaling-service-linked-roles.html
const scalingRole = "arn:aws:iam::" + accountID + ":role/aws-service-role/ecs.application-autoscaling.amazonaws.com/" +
	"AWSServiceRoleForApplicationAutoScaling_ECSService"

type targetInput struct {
	Tags                     tags
	ResourceID               string // service/<cluster>/<service>
	MinCapacity, MaxCapacity *int
}

// targetRegistered keeps the role and the tags of a scalable target and brings its service within its bounds. Source:
// https://docs.aws.amazon.com/autoscaling/application/APIReference/API_RegisterScalableTarget.html
func (a *account) targetRegistered(c *call, in targetInput, out struct{ ScalableTargetARN string }) error {
	a.addTags(out.ScalableTargetARN, in.Tags)
	a.keep(c, out.ScalableTargetARN, "RoleARN", scalingRole)
	parts := strings.Split(in.ResourceID, "/")
	if len(parts) != 3 {
		return nil
	}
	var services struct {
		Services []struct{ DesiredCount int }
	}
	service := map[string]any{"cluster": parts[1], "services": []string{parts[2]}}
	err := a.upstream.jsonOf(c, "ecs", ecsTarget+"DescribeServices", service, &services)
	if errors.Is(err, errRefused) || err == nil && len(services.Services) == 0 {
		return nil // the service does not exist yet
	}
	if err != nil {
		return err
	}
	count := services.Services[0].DesiredCount
	if in.MinCapacity != nil {
		count = max(count, *in.MinCapacity)
	}
	if in.MaxCapacity != nil {
		count = min(count, *in.MaxCapacity)
	}
	if count == services.Services[0].DesiredCount {
		return nil
	}
	update := map[string]any{"cluster": parts[1], "service": parts[2], "desiredCount": count}
	return a.upstream.jsonOf(c, "ecs", ecsTarget+"UpdateService", update, nil)
}

// machineCreated keeps the type of a state machine.
func (a *account) machineCreated(c *call, in struct{ Type string }, out struct{ StateMachineArn string }) error {
	if in.Type != "" {
		a.keep(c, out.StateMachineArn, "type", in.Type)
	}
	return nil
}

// alarmInput has the names of alarms in a call. Clients call CloudWatch in either of two protocols.
type alarmInput struct {
	AlarmName  string
	AlarmNames []string
}

func readAlarms(c *call) (alarmInput, error) {
	in := alarmInput{c.form.Get("AlarmName"), c.form.list("AlarmNames.member")}
	if c.protocol != protocolJSON {
		return in, nil
	}
	err := c.decode(&in)
	return in, err
}

// switchAlarms serves DisableAlarmActions and EnableAlarmActions.
func (a *account) switchAlarms(c *call) (*reply, error) {
	in, err := readAlarms(c)
	if err != nil {
		return nil, err
	}
	for _, name := range in.AlarmNames {
		a.keep(c, name, "ActionsEnabled", c.action == "EnableAlarmActions")
	}
	if c.protocol == protocolJSON {
		return c.jsonReply(map[string]any{})
	}
	return c.queryReply("", nil)
}

// alarmPut drops the recorded switch, because PutMetricAlarm sets the alarm's actions.
func (a *account) alarmPut(c *call, _ *reply) error {
	in, err := readAlarms(c)
	delete(a.dropped, c.key(in.AlarmName))
	return err
}
