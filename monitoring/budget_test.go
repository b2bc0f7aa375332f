package monitoring

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

const budgetToken = "aws:budgets/budget:Budget"

func TestABudgetMailsAtEightyAndAtHundredPercentOfTheStacksOwnCharges(t *testing.T) {
	stack, _ := build(t, arguments(func(a *Args) {
		a.Budget = &Budget{AccountID: "123456789012", Limit: "57.02", TagKey: "Stack", TagValue: "threa"}
	}))
	budget := stack.Only(t, budgetToken)
	for path, want := range map[string]string{
		"name": "threa", "accountId": "123456789012", "budgetType": "COST", "timeUnit": "MONTHLY", "limitAmount": "57.02", "limitUnit": "USD",
		"costFilters[0].name": "TagKeyValue", "costFilters[0].values[0]": "user:Stack$threa", "costFilters[0].values[1]": "",
		"costFilters[1]": "", "tags.Project": "threa", "notifications[2]": "",
	} {
		assert.Equal(t, want, budget.Text(path), path)
	}
	for path, threshold := range map[string]string{"notifications[0]": "80", "notifications[1]": "100"} {
		for key, want := range map[string]string{
			"threshold": threshold, "thresholdType": "PERCENTAGE", "notificationType": "ACTUAL", "comparisonOperator": "GREATER_THAN",
			"subscriberEmailAddresses[0]": "ops@example.com",
		} {
			assert.Equal(t, want, budget.Text(path+"."+key), path+"."+key)
		}
	}
}

func TestNobodyGetsABudgetUnasked(t *testing.T) {
	stack, _ := build(t, arguments(nil))
	assert.Empty(t, stack.OfType(budgetToken))
}
