package e2e

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// TestTheNumberOfTasksBelongsToWhoeverScales switches autoscaling on before there is an image, and acts in its place. Each
// step builds on the one before.
func TestTheNumberOfTasksBelongsToWhoeverScales(t *testing.T) {
	t.Parallel()
	s := newSandbox(t, root)
	follow(t, s, []step[*sandbox]{
		{"autoscaling waits for the first image, which starts its fewest tasks", scalingStarts},
		{"what autoscaling does is no change", scalingActs},
	})
}

// configure sets keys in pairs.
func configure(t *testing.T, s *sandbox, pairs ...string) {
	t.Helper()
	for i := 0; i < len(pairs); i += 2 {
		s.must(t, "config", "set", pairs[i], pairs[i+1])
	}
}

// wantedTasks asks ECS how many tasks the service is to run.
func wantedTasks(t *testing.T, s *sandbox) int {
	t.Helper()
	counts := aws[[]int](t, s, "ecs", "describe-services", "--cluster", "threa", "--services", "threa", "--query", "services[].desiredCount")
	require.Len(t, counts, 1)
	return counts[0]
}

// setTasks does what autoscaling does.
func setTasks(t *testing.T, s *sandbox, count string) {
	t.Helper()
	aws[any](t, s, "ecs", "update-service", "--cluster", "threa", "--service", "threa", "--desired-count", count)
}

// nothingToMend is nothingToDo for a state that has taken over what AWS says.
func nothingToMend(t *testing.T, s *sandbox) {
	t.Helper()
	s.must(t, "preview", "--refresh", "--expect-no-changes")
}

func scalableTargets(t *testing.T, s *sandbox) [][]int {
	t.Helper()
	return aws[[][]int](t, s, "application-autoscaling", "describe-scalable-targets", "--service-namespace", "ecs",
		"--query", "ScalableTargets[].[MinCapacity, MaxCapacity]")
}

func policies(t *testing.T, s *sandbox) []string {
	t.Helper()
	return aws[[]string](t, s, "application-autoscaling", "describe-scaling-policies", "--service-namespace", "ecs",
		"--query", "sort_by(ScalingPolicies, &PolicyName)[].PolicyName")
}

func scalingStarts(t *testing.T, s *sandbox) {
	configure(t, s, "minCount", "2", "maxCount", "4")
	s.must(t, "up")
	assert.Zero(t, wantedTasks(t, s))
	assert.Empty(t, scalableTargets(t, s), "there is nothing to scale without an image")
	nothingToDo(t, s)

	provideVariables(t, s)
	configure(t, s, "imageTag", "v1")
	s.must(t, "up")
	assert.Equal(t, 2, wantedTasks(t, s))
	assert.Equal(t, [][]int{{2, 4}}, scalableTargets(t, s))
	assert.Equal(t, []string{"threa-cpu", "threa-memory"}, policies(t, s))
	nothingToDo(t, s)
	noDrift(t, s)
}

func scalingActs(t *testing.T, s *sandbox) {
	setTasks(t, s, "3")
	nothingToDo(t, s)
	nothingToMend(t, s)
	configure(t, s, "imageTag", "v2")
	s.must(t, "up")
	assert.Equal(t, 3, wantedTasks(t, s), "a deployment leaves the number alone")
	s.must(t, "up", "--refresh")
	assert.Equal(t, 3, wantedTasks(t, s))
	nothingToDo(t, s)
}
