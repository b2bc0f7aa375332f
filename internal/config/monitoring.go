package config

import (
	"net/mail"
	"strings"
)

// Monitoring configures logs, alarms and the budget.
type Monitoring struct {
	LogRetention      int    `key:"logRetentionDays"` // days
	ContainerInsights bool   `key:"containerInsights"`
	AlarmEmail        string `key:"alarmEmail"` // empty for no notifications
	// MonthlyBudget is an amount in USD with at most two decimals, BudgetAuto, or empty for none.
	MonthlyBudget string `key:"monthlyBudget"`
}

// BudgetAuto is a budget derived from the estimate.
const BudgetAuto = "auto"

func (r *reader) checkMonitoring(m *Monitoring) {
	if m.AlarmEmail != "" && !isEmail(m.AlarmEmail) {
		r.reject("alarmEmail", m.AlarmEmail, "must be one e-mail address", "you@example.com")
	}
	if m.MonthlyBudget != "" && m.AlarmEmail == "" {
		r.rejectElement("monthlyBudget", r.shown("monthlyBudget", m.MonthlyBudget), "requires alarmEmail",
			"pulumi config set alarmEmail you@example.com")
	}
}

func isEmail(text string) bool {
	address, err := mail.ParseAddress(text)
	if err != nil || address.Address != text {
		return false
	}
	_, domain, _ := strings.Cut(text, "@")
	return strings.Contains(domain, ".")
}
