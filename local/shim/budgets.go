package shim

import (
	"encoding/json"
	"errors"
	"maps"
)

// moto's budgets lack subscribers, tags and changes.

// budgetNotification identifies a notification, which has no name but its own content.
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

// budgetsInput has the parameters of all corrected calls.
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
	ResourceTags    []struct{ Key, Value string }
	ResourceTagKeys []string
}

func readBudgets(c *call) (in budgetsInput, err error) {
	err = c.decode(&in)
	return in, err
}

func (in budgetsInput) arn(budget string) string {
	return "arn:aws:budgets::" + in.AccountID + ":budget/" + budget
}

// key identifies a notification. A threshold without a type is a percentage.
func (in budgetsInput) key(budget string, n notification) budgetNotification {
	if n.ThresholdType == "" {
		n.ThresholdType = "PERCENTAGE"
	}
	return budgetNotification{in.AccountID, budget, n}
}

func (a *account) addBudgetTags(arn string, in budgetsInput) {
	if a.budgetTags[arn] == nil {
		a.budgetTags[arn] = tags{}
	}
	for _, tag := range in.ResourceTags {
		a.budgetTags[arn][tag.Key] = tag.Value
	}
}

// budgetChanged keeps the subscribers and tags of a call that moto accepted.
func (a *account) budgetChanged(c *call, _ *reply) error {
	in, err := readBudgets(c)
	if err != nil {
		return err
	}
	switch c.action {
	case "CreateBudget":
		for _, n := range in.NotificationsWithSubscribers {
			a.subscribers[in.key(in.Budget.BudgetName, n.Notification)] = n.Subscribers
		}
		a.addBudgetTags(in.arn(in.Budget.BudgetName), in)
	case "DeleteBudget":
		delete(a.budgetTags, in.arn(in.BudgetName))
		maps.DeleteFunc(a.subscribers, func(key budgetNotification, _ json.RawMessage) bool {
			return key.account == in.AccountID && key.budget == in.BudgetName
		})
	case "CreateNotification":
		a.subscribers[in.key(in.BudgetName, in.Notification)] = in.Subscribers
	case "DeleteNotification":
		delete(a.subscribers, in.key(in.BudgetName, in.Notification))
	}
	return nil
}

func (a *account) describeSubscribers(c *call) (*reply, error) {
	in, err := readBudgets(c)
	if err != nil {
		return nil, err
	}
	subscribers, ok := a.subscribers[in.key(in.BudgetName, in.Notification)]
	if !ok {
		return nil, badRequest("NotFoundException", "Unable to get subscribers - the notification doesn't exist.")
	}
	return c.jsonReply(map[string]any{"Subscribers": subscribers})
}

// budgetTagCall changes the tags of a budget, if the call says so, and answers with all of them.
func (a *account) budgetTagCall(c *call) (*reply, error) {
	in, err := readBudgets(c)
	if err != nil {
		return nil, err
	}
	a.addBudgetTags(in.ResourceARN, in)
	for _, key := range in.ResourceTagKeys {
		delete(a.budgetTags[in.ResourceARN], key)
	}
	return c.jsonReply(map[string]any{"ResourceTags": a.budgetTags[in.ResourceARN].list()})
}

// updateBudget replaces a budget and keeps its notifications, because moto cannot change one.
func (a *account) updateBudget(c *call) (*reply, error) {
	in, err := readBudgets(c)
	if err != nil {
		return nil, err
	}
	var budget struct{ BudgetName string }
	if err := json.Unmarshal(in.NewBudget, &budget); err != nil {
		return nil, err
	}
	name := map[string]any{"AccountId": in.AccountID, "BudgetName": budget.BudgetName}
	err = a.upstream.json(c, "DescribeBudget", name, nil)
	if errors.Is(err, errRefused) {
		return nil, badRequest("NotFoundException", "Unable to update budget: %s - the budget doesn't exist.",
			budget.BudgetName)
	}
	if err != nil {
		return nil, err
	}
	var current struct{ Notifications []notification }
	if err := a.upstream.json(c, "DescribeNotificationsForBudget", name, &current); err != nil {
		return nil, err
	}
	notifications := []map[string]any{}
	for _, n := range current.Notifications {
		notifications = append(notifications, map[string]any{
			"Notification": n, "Subscribers": a.subscribers[in.key(budget.BudgetName, n)],
		})
	}
	if err := a.upstream.json(c, "DeleteBudget", name, nil); err != nil {
		return nil, err
	}
	if err := a.upstream.json(c, "CreateBudget", map[string]any{
		"AccountId": in.AccountID, "Budget": in.NewBudget, "NotificationsWithSubscribers": notifications,
	}, nil); err != nil {
		return nil, err
	}
	return c.jsonReply(map[string]any{})
}
