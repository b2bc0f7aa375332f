package config

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
	if m.MonthlyBudget != "" && m.AlarmEmail == "" {
		r.reject("monthlyBudget", r.shown("monthlyBudget"), "requires alarmEmail",
			"pulumi config set alarmEmail "+r.rule("alarmEmail").Example)
	}
}
