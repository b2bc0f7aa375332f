package monitoring

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/budgets"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
)

// Budget is what the stack may cost in a month. AWS adds up the charges that carry the tag, which it does from the day
// on which someone has activated the tag for cost allocation in the billing console; nothing here can do that or wait
// for it. Source: https://docs.aws.amazon.com/awsaccountbilling/latest/aboutv2/activating-tags.html
type Budget struct {
	AccountID        string
	Limit            string // USD
	TagKey, TagValue string // of all that belongs to the stack and of nothing else
}

// thresholds are the shares of the budget, in percent, that are mailed when the charges have gone beyond them.
var thresholds = []float64{80, 100}

// newBudget makes a budget without actions, which is free of charge. Its mails come straight from AWS, because a topic
// would have to let the budgets service in; the address has nothing to confirm.
func newBudget(ctx *pulumi.Context, name string, args *Args, parent pulumi.ResourceOption) error {
	if args.Budget == nil {
		return nil
	}
	var notifications budgets.BudgetNotificationArray
	for _, share := range thresholds {
		notifications = append(notifications, budgets.BudgetNotificationArgs{
			NotificationType:         pulumi.String("ACTUAL"),
			ComparisonOperator:       pulumi.String("GREATER_THAN"),
			Threshold:                pulumi.Float64(share),
			ThresholdType:            pulumi.String("PERCENTAGE"),
			SubscriberEmailAddresses: pulumi.ToStringArray([]string{args.AlarmEmail}),
		})
	}
	_, err := budgets.NewBudget(ctx, name+"-budget", &budgets.BudgetArgs{
		AccountId:   pulumi.String(args.Budget.AccountID), // a part of the id, by which a killed run's budget is found again
		Name:        pulumi.String(args.Name),
		BudgetType:  pulumi.String("COST"),
		TimeUnit:    pulumi.String("MONTHLY"),
		LimitAmount: pulumi.String(args.Budget.Limit),
		LimitUnit:   pulumi.String("USD"),
		// One tag, so that it does not matter whether several narrow the filter or widen it. Tags of one's own are called
		// user:KEY here.
		// Source: https://docs.aws.amazon.com/cost-management/latest/userguide/budgets-create-filters.html
		CostFilters: budgets.BudgetCostFilterArray{budgets.BudgetCostFilterArgs{
			Name:   pulumi.String("TagKeyValue"),
			Values: pulumi.ToStringArray([]string{"user:" + args.Budget.TagKey + "$" + args.Budget.TagValue}),
		}},
		Notifications: notifications,
		Tags:          args.Tags,
	}, parent)
	if err != nil {
		return fmt.Errorf("create budget: %w", err)
	}
	return nil
}
