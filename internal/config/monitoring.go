package config

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
)

// Monitoring configures logs, alarms and the budget.
type Monitoring struct {
	LogRetention      int    `key:"logRetentionDays"` // days
	ContainerInsights bool   `key:"containerInsights"`
	AlarmEmail        string `key:"alarmEmail"` // empty for none
	// AlarmTargets are further e-mail addresses and HTTPS endpoints for the alarms.
	AlarmTargets []string `key:"alarmTargets"`
	// MonthlyBudget is an amount in USD with at most two decimals, BudgetAuto, or empty for none.
	MonthlyBudget string `key:"monthlyBudget"`
}

// BudgetAuto is a budget derived from the estimate.
const BudgetAuto = "auto"

// Emails returns the e-mail addresses of alarms and budget notifications.
func (m *Monitoring) Emails() []string {
	var emails []string
	for _, target := range append([]string{m.AlarmEmail}, m.AlarmTargets...) {
		if target != "" && !isEndpoint(target) {
			emails = append(emails, target)
		}
	}
	return emails
}

// maxTargets is the maximum length of alarmTargets: AWS Budgets sends a notification to at most ten addresses, and one
// of them is alarmEmail. Source:
// https://docs.aws.amazon.com/aws-cost-management/latest/APIReference/API_budgets_Notification.html
const maxTargets = 9

func (r *reader) checkMonitoring(m *Monitoring) {
	r.checkElements("alarmTargets", m.AlarmTargets, func(before []string, target string) string {
		switch {
		case !isEndpoint(target) && !r.rule("alarmEmail").allows(target):
			return "must be an e-mail address or an HTTPS URL"
		case target == m.AlarmEmail:
			return "is also alarmEmail"
		case slices.Contains(before, target):
			return "is listed twice"
		case len(before) == maxTargets:
			return fmt.Sprintf("must have at most %d elements", maxTargets)
		}
		return ""
	})
	if m.MonthlyBudget != "" && len(m.Emails()) == 0 {
		r.reject("monthlyBudget", r.shown("monthlyBudget"), "requires alarmEmail",
			"pulumi config set alarmEmail "+r.rule("alarmEmail").Example)
	}
}

// isEndpoint reports whether an alarm target is an HTTPS endpoint and not an e-mail address. HTTP is not
// allowed, because others could read and change the alarms on their way.
func isEndpoint(target string) bool {
	address, err := url.Parse(target)
	return err == nil && address.Scheme == "https" && address.Hostname() != "" && !strings.ContainsFunc(target, unescaped)
}

// unescaped reports whether a character must be escaped in a URL.
func unescaped(char rune) bool {
	return char <= ' ' || char > '~' || strings.ContainsRune(`"<>\^{|}`+"`", char)
}
