package shim

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
)

const (
	testBudget = `"Budget":{"BudgetName":"b","BudgetLimit":{"Amount":"50","Unit":"USD"},"BudgetType":"COST",` +
		`"TimeUnit":"MONTHLY"}`
	testNotification = `"Notification":{"NotificationType":"ACTUAL","ComparisonOperator":"GREATER_THAN","Threshold":80}`
	// readNotification is the notification as AWS describes it.
	readNotification = `"Notification":{"NotificationType":"ACTUAL","ComparisonOperator":"GREATER_THAN",` +
		`"Threshold":80.0,"ThresholdType":"PERCENTAGE"}`
	testSubscribers = `"Subscribers":[{"SubscriptionType":"EMAIL","Address":"ops@example.com"}]`
)

func TestBudgets_KeepSubscribersAndTags(t *testing.T) {
	c, _ := newShim(t, map[string]string{"CreateNotification": "{}", "DeleteNotification": "{}", "CreateBudget": "{}",
		"DeleteBudget": "{}"})
	call := func(action, in string) answer {
		return c.json("budgets", action, `{"AccountId":"123456789012",`+in+`}`)
	}
	subscribers := func() answer {
		return call("DescribeSubscribersForNotification", `"BudgetName":"b",`+readNotification)
	}
	const arn = `"ResourceARN":"arn:aws:budgets::123456789012:budget/b"`

	call("CreateBudget", testBudget+`,"ResourceTags":[{"Key":"a","Value":"1"}],"NotificationsWithSubscribers":[{`+
		testNotification+","+testSubscribers+`}]`)
	assert.JSONEq(t, "{"+testSubscribers+"}", subscribers().body)
	call("DeleteNotification", `"BudgetName":"b",`+testNotification)
	subscribers().refused(t, http.StatusBadRequest, "NotFoundException")
	call("CreateNotification", `"BudgetName":"b",`+testNotification+","+testSubscribers)
	assert.JSONEq(t, "{"+testSubscribers+"}", subscribers().body)

	call("TagResource", arn+`,"ResourceTags":[{"Key":"b","Value":"2"}]`)
	call("UntagResource", arn+`,"ResourceTagKeys":["a"]`)
	assert.Contains(t, call("ListTagsForResource", arn).body, `"ResourceTags":[{"Key":"b","Value":"2"}]`)

	call("DeleteBudget", `"BudgetName":"b"`)
	subscribers().refused(t, http.StatusBadRequest, "NotFoundException")
	assert.Contains(t, call("ListTagsForResource", arn).body, `"ResourceTags":[]`)
}
