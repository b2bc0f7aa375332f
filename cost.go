package main

import (
	"fmt"
	"strings"

	"threa-infra/internal/config"
	"threa-infra/internal/cost"
)

// autoBudget is the automatic budget in percent of the estimate. The first notification, at 80 % of the budget, is sent
// if the bill is 4 % above the estimate.
const autoBudget = 130

// monthlyCost is the estimated cost of the stack.
type monthlyCost struct {
	summary string // one line, for the stack's outputs
	budget  string // limit of the budget in USD, empty for none
}

// estimateCost estimates the cost before any resource is registered. A region without prices is an error only if the
// budget depends on them.
func estimateCost(stack string, cfg *config.Config) (*monthlyCost, error) {
	m := &monthlyCost{budget: cfg.Monitoring.MonthlyBudget}
	reason := ""
	bill, err := cost.Estimate(cfg, cost.Usual)
	if err != nil {
		reason, m.summary = err.Error(), "unknown: "+err.Error()
	} else {
		bill.Configuration = stack
		m.summary = bill.Summary()
		if missing := bill.Missing(); len(missing) > 0 {
			reason = "there is no price for " + strings.Join(missing, ", ")
		}
	}
	switch {
	case m.budget != config.BudgetAuto:
	case reason != "":
		return nil, fmt.Errorf("threa:monthlyBudget is auto, but %s; say an amount in USD:\n    pulumi config set "+
			"monthlyBudget 60", reason)
	default:
		m.budget = bill.Total.Percent(autoBudget).String()
	}
	return m, nil
}
