package translate

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"threa-infra/internal/deployrole"
)

func TestTheDeployRoleKnowsEverythingThatTheProviderIsAskedFor(t *testing.T) {
	for _, table := range []map[string]string{program, programFunctions} {
		for token := range table {
			assert.Contains(t, deployrole.Covered(), token, "say in internal/deployrole what the provider calls for it")
		}
	}
}

func TestAPipelineCannotGiveItselfRights(t *testing.T) {
	for token := range bootstrap {
		assert.NotContains(t, deployrole.Covered(), token)
	}
}
