package adopt

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	ssmtypes "github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

	"threa-infra/cmd/threa/recovery"
	"threa-infra/internal/assumerole"
	"threa-infra/internal/naming"
	"threa-infra/internal/ownerrecord"
)

// inAWS returns the resources of the state that are in AWS.
func (a *Adoption) inAWS() []apitype.ResourceV3 {
	return slices.DeleteFunc(slices.Clone(a.state), func(r apitype.ResourceV3) bool {
		return !r.Custom || !strings.HasPrefix(string(r.Type), "aws:") || r.Delete
	})
}

// identify reads the stack's configuration and state, and the owner record in AWS.
func (a *Adoption) identify(ctx context.Context) error {
	stack, err := a.pulumi.StackName(ctx)
	if err != nil {
		return err
	}
	name, err := a.pulumi.AWSName(ctx)
	if err != nil {
		return err
	}
	if a.config, err = a.pulumi.Config(ctx, "--show-secrets"); err != nil {
		return err
	}
	identity, err := sts.NewFromConfig(a.Settings).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return fmt.Errorf("find out the AWS account: %w", err)
	}
	a.caller = assumerole.WithoutSession(aws.ToString(identity.Arn))
	a.names = naming.Stack{Name: name, Region: a.Settings.Region, AccountID: aws.ToString(identity.Account)}
	a.stack = a.project() + "/" + stack
	if a.state, err = a.pulumi.Resources(ctx); err != nil {
		return err
	}
	answer, err := ssm.NewFromConfig(a.Settings).GetParameter(ctx, &ssm.GetParameterInput{
		Name: aws.String(a.names.OwnerRecord()),
	})
	if recovery.IsNotFound(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("read the owner record: %w", err)
	}
	record := ownerrecord.Parse(aws.ToString(answer.Parameter.Value))
	a.record = &record
	return nil
}

// project returns the name of the Pulumi project.
func (a *Adoption) project() string {
	for key := range a.config {
		if project, found := strings.CutSuffix(key, ":appName"); found {
			return project
		}
	}
	return ""
}

func (a *Adoption) value(key string) string { return a.config[a.project()+":"+key].Value }

// checkOwner refuses a deployment of another owner, and a stack with resources that no adoption has imported. managed
// is true if an up of this stack has completed the owner record.
func (a *Adoption) checkOwner() (managed bool, err error) {
	id, record, count := recovery.OwnerID(a.state), a.record, len(a.inAWS())
	switch {
	case record != nil && record.ID != "" && record.ID == id:
		return true, nil
	case count > 0 && record == nil:
		return false, fmt.Errorf("stack %s has %d resources already, which no adoption has imported. A deployment can only "+
			"be imported into a stack without resources:\n    pulumi stack init <name>", a.stack, count)
	case record == nil, a.begun(), a.recordImported() && record.ID == "":
		return false, nil
	case count > 0 || record.Stack != a.stack:
		return false, a.record.Refuse(a.names.Name, "", "Nothing was changed.")
	case a.TakeOver:
		return false, nil
	}
	return false, fmt.Errorf("the AWS names %s and %s-… belong to %s.\n"+
		"    The state of this stack is empty. AWS does not know whether the owner's state was lost or is kept elsewhere, "+
		"such as in another backend (pulumi whoami -v shows yours).\n"+
		"    If it is kept elsewhere, log in there:  pulumi login <backend>\n"+
		"    If it was lost:  go run ./cmd/threa adopt --take-over", a.names.Name, a.names.Name, record.Describe())
}

// begun reports whether the same caller has begun to adopt the deployment into a stack of this name.
func (a *Adoption) begun() bool {
	return a.record != nil && a.record.ID == "" && a.record.Stack == a.stack && a.record.By == a.caller
}

// recordImported reports whether the state has the owner record.
func (a *Adoption) recordImported() bool {
	return slices.ContainsFunc(a.state, func(r apitype.ResourceV3) bool {
		return r.URN.Name() == ownerrecord.Resource && string(r.ID) == a.names.OwnerRecord()
	})
}

// terraform is the value of the tag ManagedBy on the resources of the Terraform program.
const terraform = "terraform"

// checkManager refuses a deployment that is neither the Terraform program's nor that of the owner record.
func (a *Adoption) checkManager(d *deployment) error {
	if d.tags[naming.TagManagedBy] == terraform || a.record != nil || a.TakeOver {
		return nil
	}
	return fmt.Errorf("the tags of the database %s are %s. They do not say that the Terraform program manages it, and "+
		"AWS has no owner record.\n"+
		"    If the tool that created it does not manage it any more:  go run ./cmd/threa adopt --take-over",
		a.names.Name, formatTags(d.tags))
}

// writeRecord reserves the deployment for this stack. Its first up completes the record with an id.
func (a *Adoption) writeRecord(ctx context.Context, p *plan) error {
	if a.begun() || a.recordImported() {
		return nil
	}
	record := ownerrecord.Record{Stack: a.stack, Since: time.Now().UTC().Format(time.RFC3339), By: a.caller}
	in := &ssm.PutParameterInput{
		Name: aws.String(a.names.OwnerRecord()), Value: aws.String(record.String()), Type: ssmtypes.ParameterTypeString,
	}
	if a.record != nil {
		in.Overwrite = aws.Bool(true)
	} else {
		description, tags := p.recordProperties()
		in.Description = &description
		for key, value := range tags {
			in.Tags = append(in.Tags, ssmtypes.Tag{Key: aws.String(key), Value: aws.String(value)})
		}
	}
	if _, err := ssm.NewFromConfig(a.Settings).PutParameter(ctx, in); err != nil {
		return fmt.Errorf("write the owner record: %w", err)
	}
	return nil
}
