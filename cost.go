package main

import (
	"fmt"
	"strings"

	"threa-infra/internal/config"
	"threa-infra/internal/cost"
)

// autoBudget is the automatic budget in percent of the estimate. The mail at 80 % of it comes when the bill is 4 %
// above the estimate.
const autoBudget = 130

// monthlyCost is the estimated cost of the stack.
type monthlyCost struct {
	summary string // for people
	budget  string // limit of the budget in USD, empty for none
}

// estimate works the cost out before anything is registered. That there are no prices for a region is no reason not to
// deploy to it, unless a budget is to be made from them.
func estimateCost(stack string, cfg *config.Config) (*monthlyCost, error) {
	m := &monthlyCost{budget: cfg.Monitoring.MonthlyBudget}
	auto, lack := m.budget == config.BudgetAuto, ""
	bill, err := cost.Estimate(cfg, cost.Usual)
	if err != nil {
		lack, m.summary = err.Error(), "unknown: "+err.Error()
	} else {
		bill.Configuration = stack
		m.summary = bill.Summary()
		if missing := bill.Missing(); len(missing) > 0 {
			lack = "there is no price for " + strings.Join(missing, ", ")
		}
	}
	switch {
	case auto && lack != "":
		return nil, fmt.Errorf("threa:monthlyBudget is auto, but %s; say an amount in USD:\n    pulumi config set "+
			"monthlyBudget 60", lack)
	case auto:
		m.budget = bill.Total.Percent(autoBudget).String()
	}
	return m, nil
}
