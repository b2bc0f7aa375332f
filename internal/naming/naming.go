// Package naming builds the names that a stack has in AWS: physical names, ARNs, tags, container names and parameter
// paths. No other package builds such a name by itself.
//
// The ECS cluster, service and task family have the stack's Name itself. So do the ECR repository, the RDS instance,
// the replication group, the load balancer, the dashboard and the budget. Other names have a suffix.
package naming

import (
	"fmt"
	"strings"
)

// Stack identifies a stack in AWS. The fields may be placeholders, such as "{name}", to build a pattern.
type Stack struct {
	// Name is the prefix of the stack's AWS names, unique in the account: "threa" or "threa-staging". Required.
	Name string
	// Region is the AWS region. Required for ARNs.
	Region string
	// AccountID is the AWS account, 12 digits. Required for ARNs.
	AccountID string
}

// The keys of the tags on every resource that takes tags.
const (
	TagProject     = "Project"
	TagEnvironment = "Environment"
	TagManagedBy   = "ManagedBy"
	// TagStack holds the stack's Name, which no other stack in the account has.
	TagStack = "Stack"
)

// ManagedBy is the value of TagManagedBy.
const ManagedBy = "pulumi"

// TagScalingOwner is the key of the tag on an ECS service whose desired count something else than a deployment changes.
const TagScalingOwner = "CountedBy"

// TagFinalSnapshot is the key of the tag on the RDS instance with the name of its final snapshot.
const TagFinalSnapshot = "FinalSnapshot"

// The containers of a task, except the app's, which has the stack's Name.
const (
	ContainerCA      = "rds-ca"
	ContainerRole    = "db-role"
	ContainerMigrate = "migrate"
	ContainerTunnel  = "cloudflared"
)

// The last part of the names of the SSM parameters that the program creates.
const (
	ParameterOwnerRecord           = "stack"
	ParameterDatabaseURL           = "database-url" // of the master user, as is the next
	ParameterDatabaseReplicaURL    = "database-replica-url"
	ParameterDatabaseAppURL        = "database-app-url"
	ParameterDatabaseAppReplicaURL = "database-app-replica-url"
	ParameterCacheURL              = "redis-url"
	ParameterTunnelToken           = "tunnel-token"
	// ParameterAppPrefix precedes the name of the environment variable in the parameters of the app's own secrets.
	ParameterAppPrefix = "app/"
)

// SuffixReplica ends the name of the read replica. No environment may have this name.
const SuffixReplica = "replica"

// SuffixNoTasks ends the name of the alarm that fires if no task runs.
const SuffixNoTasks = "no-running-tasks"

// Parameters are the full names of the SSM parameters that the program may create, except the owner record and those of
// the app's own secrets.
func (s Stack) Parameters() []string {
	return []string{
		s.Parameter(ParameterDatabaseURL), s.Parameter(ParameterDatabaseReplicaURL),
		s.Parameter(ParameterDatabaseAppURL), s.Parameter(ParameterDatabaseAppReplicaURL),
		s.Parameter(ParameterCacheURL), s.Parameter(ParameterTunnelToken),
	}
}

// Prefixed returns the name with a suffix: <name>-<suffix>.
func (s Stack) Prefixed(suffix string) string { return s.Name + "-" + suffix }

// ExecutionRole is the IAM role of the ECS agent.
func (s Stack) ExecutionRole() string { return s.Prefixed("ecs-execution") }

// TaskRole is the IAM role of the app.
func (s Stack) TaskRole() string { return s.Prefixed("ecs-task") }

// FallbackService is the ECS service that runs tasks on demand while Spot has no capacity.
func (s Stack) FallbackService() string { return s.Prefixed("standby") }

// ReadReplica is the RDS instance that replicates the database.
func (s Stack) ReadReplica() string { return s.Prefixed(SuffixReplica) }

// LogGroup is the CloudWatch log group of the tasks.
func (s Stack) LogGroup() string { return "/ecs/" + s.Name }

// ExecLogGroup is the CloudWatch log group of the sessions of ECS Exec. No stack has this Name.
func (s Stack) ExecLogGroup() string { return s.LogGroup() + "/exec" }

// InsightsLogGroup is the log group that Container Insights creates. Source:
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/Container-Insights-view-metrics.html
func (s Stack) InsightsLogGroup() string {
	return "/aws/ecs/containerinsights/" + s.Name + "/performance"
}

// CacheNode is a node of the replication group. The first one has number 1.
func (s Stack) CacheNode(number int) string { return s.Prefixed(fmt.Sprintf("%03d", number)) }

// NoTasksAlarm is the CloudWatch alarm that fires if no task runs. The sleep schedule mutes it.
func (s Stack) NoTasksAlarm() string { return s.Prefixed(SuffixNoTasks) }

// SleepMachine is the Step Functions state machine that stops and starts the app on a schedule.
func (s Stack) SleepMachine() string { return s.Prefixed("sleep") }

// FallbackMachine is the Step Functions state machine that sets the desired count of FallbackService.
func (s Stack) FallbackMachine() string { return s.Prefixed("standby") }

// ParameterPath is the path of the stack's SSM parameters, without a slash at the end.
func (s Stack) ParameterPath() string { return "/" + s.Name }

// Parameter is the full name of an SSM parameter, such as /threa/database-url.
func (s Stack) Parameter(leaf string) string { return s.ParameterPath() + "/" + leaf }

// FromOwnerRecord returns the Name of the stack whose owner record has this full name.
func FromOwnerRecord(parameter string) string {
	return strings.TrimSuffix(strings.TrimPrefix(parameter, "/"), "/"+ParameterOwnerRecord)
}

// OwnerRecord is the full name of the SSM parameter that holds the owner record.
func (s Stack) OwnerRecord() string { return s.Parameter(ParameterOwnerRecord) }

// ARN is the ARN of a regional resource.
func (s Stack) ARN(service, resource string) string {
	return fmt.Sprintf("arn:aws:%s:%s:%s:%s", service, s.Region, s.AccountID, resource)
}

// ClusterARN is the ARN of the ECS cluster.
func (s Stack) ClusterARN() string { return s.ARN("ecs", "cluster/"+s.Name) }

// ServiceARN is the ARN of an ECS service in the stack's cluster.
func (s Stack) ServiceARN(service string) string { return s.ARN("ecs", "service/"+s.Name+"/"+service) }

// MachineARN is the ARN of a Step Functions state machine.
func (s Stack) MachineARN(machine string) string { return s.ARN("states", "stateMachine:"+machine) }

// LogStreamsARN is the ARN pattern of all log streams of a CloudWatch log group.
func (s Stack) LogStreamsARN(logGroup string) string {
	return s.ARN("logs", "log-group:"+logGroup+":*")
}

// ParameterARN is the ARN of an SSM parameter with this full name.
func (s Stack) ParameterARN(parameter string) string {
	return s.ARN("ssm", "parameter/"+strings.TrimPrefix(parameter, "/"))
}
