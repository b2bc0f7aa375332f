package main

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
	"threa-infra/internal/resources"
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

func TestBudget_CountsTaggedResources(t *testing.T) {
	recording := up(t, "budget", set("alarmEmail=ops@example.com", "monthlyBudget=30"))
	assert.Equal(t, "user:Stack$threa-budget", recording.Only(t, budgetToken).Text("costFilters[0].values[0]"))
	tagged := 0
	for _, r := range recording.All() {
		if row, _ := resources.Find(r.Type); custom(r) && !row.Untaggable {
			tagged++
			assert.Equal(t, "threa-budget", r.Text("tags.Stack"), r.Name)
		}
	}
	assert.Positive(t, tagged)
}

func TestBudget_RefusesAutoWithoutPrices(t *testing.T) {
	for key, value := range set("aws:region=eu-west-1", "redisNodeType=cache.m5.large") {
		recording, err := mocks.Run(t, deploy, budgeted(t, "auto", map[string]string{key: value}))
		require.ErrorContains(t, err, "threa:monthlyBudget is auto, but there")
		require.ErrorContains(t, err, "pulumi config set monthlyBudget 60")
		assert.Empty(t, recording.All())
		mocks.MustRun(t, deploy, budgeted(t, "60", map[string]string{key: value}))
	}
}
