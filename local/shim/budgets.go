package shim

import (
	"encoding/json"
	"errors"
)

// moto's budgets lack subscribers, tags and changes.

// notification identifies a notification, which has no name but its own content.
type notification struct {
	NotificationType   string
	ComparisonOperator string
	Threshold          float64
	ThresholdType      string // a threshold without a type is a percentage
}

// subscription is a notification with those whom it informs.
type subscription struct {
	Notification notification
	Subscribers  json.RawMessage
}

// subscriptions are those of one budget.
type subscriptions map[notification]json.RawMessage

func (s subscriptions) add(n subscription) {
	s[n.key()] = n.Subscribers
}

func (n subscription) key() notification {
	if n.Notification.ThresholdType == "" {
		n.Notification.ThresholdType = "PERCENTAGE"
	}
	return n.Notification
}

// budgetsInput has the parameters of all corrected calls.
type budgetsInput struct {
	AccountID                    string `json:"AccountId"`
	BudgetName                   string
	Budget, NewBudget            json.RawMessage
	NotificationsWithSubscribers []subscription
	ResourceTags                 []struct{ Key, Value string }
	subscription
}

// readBudgets reads a call and the name of its budget.
func readBudgets(c *call) (in budgetsInput, err error) {
	if err := c.decode(&in); err != nil {
		return in, err
	}
	for _, text := range []json.RawMessage{in.Budget, in.NewBudget} {
		var budget struct{ BudgetName string }
		if text != nil {
			if err := json.Unmarshal(text, &budget); err != nil {
				return in, err
			}
			in.BudgetName = budget.BudgetName
		}
	}
	return in, nil
}

// budgetChanged keeps the subscribers and tags of a call that moto accepted.
func (a *account) budgetChanged(c *call, _ *reply) error {
	in, err := readBudgets(c)
	if err != nil {
		return err
	}
	arn := "arn:aws:budgets::" + in.AccountID + ":budget/" + in.BudgetName
	switch c.action {
	case "CreateBudget":
		a.subscribers[in.BudgetName] = subscriptions{}
		for _, n := range in.NotificationsWithSubscribers {
			a.subscribers[in.BudgetName].add(n)
		}
		added := tags{}
		for _, tag := range in.ResourceTags {
			added[tag.Key] = tag.Value
		}
		a.addTags(arn, added)
	case "DeleteBudget":
		delete(a.tags, arn)
		delete(a.subscribers, in.BudgetName)
	case "CreateNotification":
		a.subscribers[in.BudgetName].add(in.subscription)
	case "DeleteNotification":
		delete(a.subscribers[in.BudgetName], in.key())
	}
	return nil
}

func (a *account) describeSubscribers(c *call) (*reply, error) {
	in, err := readBudgets(c)
	if err != nil {
		return nil, err
	}
	subscribers, ok := a.subscribers[in.BudgetName][in.key()]
	if !ok {
		return nil, badRequest("NotFoundException", "Unable to get subscribers - the notification doesn't exist.")
	}
	return c.jsonReply(map[string]any{"Subscribers": subscribers})
}

// updateBudget replaces a budget and keeps its notifications, because moto cannot change one.
func (a *account) updateBudget(c *call) (*reply, error) {
	in, err := readBudgets(c)
	if err != nil {
		return nil, err
	}
	name := map[string]any{"AccountId": in.AccountID, "BudgetName": in.BudgetName}
	err = a.upstream.json(c, "DeleteBudget", name, nil)
	if errors.Is(err, errRefused) {
		return nil, badRequest("NotFoundException", "Unable to update budget: %s - the budget doesn't exist.", in.BudgetName)
	}
	if err != nil {
		return nil, err
	}
	notifications := []subscription{}
	for n, subscribers := range a.subscribers[in.BudgetName] {
		notifications = append(notifications, subscription{n, subscribers})
	}
	budget := map[string]any{
		"AccountId": in.AccountID, "Budget": in.NewBudget, "NotificationsWithSubscribers": notifications,
	}
	if err := a.upstream.json(c, "CreateBudget", budget, nil); err != nil {
		return nil, err
	}
	return c.jsonReply(map[string]any{})
}
