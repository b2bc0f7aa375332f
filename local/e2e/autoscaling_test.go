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

// configure sets keys to values, given in pairs.
func configure(t *testing.T, s *sandbox, pairs ...string) {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		s.must(t, "config", "set", pairs[i], pairs[i+1])
	}
}

// desiredCount returns the desired count of the service.
func desiredCount(t *testing.T, s *sandbox) int {
	t.Helper()
	counts := aws[[]int](t, s, "ecs", "describe-services", "--cluster", "threa", "--services", "threa", "--query", "services[].desiredCount")
	require.Len(t, counts, 1)
	return counts[0]
}

// setDesiredCount changes the desired count as autoscaling does.
func setDesiredCount(t *testing.T, s *sandbox, count string) {
	t.Helper()
	aws[any](t, s, "ecs", "update-service", "--cluster", "threa", "--service", "threa", "--desired-count", count)
}

// expectNoChangesAfterRefresh asserts that a preview after a refresh is empty.
func expectNoChangesAfterRefresh(t *testing.T, s *sandbox) {
	t.Helper()
	s.must(t, "preview", "--refresh", "--expect-no-changes")
}

func scalableTargets(t *testing.T, s *sandbox) [][]int {
	t.Helper()
	return aws[[][]int](t, s, "application-autoscaling", "describe-scalable-targets", "--service-namespace", "ecs",
		"--query", "ScalableTargets[].[MinCapacity, MaxCapacity]")
}

func scalingPolicies(t *testing.T, s *sandbox) []string {
	t.Helper()
	return aws[[]string](t, s, "application-autoscaling", "describe-scaling-policies", "--service-namespace", "ecs",
		"--query", "sort_by(ScalingPolicies, &PolicyName)[].PolicyName")
}

func enableAutoscaling(t *testing.T, s *sandbox) {
	configure(t, s, "minCount", "2", "maxCount", "4")
	s.must(t, "up")
	assert.Zero(t, desiredCount(t, s))
	assert.Empty(t, scalableTargets(t, s), "without an image there is no scalable target")
	expectNoChanges(t, s)

	setAppVariables(t, s)
	configure(t, s, "imageTag", "v1")
	s.must(t, "up")
	assert.Equal(t, 2, desiredCount(t, s))
	assert.Equal(t, [][]int{{2, 4}}, scalableTargets(t, s))
	assert.Equal(t, []string{"threa-cpu", "threa-memory"}, scalingPolicies(t, s))
	expectNoChanges(t, s)
	expectNoDrift(t, s)
}

func scaleOut(t *testing.T, s *sandbox) {
	setDesiredCount(t, s, "3")
	expectNoChanges(t, s)
	expectNoChangesAfterRefresh(t, s)
	configure(t, s, "imageTag", "v2")
	s.must(t, "up")
	assert.Equal(t, 3, desiredCount(t, s), "a deployment keeps the desired count")
	s.must(t, "up", "--refresh")
	assert.Equal(t, 3, desiredCount(t, s))
	expectNoChanges(t, s)
}
