// Package monitoring owns what tells a small team that something is wrong: the log group, the alarms and whom they mail,
// the dashboard and the budget.
//
// Everything it watches it knows by name beforehand, so nothing here waits for a service or a database to exist. All
// metrics are those that AWS sends free of charge; ten alarms, three dashboards and budgets are free as well.
package monitoring
