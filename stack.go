package main

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/cache"
	"threa-infra/compute"
	"threa-infra/database"
	"threa-infra/ingress"
	"threa-infra/internal/adoption"
	"threa-infra/internal/config"
	"threa-infra/internal/naming"
	"threa-infra/internal/ownerrecord"
	"threa-infra/internal/program"
	"threa-infra/internal/steps"
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
	tags      pulumi.StringMap // of every resource
	names     naming.Stack
	callerARN string
	started   started
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
	values, err := program.Values(ctx)
	if err != nil {
		return nil, err
	}
	cfg, err := config.Parse(values)
	if err != nil {
		return nil, err
	}
	costs, err := estimateCost(ctx.Stack(), cfg)
	if err != nil {
		return nil, err
	}
	s := &stack{ctx: ctx, cfg: cfg, tags: pulumi.ToStringMap(cfg.Tags()), costs: costs,
		names: naming.Stack{Name: cfg.Name, Region: cfg.Region}}
	s.startLookups()
	caller, err := aws.GetCallerIdentity(ctx, &aws.GetCallerIdentityArgs{})
	if err != nil {
		return nil, fmt.Errorf("find out the AWS account: %w", err)
	}
	s.callerARN, s.names.AccountID = caller.Arn, caller.AccountId
	return s, s.importPlanned()
}

// started are lookups that need no answer of others. They run while the provider starts, and beside the first steps.
type started struct {
	sdk        func() (*clients, error)
	deployRole func() (bool, error)
	record     func() (*ownership.Found, error)
	service    func() (scaling.ServiceState, error)
	cache      func() (*cache.Found, error)
}

func (s *stack) startLookups() {
	ctx, name, names := s.ctx, s.cfg.Name, s.names
	s.started = started{
		sdk:     steps.Start(func() (*clients, error) { return connectSDK(ctx, names.Region) }),
		record:  steps.Start(func() (*ownership.Found, error) { return ownership.LookUp(ctx, names) }),
		service: steps.Start(func() (scaling.ServiceState, error) { return scaling.LookUp(ctx, name) }),
	}
	if s.cfg.Cache.Enabled || !s.cfg.Cache.MayReplace {
		s.started.cache = steps.Start(func() (*cache.Found, error) { return cache.LookUp(ctx, name) })
	}
	s.started.deployRole = steps.Start(s.askForDeployRole)
}

func (s *stack) hasLoadBalancer() bool { return s.cfg.Ingress.Kind == config.IngressLoadBalancer }

// checkOwner creates the owner record. It fails if the AWS names belong to another stack, or if a precondition fails.
func (s *stack) checkOwner() error {
	record, err := ownership.New(s.ctx, ownerrecord.Component, s.ownershipArgs())
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
		LookUp:    s.started.record,
		SDK: func() (*ownership.SDK, error) {
			connected, err := s.sdk()
			if err != nil {
				return nil, err
			}
			return &connected.names, nil
		},
		Preconditions: s.checkPreconditions,
		Fixed:         fixed,
		Tags:          s.tags,
		Adopting:      s.adoption != nil,
	}
}

// domain is the name under which users reach the app through the load balancer. It is empty without one.
func (s *stack) domain() ingress.Domain {
	cfg := s.cfg
	return ingress.Domain{Name: cfg.Ingress.DomainName, CertificateARN: cfg.Ingress.CertificateARN,
		ZoneID: cfg.Ingress.HostedZoneID}
}
