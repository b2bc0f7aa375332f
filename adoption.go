package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/adoption"
	"threa-infra/internal/steps"
)

// importPlanned makes a preview of threa adopt import the resources of its plan.
func (s *stack) importPlanned() (err error) {
	if !s.ctx.DryRun() {
		return nil
	}
	if s.adoption, err = adoption.Read(s.names.Name); err != nil || s.adoption == nil {
		return err
	}
	transform := func(args *pulumi.ResourceTransformationArgs) *pulumi.ResourceTransformationResult {
		id, planned := s.adoption.IDs[adoption.Key(args.Type, args.Name)]
		if !planned {
			return nil
		}
		return &pulumi.ResourceTransformationResult{
			Props: args.Props, Opts: append(args.Opts, pulumi.Import(pulumi.ID(id))),
		}
	}
	return steps.Wrap(s.ctx.RegisterStackTransformation(transform), "register the plan of threa adopt")
}
