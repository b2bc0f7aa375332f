package compute

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
)

func withFallback(a *Args) { a.Spot, a.Fallback, a.DesiredCount = true, true, 2 }

func TestFallback_RunningTasksAreNoError(t *testing.T) {
	for _, preview := range []bool{true, false} {
		stack, told, err := try(
			t,
			arguments(withFallback),
			mocks.Options{AWS: &mocks.AWS{Services: map[string]mocks.Item{"threa-standby": {"desiredCount": 2}}},
				Preview: preview},
		)
		require.NoError(t, err)
		assert.Equal(t, wanted, told["task"])
		var asked []string
		for _, one := range stack.Calls(lookup) {
			asked = append(asked, one["serviceName"].StringValue())
		}
		assert.ElementsMatch(t, []string{"threa", "threa-standby"}, asked)
	}
}
