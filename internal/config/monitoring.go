package config

import (
	"net/mail"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Monitoring configures logs, alarms and the budget.
type Monitoring struct {
	LogRetention      int // days
	ContainerInsights bool
	AlarmEmail        string // empty for no notifications
	// MonthlyBudget is an amount in USD with at most two decimals, BudgetAuto, or empty for none.
	MonthlyBudget string
}

// BudgetAuto is a budget derived from the estimate.
const BudgetAuto = "auto"

var budget = regexp.MustCompile(`^(0|[1-9][0-9]{0,6})(\.[0-9]{1,2})?$`)

// retentions are the retention times in days that CloudWatch Logs allows. Source:
// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutRetentionPolicy.html
var retentions = []int{
	1,
	3,
	5,
	7,
	14,
	30,
	60,
	90,
	120,
	150,
	180,
	365,
	400,
	545,
	731,
	1096,
	1827,
	2192,
	2557,
	2922,
	3288,
	3653,
}

func (r *reader) monitoring() Monitoring {
	m := Monitoring{
		ContainerInsights: r.boolean("containerInsights"),
		AlarmEmail: r.match("alarmEmail", func(s string) bool { return s == "" || isEmail(s) },
			"must be one e-mail address", "you@example.com"),
		MonthlyBudget: r.match("monthlyBudget", func(s string) bool {
			return s == "" || s == BudgetAuto || budget.MatchString(s) && strings.Trim(s, "0.") != ""
		}, "must be an amount in USD with at most two decimals, or auto (1.3 times the estimate)", BudgetAuto),
	}
	if m.MonthlyBudget != "" && r.text("alarmEmail") == "" {
		r.rejectElement("monthlyBudget", strconv.Quote(m.MonthlyBudget), "requires alarmEmail",
			"pulumi config set alarmEmail you@example.com")
	}
	r.match("logRetentionDays", func(s string) bool {
		var err error
		m.LogRetention, err = strconv.Atoi(s)
		return err == nil && slices.Contains(retentions, m.LogRetention)
	}, "must be one of the days that CloudWatch Logs allows: "+strings.Join(texts(retentions), ", "), "14")
	return m
}

func isEmail(text string) bool {
	address, err := mail.ParseAddress(text)
	if err != nil || address.Address != text {
		return false
	}
	_, domain, _ := strings.Cut(text, "@")
	return strings.Contains(domain, ".")
}
