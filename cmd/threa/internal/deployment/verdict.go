package deployment

import (
	"fmt"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
)

// State is how far a deployment is.
type State int

// The states of a deployment.
const (
	UnderWay State = iota // it may still become either
	Runs                  // what the stack registered is what runs, and all of it
	Failed
)

// Verdict says whether what the stack registered is what runs.
type Verdict struct {
	State State
	Text  string // one sentence
}

// Judge compares what the stack registered with what ECS runs. ECS alone would not do: it calls a service steady that
// has gone back to the old code.
func (s *Snapshot) Judge() Verdict {
	wanted := s.Wanted.Short() + " (" + parseImage(aws.ToString(s.Wanted.App.Image)).Name() + ")"
	if s.Service == nil {
		return Verdict{Failed, "AWS has no such service any more; pulumi up --refresh makes it again."}
	}
	primary := s.primary()
	if primary == nil {
		return Verdict{UnderWay, "The service has no deployment yet."}
	}
	if running := aws.ToString(primary.TaskDefinition); running != s.Wanted.ARN {
		return Verdict{Failed, s.instead(wanted, last(running))}
	}
	count := int(s.Service.DesiredCount)
	switch {
	case s.restored(primary):
		return Verdict{Failed, wanted + " runs as it did before: its last deployment failed, and ECS went back to the tasks that were there, with the secrets that they read then."}
	case primary.RolloutState == types.DeploymentRolloutStateFailed:
		return Verdict{Failed, wanted + " does not run, and there is nothing to go back to: " + reasonOf(primary)}
	case count > 0 && s.standIns() > 0 && s.onlyWanted() && s.healthy() == count:
		return Verdict{Runs, fmt.Sprintf("%s runs: %s, healthy, %d of them on demand while Spot has no capacity.", wanted, tasks(count), s.standIns())}
	case primary.RolloutState == types.DeploymentRolloutStateInProgress || len(s.Service.Deployments) > 1:
		return Verdict{UnderWay, wanted + " is being deployed."}
	case count == 0:
		return Verdict{Runs, wanted + " is deployed, and no task runs because none is wanted now."}
	case s.healthy() < count:
		return Verdict{UnderWay, fmt.Sprintf("%s is deployed, but %d of %s run and are healthy.", wanted, s.healthy(), tasks(count))}
	case len(s.Tasks) > count:
		return Verdict{UnderWay, wanted + " runs; tasks that are too many are being stopped."}
	}
	return Verdict{Runs, fmt.Sprintf("%s runs: %s, healthy.", wanted, tasks(count))}
}

// instead says what became of a deployment when something else is the primary one.
func (s *Snapshot) instead(wanted, running string) string {
	if s.failed() || s.rolledBack() {
		return fmt.Sprintf("%s does not run: ECS went back to %s, which serves.", wanted, running)
	}
	return fmt.Sprintf("%s does not run: the service is at %s. The last pulumi up has not reached it, or something else has deployed since; run pulumi up --refresh.",
		wanted, running)
}

// rolledBack tells whether ECS has gone back since the stack registered its last revision. Source of the words:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-event-messages-list.html
func (s *Snapshot) rolledBack() bool {
	for _, event := range s.Service.Events { // the newest is first
		if strings.Contains(aws.ToString(event.Message), "rolling back to") && aws.ToTime(event.CreatedAt).After(s.Wanted.Registered) {
			return true
		}
	}
	primary := s.primary()
	return primary != nil && strings.Contains(reasonOf(primary), "rolling back")
}

// restored tells whether the present deployment is one that ECS has gone back to: a restart of the same revision, such as
// for a changed secret, has failed. Every later deployment would have an id of its own.
func (s *Snapshot) restored(primary *types.Deployment) bool {
	return slices.ContainsFunc(s.Service.Events, func(event types.ServiceEvent) bool {
		return strings.Contains(aws.ToString(event.Message), "rolling back to deployment "+aws.ToString(primary.Id))
	})
}

func reasonOf(deployment *types.Deployment) string {
	return aws.ToString(deployment.RolloutStateReason)
}

func tasks(n int) string {
	if n == 1 {
		return "1 task"
	}
	return fmt.Sprintf("%d tasks", n)
}
