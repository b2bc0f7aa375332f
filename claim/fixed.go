package claim

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/ssm"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi/internals"
)

// recordedState is what the parameter says about the first deployment.
type recordedState struct {
	name, region, account string
	tags                  map[string]string
}

// awaitRecorded waits for the parameter. It has to wait: what is registered meanwhile would be created or replaced under
// the new names before the error comes. known is false in a preview of a stack that does not have the parameter.
func awaitRecorded(ctx *pulumi.Context, parameter *ssm.Parameter) (was recordedState, known bool, err error) {
	outputs := pulumi.All(parameter.Name, parameter.Arn, parameter.Tags).ApplyT(func(parts []any) (recordedState, error) {
		return parseRecorded(parts[0].(string), parts[1].(string), parts[2].(map[string]string))
	})
	result, err := internals.UnsafeAwaitOutput(ctx.Context(), outputs)
	if err != nil {
		return recordedState{}, false, fmt.Errorf("create owner record: %w", err)
	}
	was, isState := result.Value.(recordedState)
	return was, result.Known && isState, nil
}

// parseRecorded takes region and account from the ARN, arn:aws:ssm:<region>:<account>:parameter/<name>. Source:
// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssystemsmanager.html
func parseRecorded(name, arn string, tags map[string]string) (recordedState, error) {
	const parts = 6
	fields := strings.SplitN(arn, ":", parts)
	if len(fields) < parts {
		return recordedState{}, fmt.Errorf("the ARN of parameter %s is %q", name, arn)
	}
	return recordedState{name: name, region: fields[3], account: fields[4], tags: tags}, nil
}

// compare reports each difference between the first deployment and the configuration.
func (a *Args) compare(was recordedState) error {
	var problems []error
	if was.account != a.AccountID {
		problems = append(problems, fmt.Errorf("the stack was made in the AWS account %s, but the credentials are of %s. "+
			"Take those of %s, such as:  export AWS_PROFILE=<profile>", was.account, a.AccountID, was.account))
	}
	if was.region != a.Region {
		problems = append(problems, fixed("aws:region", a.Region, was.region))
	}
	for _, key := range slices.Sorted(maps.Keys(a.Fixed)) {
		if before, noted := was.tags[tag(key)]; noted && before != a.Fixed[key] {
			problems = append(problems, fixed(key, a.Fixed[key], before))
		}
	}
	if len(problems) == 0 && was.name != a.ownerRecord() {
		problems = append(problems, fmt.Errorf("the AWS names begin with %s now, but the owner record is %s", a.Name, was.name))
	}
	if len(problems) == 0 {
		return nil
	}
	return fmt.Errorf("this is chosen before the first up and cannot change on a running stack, whose database, images and cache "+
		"would be lost; nothing was changed:\n%w\n"+
		"    To move, make a second stack and give it the data of this one: restoreFromSnapshot. "+
		"In the same account, in any region, it needs an environment of its own", errors.Join(problems...))
}

func fixed(key, wanted, before string) error {
	full := key
	if !strings.Contains(key, ":") {
		full = "threa:" + key
	}
	return fmt.Errorf("%s is %q, but the stack was made with %q.\n    pulumi config set %s %s", full, wanted, before, key, before)
}
