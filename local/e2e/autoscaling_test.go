package e2e

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestAutoscaling_OwnsDesiredCount enables autoscaling before the first image and simulates it. Each step depends on the
// one before.
func TestAutoscaling_OwnsDesiredCount(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, root)
	runSteps(t, s, []step[*sandbox]{
		{"the first image starts the minimum of tasks", enableAutoscaling},
		{"a deployment keeps the desired count", scaleOut},
	})
}

// desiredCount returns the desired count of the service.
func desiredCount(t *testing.T, s *sandbox) int {
	t.Helper()
	counts := aws[[]int](t, s, "ecs", "describe-services", "--cluster", "threa", "--services", "threa", "--query", "services[].desiredCount")
	require.Len(t, counts, 1)
	return counts[0]
}

func enableAutoscaling(t *testing.T, s *sandbox) {
	s.set(t, "minCount", "2", "maxCount", "4")
	scalableTargets := func() [][]int {
		return aws[[][]int](t, s, "application-autoscaling", "describe-scalable-targets", "--service-namespace", "ecs",
			"--query", "ScalableTargets[].[MinCapacity, MaxCapacity]")
	}
	s.must(t, "up")
	assert.Zero(t, desiredCount(t, s))
	assert.Empty(t, scalableTargets(), "without an image there is no scalable target")
	expectNoChanges(t, s)

	s.setAppVariables(t)
	s.set(t, "imageTag", "v1")
	s.must(t, "up")
	assert.Equal(t, 2, desiredCount(t, s))
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
	assert.Equal(t, 3, desiredCount(t, s), "a deployment keeps the desired count")
	s.must(t, "up", "--refresh")
	assert.Equal(t, 3, desiredCount(t, s))
	expectNoChanges(t, s)
}
