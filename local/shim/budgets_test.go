package shim

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	aBudget       = `"Budget":{"BudgetName":"b","BudgetLimit":{"Amount":"50","Unit":"USD"},"BudgetType":"COST","TimeUnit":"MONTHLY"}`
	aNotification = `"Notification":{"NotificationType":"ACTUAL","ComparisonOperator":"GREATER_THAN","Threshold":80}`
	sameWritten   = `"Notification":{"NotificationType":"ACTUAL","ComparisonOperator":"GREATER_THAN","Threshold":80.0,"ThresholdType":"PERCENTAGE"}`
	someone       = `"Subscribers":[{"SubscriptionType":"EMAIL","Address":"ops@example.com"}]`
)

// budgetCalls makes calls of the budgets service that must succeed.
func budgetCalls(t *testing.T, c *client) func(action, in string) string {
	return func(action, in string) string {
		t.Helper()
		a := c.do("POST", "/", "budgets", "AWSBudgetServiceGateway."+action, "application/x-amz-json-1.1",
			`{"AccountId":"123456789012",`+in+`}`)
		require.Equal(t, http.StatusOK, a.status, a.body)
		return a.body
	}
}

func TestBudgets_KeepSubscribers(t *testing.T) {
	c, _ := newShim(t, map[string]string{"CreateNotification": "{}", "DeleteNotification": "{}", "CreateBudget": "{}",
		"DeleteBudget": "{}"})
	ask := budgetCalls(t, c)
	const which = `"BudgetName":"b",`
	told := func() answer {
		return c.do("POST", "/", "budgets", "AWSBudgetServiceGateway.DescribeSubscribersForNotification",
			"application/x-amz-json-1.1",
			`{"AccountId":"123456789012",`+which+sameWritten+`}`)
	}
	told().refused(t, http.StatusBadRequest, "NotFoundException")
	ask("CreateNotification", which+aNotification+","+someone)
	assert.JSONEq(t, "{"+someone+"}", told().body)
	ask("DeleteNotification", which+aNotification)
	told().refused(t, http.StatusBadRequest, "NotFoundException")

	ask("CreateBudget", aBudget+`,"NotificationsWithSubscribers":[{`+aNotification+","+someone+`}]`)
	assert.JSONEq(t, "{"+someone+"}", told().body)
	ask("DeleteBudget", `"BudgetName":"b"`)
	told().refused(t, http.StatusBadRequest, "NotFoundException")
}

func TestBudgets_KeepTags(t *testing.T) {
	c, _ := newShim(t, map[string]string{"CreateBudget": "{}", "DeleteBudget": "{}"})
	ask := budgetCalls(t, c)
	const which = `"ResourceARN":"arn:aws:budgets::123456789012:budget/b"`
	ask("CreateBudget", aBudget+`,"ResourceTags":[{"Key":"a","Value":"1"}]`)
	ask("TagResource", which+`,"ResourceTags":[{"Key":"b","Value":"2"}]`)
	ask("UntagResource", which+`,"ResourceTagKeys":["a"]`)
	assert.JSONEq(t, `{"ResourceTags":[{"Key":"b","Value":"2"}]}`, ask("ListTagsForResource", which))
	ask("DeleteBudget", `"BudgetName":"b"`)
	assert.JSONEq(t, `{"ResourceTags":[]}`, ask("ListTagsForResource", which))
}
