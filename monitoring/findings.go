package monitoring

import (
	"fmt"
	"strings"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws/cloudwatch"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/iampolicy"
	"threa-infra/internal/steps"
)

// findings is the end of the name of the rule that reports vulnerable images.
const findings = "image-findings"

// findingsEvents matches scans of the repository %s that found critical vulnerabilities. Source:
// https://docs.aws.amazon.com/AmazonECR/latest/userguide/ecr-eventbridge.html
const findingsEvents = `{"source":["aws.ecr"],"detail-type":["ECR Image Scan"],"detail":{"repository-name":["%s"],` +
	`"finding-severity-counts":{"CRITICAL":[{"numeric":[">",0]}]}}}`

// createFindingsRule sends a message to the topic when the scan of a pushed image finds critical vulnerabilities. ECR
// has no metric for an alarm.
func (b *builder) createFindingsRule() error {
	if !b.notifies() {
		return nil
	}
	rule, err := cloudwatch.NewEventRule(b.ctx, b.name+"-"+findings, &cloudwatch.EventRuleArgs{
		Name:         pulumi.String(b.Names.Prefixed(findings)),
		Description:  pulumi.String("Critical vulnerabilities in images of " + b.Names.Name),
		EventPattern: pulumi.String(fmt.Sprintf(findingsEvents, b.Names.Name)),
		Tags:         b.Tags,
	}, b.parent)
	if err != nil {
		return steps.Wrap(err, "create rule for vulnerable images")
	}
	_, err = cloudwatch.NewEventTarget(b.ctx, b.name+"-"+findings, &cloudwatch.EventTargetArgs{
		Rule: rule.Name, TargetId: pulumi.String("alarms"), Arn: b.TopicARN,
		InputTransformer: &cloudwatch.EventTargetInputTransformerArgs{
			InputPaths: pulumi.StringMap{
				"count": pulumi.String("$.detail.finding-severity-counts.CRITICAL"),
				"image": pulumi.String("$.detail.image-digest"),
			},
			InputTemplate: pulumi.String(`"The image <image> in the ECR repository ` + b.Names.Name +
				` has <count> critical vulnerabilities. Update its base image and its dependencies."`),
		},
	}, b.parent)
	return steps.Wrap(err, "create target of the rule for vulnerable images")
}

// topicPolicy lets the stack's alarms and its rule for vulnerable images publish to the topic. Sources:
// https://docs.aws.amazon.com/sns/latest/dg/sns-access-policy-use-cases.html
// https://docs.aws.amazon.com/eventbridge/latest/userguide/cross-service-confused-deputy-prevention.html
func (b *builder) topicPolicy() pulumi.StringOutput {
	var own []string
	// The policy names all alarms that the stack can have, so that it never changes. The pattern of the second cache node
	// also matches those of further nodes.
	for _, name := range AlarmNames(b.Names, 2) {
		own = append(own, b.Names.ARN("cloudwatch", "alarm:"+strings.Replace(name, "-redis-2-", "-redis-?-", 1)))
	}
	allow := func(service string, sources ...string) iampolicy.Statement {
		return iampolicy.Statement{
			Effect:    "Allow",
			Principal: map[string]string{"Service": service},
			Action:    []string{"sns:Publish"},
			Resource:  []string{b.Names.ARN("sns", b.Names.Prefixed("alarms"))},
			Condition: iampolicy.Condition{"ArnLike": {"aws:SourceArn": sources}},
		}
	}
	return pulumi.JSONMarshal(iampolicy.New(
		allow("cloudwatch.amazonaws.com", own...),
		allow("events.amazonaws.com", b.Names.ARN("events", "rule/"+b.Names.Prefixed(findings))),
	))
}
