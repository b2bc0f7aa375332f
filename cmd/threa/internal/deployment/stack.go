package deployment

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrNotDeployed says that there is nothing yet that could be looked after.
var ErrNotDeployed = errors.New("not deployed")

// Pulumi runs the pulumi command on the stack, with input as its standard input, and returns its standard output. The
// error of a failed command carries what it wrote.
type Pulumi func(ctx context.Context, input []byte, args ...string) ([]byte, error)

// Stack is what Pulumi's state tells about the app.
type Stack struct {
	Region  string
	Cluster string // name
	Service string // name; "" when an up did not come that far
	// Standby is the service whose tasks stand in on demand while Spot has no capacity; "" where there is none.
	Standby string
	// TaskDefinition is the ARN of the revision that was registered last. The output of this name stays behind when an
	// up fails, because a failed up sets no outputs.
	TaskDefinition    string
	Exec              bool   // whether ECS Exec is on
	URL               string // the output url; "" where the app has no address of its own
	DatabaseParameter string // name of the SSM parameter that holds DATABASE_URL
}

// resource is one of a Pulumi state. The outputs of those that are not looked at may have any shape.
type resource struct {
	Type    string
	Delete  bool // it has been replaced and waits to be deleted
	Outputs json.RawMessage
}

// outputs are those of the resources that are looked at.
type outputs struct {
	ARN                  string
	Name                 string
	Cluster              string // ARN
	EnableExecuteCommand bool
	URL                  string
	DatabaseURLParameter string
}

// Load reads the stack's state. The error is ErrNotDeployed when it has no task definition.
func Load(ctx context.Context, pulumi Pulumi) (*Stack, error) {
	text, err := pulumi(ctx, nil, "stack", "export")
	if err != nil {
		return nil, fmt.Errorf("export the stack's state: %w", err)
	}
	var state struct {
		Deployment struct{ Resources []resource }
	}
	if err := json.Unmarshal(text, &state); err != nil {
		return nil, fmt.Errorf("read the stack's state: %w", err)
	}
	s := &Stack{}
	for _, one := range state.Deployment.Resources {
		if err := s.take(one); err != nil {
			return nil, err
		}
	}
	if s.TaskDefinition == "" {
		return nil, fmt.Errorf("%w: the stack has no task definition; deploy it first: pulumi up", ErrNotDeployed)
	}
	parts := strings.Split(s.TaskDefinition, ":")
	const regionAt = 3 // arn:aws:ecs:REGION:ACCOUNT:task-definition/FAMILY:REVISION
	if len(parts) <= regionAt {
		return nil, fmt.Errorf("read the stack's state: %q is no ARN of a task definition", s.TaskDefinition)
	}
	s.Region = parts[regionAt]
	return s, nil
}

func (s *Stack) take(r resource) error {
	const stack, definition, service = "pulumi:pulumi:Stack", "aws:ecs/taskDefinition:TaskDefinition", "aws:ecs/service:Service"
	if r.Delete || r.Outputs == nil || !slices.Contains([]string{stack, definition, service}, r.Type) {
		return nil
	}
	var out outputs
	if err := json.Unmarshal(r.Outputs, &out); err != nil {
		return fmt.Errorf("read a %s of the stack's state: %w", r.Type, err)
	}
	switch r.Type {
	case stack:
		s.URL, s.DatabaseParameter = out.URL, out.DatabaseURLParameter
	case definition:
		s.TaskDefinition = out.ARN
	case service:
		s.Cluster = last(out.Cluster)
		if out.Name != s.Cluster { // the app's own is named like it
			s.Standby = out.Name
			return nil
		}
		s.Service, s.Exec = out.Name, out.EnableExecuteCommand
	}
	return nil
}

// last is what follows the last slash of an ARN: a name, or an id.
func last(arn string) string { return arn[strings.LastIndex(arn, "/")+1:] }
