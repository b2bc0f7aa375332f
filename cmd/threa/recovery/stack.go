package recovery

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os/exec"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/auto"
	"github.com/pulumi/pulumi/sdk/v3/go/auto/optrefresh"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	registry "threa-infra/internal/resources"
)

// OpenStack opens a stack of the project in the working directory. name is "" for the selected stack.
func OpenStack(ctx context.Context, name string, options ...auto.LocalWorkspaceOption) (auto.Stack, error) {
	options = append([]auto.LocalWorkspaceOption{auto.WorkDir(".")}, options...)
	workspace, err := auto.NewLocalWorkspace(ctx, options...)
	if err != nil {
		return auto.Stack{}, fmt.Errorf("find Pulumi: %w", err)
	}
	if name == "" {
		selected, err := workspace.Stack(ctx)
		if err != nil {
			return auto.Stack{}, fmt.Errorf("find the selected stack: %w", err)
		}
		if selected == nil {
			return auto.Stack{}, errors.New("no stack is selected: use --stack, or pulumi stack select")
		}
		name = selected.Name
	}
	stack, err := auto.SelectStack(ctx, name, unselected{workspace})
	if err != nil {
		return auto.Stack{}, fmt.Errorf("open stack %s: %w", name, err)
	}
	return stack, nil
}

// unselected is a workspace in which the stack that the user has selected stays selected.
type unselected struct{ auto.Workspace }

// SelectStack does nothing: each command names its stack.
func (unselected) SelectStack(context.Context, string) error { return nil }

// run runs a pulumi command on the stack and returns its standard output.
func (r *Recovery) run(ctx context.Context, args ...string) (string, error) {
	workspace := r.Stack.Workspace()
	args = append(args, "--stack", r.Stack.Name())
	out, errOut, _, err := workspace.PulumiCommand().Run(ctx, workspace.WorkDir(), nil, nil, nil, nil, args...)
	if err != nil {
		return "", failed(args[0], err, reasons([]byte(out))+errOut)
	}
	return out, nil
}

// load exports the state. If a killed run has cut it short, it is repaired where that is possible.
func (r *Recovery) load(ctx context.Context) (*state, error) {
	exported, err := r.Stack.Export(ctx)
	if err != nil && strings.Contains(err.Error(), "failed to load checkpoint") {
		if err = r.repairFolder(ctx, err); err == nil {
			exported, err = r.Stack.Export(ctx)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("export the state: %w", err)
	}
	return parseState(exported)
}

// save imports a changed state. It refuses if another run has changed the stack since the state was exported.
func (r *Recovery) save(ctx context.Context, changed *state) error {
	current, err := r.Stack.Export(ctx)
	if err != nil {
		return fmt.Errorf("export the state: %w", err)
	}
	if !bytes.Equal(current.Deployment, changed.exported.Deployment) {
		return errors.New("another run has changed the stack in the meantime. Its state was not overwritten; " +
			"run this again when that run has ended")
	}
	imported, err := changed.ToUntypedDeployment(changed.exported.Version, changed.exported.Features)
	if err != nil {
		return fmt.Errorf("write the repaired state: %w", err)
	}
	err = r.withLock(ctx, func() error { return r.Stack.Import(ctx, *imported) })
	if err != nil {
		return fmt.Errorf("import the repaired state: %w", err)
	}
	return nil
}

// refresh has the engine read resources from AWS into the state.
func (r *Recovery) refresh(ctx context.Context, urns []string) error {
	options := []optrefresh.Option{optrefresh.Target(urns), optrefresh.ShowSecrets(false)}
	if r.ConfigFile != "" {
		options = append(options, optrefresh.ConfigFile(r.ConfigFile))
	}
	err := r.withLock(ctx, func() error {
		_, err := r.Stack.Refresh(ctx, options...)
		return err //nolint:wrapcheck // withLock needs Pulumi's own error
	})
	if err != nil {
		return fmt.Errorf("read resources from AWS: %w", err)
	}
	return nil
}

// What a preview shows instead of a value that only an up knows, and instead of a secret. Source:
// sdk/go/common/resource/plugin (UnknownStringValue) and pkg/backend/display of Pulumi.
const (
	unknownValue = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
	HiddenValue  = "[secret]"
)

// planned returns the AWS resources that a preview would create, dependencies first. Their inputs lack the values that
// a preview does not show. The preview of the Automation API does not return the dependencies.
func (r *Recovery) planned(ctx context.Context) ([]apitype.ResourceV3, error) {
	args := []string{"preview", "--json"}
	if r.ConfigFile != "" {
		args = append(args, "--config-file", r.ConfigFile)
	}
	out, err := r.run(ctx, args...)
	if err != nil {
		return nil, fmt.Errorf("preview missing resources: %w", err)
	}
	var preview struct {
		Steps []struct {
			Op       apitype.OpType
			NewState *apitype.ResourceV3
		}
	}
	if err := json.Unmarshal([]byte(out), &preview); err != nil {
		return nil, fmt.Errorf("read the preview: %w", err)
	}
	var resources []apitype.ResourceV3
	for _, step := range preview.Steps {
		if step.Op != apitype.OpCreate || step.NewState == nil {
			continue
		}
		if row, _ := registry.Find(string(step.NewState.Type)); row.ImportID == "" {
			continue
		}
		planned := *step.NewState
		planned.Outputs = nil
		maps.DeleteFunc(planned.Inputs, isHidden)
		resources = append(resources, planned)
	}
	return resources, nil
}

// isHidden returns whether a preview does not show an input, or anything in it.
func isHidden(_ string, value any) bool {
	text, err := json.Marshal(value)
	return err != nil || bytes.Contains(text, []byte(`"`+unknownValue+`"`)) ||
		bytes.Contains(text, []byte(`"`+HiddenValue+`"`))
}

// Output runs a pulumi command with input as its standard input and returns its standard output. The error of a failed
// command carries its output; errors.Is finds exec.ErrNotFound if the command does not exist.
func Output(cmd *exec.Cmd, input []byte) ([]byte, error) {
	var out, errOut bytes.Buffer
	cmd.Stdin, cmd.Stdout, cmd.Stderr = bytes.NewReader(input), &out, &errOut
	if err := cmd.Run(); err != nil {
		return nil, failed(cmd.Args[1], err, reasons(out.Bytes())+errOut.String())
	}
	return out.Bytes(), nil
}

// failed returns the error of a pulumi command with its output, which can be an error message.
func failed(command string, err error, output string) error {
	output = strings.TrimSpace(output)
	if reason, ok := strings.CutPrefix(output, "error: "); ok {
		return fmt.Errorf("pulumi %s: %s", command, reason)
	}
	return fmt.Errorf("pulumi %s: %w\n%s", command, err, output)
}

// reasons returns the errors of a preview in JSON, or any other output as it is.
func reasons(out []byte) string {
	var preview struct {
		Diagnostics []struct{ Severity, Message string }
	}
	_ = json.Unmarshal(out, &preview) // other commands do not answer in JSON
	var messages strings.Builder
	for _, d := range preview.Diagnostics {
		if d.Severity == "error" {
			messages.WriteString(strings.TrimSpace(d.Message) + "\n")
		}
	}
	if messages.Len() == 0 {
		return string(out)
	}
	return messages.String()
}
