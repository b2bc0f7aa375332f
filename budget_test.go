package main

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
)

const budgetToken = "aws:budgets/budget:Budget"

// budgeted is a stack with a budget.
func budgeted(t *testing.T, amount string, more map[string]string) mocks.Options {
	given := set("alarmEmail=ops@example.com", "monthlyBudget="+amount)
	maps.Copy(given, more)
	return options(t, "prod", given)
}

func TestBudget_HasAmountOrEstimate(t *testing.T) {
	for amount, want := range map[string]string{"60": "60", "60.5": "60.5", "auto": "57.02"} { // 1.3 × 43.86 = 57.018
		budget := mocks.MustRun(t, deploy, budgeted(t, amount, nil)).Only(t, budgetToken)
		assert.Equal(t, want, budget.Text("limitAmount"))
		assert.Equal(t, "user:Stack$threa", budget.Text("costFilters[0].values[0]"))
	}
	assert.Empty(t, up(t, "prod", nil).OfType(budgetToken))
}

func TestBudget_RefusesAutoWithoutPrices(t *testing.T) {
	for key, value := range set("aws:region=sa-east-1", "redisNodeType=cache.m5.large") {
		recording, err := mocks.Run(t, deploy, budgeted(t, "auto", map[string]string{key: value}))
		require.ErrorContains(t, err, "threa:monthlyBudget is auto, but there")
		require.ErrorContains(t, err, "pulumi config set --stack prod monthlyBudget 60")
		assert.Empty(t, recording.All())
		mocks.MustRun(t, deploy, budgeted(t, "60", map[string]string{key: value}))
	}
}
