// Package monitoring creates the log group, the alarms and their topic, the dashboard and the budget.
//
// It uses only metrics that AWS sends free of charge. It refers to most resources by name, so it does not wait for
// them. Ten alarms, three dashboards and two budgets are free of charge, too.
package monitoring

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/naming"
)

// Args configures the monitoring.
type Args struct {
	// Names gives the names of what is monitored. Required.
	Names naming.Stack
	// LogRetention is how long CloudWatch keeps logs, in days. Required.
	LogRetention int
	// AlarmEmail is an e-mail address that gets the alarms. Default: none.
	AlarmEmail string
	// AlarmTargets are further e-mail addresses, and HTTPS URLs, that get the alarms. Default: none.
	AlarmTargets []string
	// Budget is the monthly budget in USD. Default: none.
	Budget string
	// BudgetEmails are the e-mail addresses that get the notifications of the budget. Required with Budget.
	BudgetEmails []string
	// Running says that the service runs tasks. Until then, the alarm on missing tasks is muted. Default: false.
	Running bool
	// Asleep says that the schedule has stopped all tasks and muted their alarm. Default: false.
	Asleep bool
	// Fallback monitors the on-demand fallback and its state machine, too. Default: false.
	Fallback bool
	// Schedule monitors the calls of EventBridge Scheduler that stop and start the app. Default: false.
	Schedule bool
	// InstanceClass is the class of the RDS instance. Required.
	InstanceClass string
	// AllocatedStorage is the initial storage of the RDS instance in GiB. Required.
	AllocatedStorage int
	// ReadReplica monitors the read replica, too. Default: false.
	ReadReplica bool
	// CacheNodes is the number of cache nodes. Default: no cache.
	CacheNodes int
	// LoadBalancer is the load balancer. Default: none.
	LoadBalancer *LoadBalancer
	// Tags are the tags of all resources.
	Tags pulumi.StringMap
}

// LoadBalancer has the names of the load balancer and its target group in CloudWatch, which are the ends of their ARNs.
type LoadBalancer struct {
	Suffix, TargetGroupSuffix pulumi.StringInput
}

// Monitoring is the log group, the topic and the dashboard.
type Monitoring struct {
	pulumi.ResourceState

	LogGroupName pulumi.StringOutput
	// ExecLogGroupName is the log group of the sessions of ECS Exec. It exists without ECS Exec, too, to keep former
	// sessions.
	ExecLogGroupName pulumi.StringOutput
	// TopicARN is the SNS topic of the alarms. It is empty without AlarmEmail and AlarmTargets.
	TopicARN     pulumi.StringOutput
	DashboardURL pulumi.StringOutput
	// RollbackAlarms are the names of the alarms that roll back a deployment. It is empty without a load balancer.
	RollbackAlarms pulumi.StringArray
}
