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
	Budget, NewBudget            map[string]any
	NotificationsWithSubscribers []subscription
	subscription
	tagInput
}

// name returns the name of the call's budget.
func (in budgetsInput) name() string {
	for _, budget := range []map[string]any{in.Budget, in.NewBudget} {
		if name, ok := budget["BudgetName"].(string); ok {
			return name
		}
	}
	return in.BudgetName
}

// budgetChanged keeps the subscribers and tags of a call that moto accepted.
func (a *account) budgetChanged(c *call, in budgetsInput, _ struct{}) error {
	name := in.name()
	in.ResourceARN = "arn:aws:budgets::" + in.AccountID + ":budget/" + name
	switch c.action {
	case "CreateBudget":
		a.subscribers[name] = subscriptions{}
		for _, n := range in.NotificationsWithSubscribers {
			a.subscribers[name].add(n)
		}
		_, err := a.tagCall(c, in.tagInput)
		return err
	case "DeleteBudget":
		delete(a.tags, in.ResourceARN)
		delete(a.subscribers, name)
	case "CreateNotification":
		a.subscribers[name].add(in.subscription)
	case "DeleteNotification":
		delete(a.subscribers[name], in.key())
	}
	return nil
}

func (a *account) describeSubscribers(_ *call, in budgetsInput) (any, error) {
	subscribers, ok := a.subscribers[in.name()][in.key()]
	if !ok {
		return nil, badRequest("NotFoundException", "Unable to get subscribers - the notification doesn't exist.")
	}
	return map[string]any{"Subscribers": subscribers}, nil
}

// updateBudget replaces a budget and keeps its notifications, because moto cannot change one.
func (a *account) updateBudget(c *call, in budgetsInput) (any, error) {
	name := in.name()
	err := a.upstream.json(c, "DeleteBudget", map[string]any{"AccountId": in.AccountID, "BudgetName": name}, nil)
	if errors.Is(err, errRefused) {
		return nil, badRequest("NotFoundException", "Unable to update budget: %s - the budget doesn't exist.", name)
	}
	if err != nil {
		return nil, err
	}
	notifications := []subscription{}
	for n, subscribers := range a.subscribers[name] {
		notifications = append(notifications, subscription{n, subscribers})
	}
	return struct{}{}, a.upstream.json(c, "CreateBudget", map[string]any{
		"AccountId": in.AccountID, "Budget": in.NewBudget, "NotificationsWithSubscribers": notifications,
	}, nil)
}
