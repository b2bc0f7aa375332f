// Threa on AWS: one Bun container on ECS Fargate, PostgreSQL on RDS and, optionally, a cache on ElastiCache.
//
//	internet ──> ingress ──> compute (ECS Fargate) ──> database (RDS PostgreSQL)
//	                            │        └───────────> cache (ElastiCache)
//	                            ├── secrets (SSM)      connection URLs and secrets of the app
//	                            ├── scaling            autoscaling, sleep schedule, on-demand fallback
//	                            └── monitoring         logs, alarms, dashboard, budget
//
// All of it runs in network. No component imports another: the steps below pass the outputs of one to the next.
package main

import (
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/internal/preconditions"
	"threa-infra/internal/program"
	"threa-infra/internal/steps"
)

func main() {
	program.Run(deploy)
}

func deploy(ctx *pulumi.Context) error {
	s, err := newStack(ctx)
	if err == nil {
		err = steps.Run(s.limitRoles, s.checkOwner, s.planScaling, s.warn)
	}
	if err != nil {
		return program.Rejected(preconditions.ExplainDenied(err))
	}
	return steps.Run(
		s.createNetwork, s.createDatabase, s.createCache, s.createSecrets, s.createIngress,
		s.createMonitoring, s.createCompute, s.createScaling,
		s.exportOutputs,
	)
}
