package shim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
)

// budgetsRule has what moto's budgets lack: who is notified, tags, and changes.
type budgetsRule struct {
	upstream *upstream

	mu          sync.Mutex
	subscribers map[budgetNotification]json.RawMessage
	tags        map[string]map[string]string // by ARN
}

// budgetNotification is a notification of a budget: what it is about is all the
// name it has.
type budgetNotification struct {
	account, budget string
	notification
}

type notification struct {
	NotificationType   string
	ComparisonOperator string
	Threshold          float64
	ThresholdType      string `json:",omitempty"`
}

type resourceTag struct{ Key, Value string }

// budgetsInput has the parameters of all calls that matter here.
type budgetsInput struct {
	AccountID   string `json:"AccountId"`
	BudgetName  string
	Budget      struct{ BudgetName string }
	NewBudget   json.RawMessage
	Subscribers json.RawMessage

	Notification                 notification
	NotificationsWithSubscribers []struct {
		Notification notification
		Subscribers  json.RawMessage
	}

	ResourceARN     string
	ResourceTags    []resourceTag
	ResourceTagKeys []string
}

func newBudgetsRule(up *upstream) *budgetsRule {
	return &budgetsRule{
		upstream: up, subscribers: map[budgetNotification]json.RawMessage{}, tags: map[string]map[string]string{},
	}
}

func (r *budgetsRule) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.subscribers)
	clear(r.tags)
}

func (r *budgetsRule) before(c *call) (*reply, error) {
	var in budgetsInput
	if err := c.decode(&in); err != nil {
		return nil, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch c.action {
	case "UpdateBudget":
		return r.update(c, &in)
	case "DescribeSubscribersForNotification":
		subscribers, known := r.subscribers[in.about(in.BudgetName, in.Notification)]
		if !known {
			return nil, badRequest("NotFoundException", "Unable to get subscribers - the notification doesn't exist.")
		}
		return c.jsonReply(map[string]any{"Subscribers": subscribers})
	case "ListTagsForResource":
		tags := []resourceTag{}
		for key, value := range r.tags[in.ResourceARN] {
			tags = append(tags, resourceTag{key, value})
		}
		return c.jsonReply(map[string]any{"ResourceTags": tags})
	case "TagResource":
		r.tag(in.ResourceARN, in.ResourceTags)
		return c.jsonReply(map[string]any{})
	case "UntagResource":
		for _, key := range in.ResourceTagKeys {
			delete(r.tags[in.ResourceARN], key)
		}
		return c.jsonReply(map[string]any{})
	}
	return nil, nil
}

func (r *budgetsRule) after(c *call, _ *reply) error {
	var in budgetsInput
	if err := c.decode(&in); err != nil {
		return err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	switch c.action {
	case "CreateBudget":
		for _, one := range in.NotificationsWithSubscribers {
			r.subscribers[in.about(in.Budget.BudgetName, one.Notification)] = one.Subscribers
		}
		r.tag(in.arn(in.Budget.BudgetName), in.ResourceTags)
	case "CreateNotification":
		r.subscribers[in.about(in.BudgetName, in.Notification)] = in.Subscribers
	case "DeleteNotification":
		delete(r.subscribers, in.about(in.BudgetName, in.Notification))
	case "DeleteBudget":
		delete(r.tags, in.arn(in.BudgetName))
		for one := range r.subscribers {
			if one.account == in.AccountID && one.budget == in.BudgetName {
				delete(r.subscribers, one)
			}
		}
	}
	return nil
}

// update makes the budget anew with the notifications that it has: moto cannot
// change one.
func (r *budgetsRule) update(c *call, in *budgetsInput) (*reply, error) {
	var changed struct{ BudgetName string }
	if err := decodeJSON(in.NewBudget, &changed); err != nil {
		return nil, fmt.Errorf("read %s: %w", c.name(), err)
	}
	same := map[string]any{"AccountId": in.AccountID, "BudgetName": changed.BudgetName}
	var there struct{ Budgets []struct{ BudgetName string } }
	if err := r.upstream.json(c, "DescribeBudgets", same, &there); err != nil {
		return nil, err
	}
	found := false
	for _, budget := range there.Budgets {
		found = found || budget.BudgetName == changed.BudgetName
	}
	if !found {
		return nil, badRequest("NotFoundException", "Unable to update budget: %s - the budget doesn't exist.", changed.BudgetName)
	}
	var kept struct{ Notifications []notification }
	if err := r.upstream.json(c, "DescribeNotificationsForBudget", same, &kept); err != nil {
		return nil, err
	}
	notifications := []map[string]any{}
	for _, one := range kept.Notifications {
		notifications = append(notifications, map[string]any{
			"Notification": one, "Subscribers": r.subscribers[in.about(changed.BudgetName, one)],
		})
	}
	if err := r.upstream.json(c, "DeleteBudget", same, nil); err != nil {
		return nil, err
	}
	if err := r.upstream.json(c, "CreateBudget", map[string]any{
		"AccountId": in.AccountID, "Budget": in.NewBudget, "NotificationsWithSubscribers": notifications,
	}, nil); err != nil {
		return nil, err
	}
	return c.jsonReply(map[string]any{})
}

func (r *budgetsRule) tag(arn string, tags []resourceTag) {
	if r.tags[arn] == nil {
		r.tags[arn] = map[string]string{}
	}
	for _, one := range tags {
		r.tags[arn][one.Key] = one.Value
	}
}

func (in *budgetsInput) arn(budget string) string {
	return "arn:aws:budgets::" + in.AccountID + ":budget/" + budget
}

// about is the key of a notification. A threshold without a type is a percentage.
func (in *budgetsInput) about(budget string, n notification) budgetNotification {
	if n.ThresholdType == "" {
		n.ThresholdType = "PERCENTAGE"
	}
	return budgetNotification{in.AccountID, budget, n}
}

// jsonReply is an answer to a JSON call that moto does not get to see.
func (c *call) jsonReply(v any) (*reply, error) {
	body, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("answer %s: %w", c.name(), err)
	}
	return &reply{status: http.StatusOK, contentType: c.request.Header.Get("Content-Type"), body: body}, nil
}
