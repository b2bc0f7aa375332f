package naming

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestStack_Names holds the names of deployed stacks: another name replaces the resource.
func TestStack_Names(t *testing.T) {
	s := Stack{Name: "threa", Region: "eu-central-1", AccountID: "123456789012"}
	for want, name := range map[string]string{
		"threa-ecs-execution": s.ExecutionRole(),
		"threa-ecs-task":      s.TaskRole(),
		"threa-replica":       s.ReadReplica(),
		"threa-002":           s.CacheNode(2),
		"threa-sleep":         s.SleepMachine(),
		"/ecs/threa":          s.LogGroup(),
		"/threa":              s.ParameterPath(),
		"/threa/stack":        s.OwnerRecord(),
		"/threa/database-url": s.Parameter(ParameterDatabaseURL),

		"arn:aws:ecs:eu-central-1:123456789012:cluster/threa":                   s.ClusterARN(),
		"arn:aws:ecs:eu-central-1:123456789012:service/threa/threa-standby":     s.ServiceARN(s.FallbackService()),
		"arn:aws:states:eu-central-1:123456789012:stateMachine:threa-standby":   s.MachineARN(s.FallbackMachine()),
		"arn:aws:ssm:eu-central-1:123456789012:parameter/threa/app/SESSION_KEY": s.ParameterARN("/threa/app/SESSION_KEY"),
	} {
		assert.Equal(t, want, name)
	}
}

func TestStack_TakesPlaceholders(t *testing.T) {
	pattern := Stack{Name: "{name}", Region: "{region}", AccountID: "{account}"}
	assert.Equal(t, "arn:aws:ecs:{region}:{account}:service/{name}/{name}-standby",
		pattern.ServiceARN(pattern.FallbackService()))
}
