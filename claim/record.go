package claim

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ssm"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"
)

// record is what the parameter says: what was wanted when the stack was made.
type record struct {
	name, region, account string
	tags                  map[string]string
}

// hold waits for the parameter and compares it with what is wanted. It has to wait: what is registered meanwhile would
// be made or replaced under the new names before the error comes.
func (a *Args) hold(ctx *pulumi.Context, parameter *ssm.Parameter) error {
	known := pulumi.All(parameter.Name, parameter.Arn, parameter.Tags).ApplyT(func(parts []any) (record, error) {
		return newRecord(parts[0].(string), parts[1].(string), parts[2].(map[string]string))
	})
	result, err := internals.UnsafeAwaitOutput(ctx.Context(), known)
	if err != nil {
		return fmt.Errorf("read what the stack was made with: %w", err)
	}
	was, made := result.Value.(record)
	if !result.Known || !made { // a preview of a new stack
		return nil
	}
	return a.compare(was)
}

// newRecord takes region and account from the ARN, arn:aws:ssm:<region>:<account>:parameter/<name>. Source:
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html
func newRecord(name, arn string, tags map[string]string) (record, error) {
	const parts = 6
	fields := strings.SplitN(arn, ":", parts)
	if len(fields) < parts {
		return record{}, fmt.Errorf("the ARN of parameter %s is %q", name, arn)
	}
	return record{name: name, region: fields[3], account: fields[4], tags: tags}, nil
}
