// Package scaling decides how many tasks run. Plan decides it for a deployment. New creates what changes the number
// between deployments: autoscaling, a schedule that stops the app at night, and an on-demand fallback for Spot.
//
// The program sets the number of tasks once. After that it belongs to autoscaling and the schedule.
package scaling

import (
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/naming"
)

// Args configures the number of tasks, and what changes it between deployments.
type Args struct {
	// Names gives the physical names and ARNs. Required.
	Names naming.Stack
	// Count is the number of tasks of a new service. If it is 0, nothing scales. Default: 0.
	Count int
	// Cluster and Service are the names of the service that scales. Required by New.
	Cluster, Service pulumi.StringInput
	// Fallback says whether the fallback service runs tasks on demand that Spot has no capacity for. Default: false.
	Fallback bool
	// Min and Max bound the number of tasks while the app is awake. Without Autoscaling they are equal to Count. Required.
	Min, Max int
	// Asleep says that the schedule has stopped all tasks. Default: false.
	Asleep bool
	// Autoscaling follows the load. Default: none.
	Autoscaling *Autoscaling
	// Schedule stops all tasks at night. Default: none.
	Schedule *Schedule
	// Tags are the tags of all resources.
	Tags pulumi.StringMap
}

// Autoscaling configures target tracking. What is 0 is not tracked.
type Autoscaling struct {
	// CPUPercent is the average CPU utilization of the tasks to keep.
	CPUPercent int
	// MemoryPercent is the average memory utilization of the tasks to keep.
	MemoryPercent int
	// RequestsPerTarget is the number of requests to each task in a minute to keep.
	RequestsPerTarget int
	// RequestLabel names load balancer and target group: app/<name>/<id>/targetgroup/<name>/<id>. Required with
	// RequestsPerTarget.
	RequestLabel pulumi.StringInput
}

// Schedule says when the app is awake: from WakeAt on each of AwakeDays until SleepAt, which may be on the next day.
type Schedule struct {
	// WakeAt and SleepAt are minutes after midnight. Required.
	WakeAt, SleepAt int
	// AwakeDays are the days on which the app wakes. Required.
	AwakeDays []time.Weekday
	// TimeZone is an IANA name. Required.
	TimeZone string
	// Database also stops the RDS instance. Default: false.
	Database bool
}

// Scaling creates what changes the number of tasks between deployments.
type Scaling struct {
	pulumi.ResourceState
}
