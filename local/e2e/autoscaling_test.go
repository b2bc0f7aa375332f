package e2e

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

// TestAutoscaling_OwnsDesiredCount enables autoscaling before the first image and simulates it. Each step depends on
// the one before.
func TestAutoscaling_OwnsDesiredCount(t *testing.T) {
	parallel(t)
	s := newSandbox(t, root)
	runSteps(t, s, []step[*sandbox]{
		{"the first image starts the minimum of tasks", enableAutoscaling},
		{"a deployment keeps the desired count", scaleOut},
	})
}

func enableAutoscaling(t *testing.T, s *sandbox) {
	s.set(t, "minCount", "2", "maxCount", "4")
	scalableTargets := func() [][]int {
		return aws[[][]int](t, s, "application-autoscaling", "describe-scalable-targets", "--service-namespace", "ecs",
			"--query", "ScalableTargets[].[MinCapacity, MaxCapacity]")
	}
	s.must(t, "up")
	assert.Zero(t, describeService(t, s).DesiredCount)
	assert.Empty(t, scalableTargets(), "without an image there is no scalable target")
	expectNoChanges(t, s)

	s.setAppVariables(t)
	s.push(t, "v1", "v2")
	s.set(t, "imageTag", "v1")
	s.must(t, "up")
	assert.Equal(t, 2, describeService(t, s).DesiredCount)
	assert.Equal(t, [][]int{{2, 4}}, scalableTargets())
	assert.Equal(t, []string{"threa-cpu", "threa-memory"}, aws[[]string](t, s,
		"application-autoscaling", "describe-scaling-policies", "--service-namespace", "ecs",
		"--query", "sort_by(ScalingPolicies, &PolicyName)[].PolicyName"))
	expectNoChanges(t, s)
	expectNoDrift(t, s)
}

func scaleOut(t *testing.T, s *sandbox) {
	aws[any](t, s, "ecs", "update-service", "--cluster", "threa", "--service", "threa", "--desired-count", "3")
	expectNoChanges(t, s)
	expectNoChangesAfterRefresh(t, s)
	s.set(t, "imageTag", "v2")
	s.must(t, "up")
	assert.Equal(t, 3, describeService(t, s).DesiredCount, "a deployment keeps the desired count")
	s.must(t, "up", "--refresh")
	assert.Equal(t, 3, describeService(t, s).DesiredCount)
	expectNoChanges(t, s)
}
