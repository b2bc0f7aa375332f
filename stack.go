package main

import (
	"fmt"
	"sync"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/cache"
	"threa-infra/compute"
	"threa-infra/database"
	"threa-infra/ingress"
	"threa-infra/internal/adoption"
	"threa-infra/internal/config"
	"threa-infra/internal/naming"
	"threa-infra/monitoring"
	"threa-infra/network"
	"threa-infra/ownership"
	"threa-infra/scaling"
	"threa-infra/secrets"
)

// stack holds what the steps of a deployment share. A component is nil before its step, and if the configuration does
// not need it.
type stack struct {
	ctx       *pulumi.Context
	cfg       *config.Config
	names     naming.Stack
	callerARN string
	sdk       func() (*clients, error)
	costs     *monthlyCost
	found     found
	plan      *scaling.Plan
	boundary  string         // document of the permissions boundary, empty without one
	adoption  *adoption.Plan // nil except in the previews of threa adopt

	// owned makes each component depend on the owner record, so that a destroy deletes the record last.
	owned pulumi.ResourceOption

	network    *network.Network
	database   *database.Database
	cache      *cache.Cache
	secrets    *secrets.Secrets
	ingress    *ingress.Ingress
	monitoring *monitoring.Monitoring
	compute    *compute.Compute
}

// newStack reads the configuration, estimates the cost and looks up the AWS account.
func newStack(ctx *pulumi.Context) (*stack, error) {
	cfg, err := config.Load(ctx)
	if err != nil {
		return nil, err
	}
	costs, err := estimateCost(ctx.Stack(), cfg)
	if err != nil {
		return nil, err
	}
	caller, err := aws.GetCallerIdentity(ctx, &aws.GetCallerIdentityArgs{})
	if err != nil {
		return nil, fmt.Errorf("find out the AWS account: %w", err)
	}
	names := naming.Stack{Name: cfg.Name, Region: cfg.Region, AccountID: caller.AccountId}
	sdk := sync.OnceValues(func() (*clients, error) { return connectSDK(ctx, cfg.Region, caller.Arn) })
	s := &stack{ctx: ctx, cfg: cfg, names: names, callerARN: caller.Arn, sdk: sdk, costs: costs}
	s.adoption, err = adoption.Load(ctx, names.Name)
	return s, err
}

func (s *stack) hasLoadBalancer() bool { return s.cfg.Ingress.Kind == config.IngressLoadBalancer }

// checkOwner creates the owner record. It fails if the AWS names belong to another stack, or if a precondition fails.
func (s *stack) checkOwner() error {
	record, err := ownership.New(s.ctx, "claim", s.ownershipArgs())
	if err != nil {
		return err
	}
	s.owned = pulumi.DependsOn([]pulumi.Resource{record})
	return nil
}

func (s *stack) ownershipArgs() *ownership.Args {
	cfg := s.cfg
	fixed := map[string]string{"appName": cfg.AppName, "environment": cfg.Environment, "vpc": cfg.Network.VPC}
	if cfg.Network.VPC == config.VPCDedicated {
		fixed["vpcCidr"] = cfg.Network.CIDR.String()
	}
	return &ownership.Args{
		Names:     s.names,
		CallerARN: s.callerARN,
		Alarms:    monitoring.AlarmNames(s.names, config.MaxCacheNodes),
		CloudWatch: func(*pulumi.Context) (ownership.CloudWatch, error) {
			connected, err := s.sdk()
			if err != nil {
				return nil, err
			}
			return connected.cloudWatch, nil
		},
		Preconditions: s.checkPreconditions,
		Fixed:         fixed,
		Tags:          cfg.Tags(),
		Adopting:      s.adoption != nil,
	}
}

// domain is the name under which users reach the app through the load balancer. It is empty without one.
func (s *stack) domain() ingress.Domain {
	cfg := s.cfg
	return ingress.Domain{Name: cfg.Ingress.DomainName, CertificateARN: cfg.Ingress.CertificateARN,
		ZoneID: cfg.Ingress.HostedZoneID}
}
