package main

import (
	"fmt"

	"github.com/pulumi/pulumi-aws/sdk/v6/go/aws"
	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"threa-infra/cache"
	"threa-infra/compute"
	"threa-infra/database"
	"threa-infra/ingress"
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
	costs     *monthlyCost
	plan      *scaling.Plan

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
	return &stack{ctx: ctx, cfg: cfg, names: names, callerARN: caller.Arn, costs: costs}, nil
}

func (s *stack) hasLoadBalancer() bool { return s.cfg.Ingress.Kind == config.IngressLoadBalancer }

// checkOwner fails if the AWS names are not this stack's. Otherwise it creates the owner record.
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
		Names:      s.names,
		CallerARN:  s.callerARN,
		Alarms:     monitoring.AlarmNames(s.names, config.MaxCacheNodes),
		CloudWatch: connectCloudWatch(cfg.Region, s.callerARN),
		Fixed:      fixed,
		Tags:       cfg.Tags(),
	}
}

// checkPreconditions checks what AWS would refuse, or lose, halfway through the deployment.
func (s *stack) checkPreconditions() error {
	if err := secrets.Preflight(s.ctx, s.names, s.cfg.Secrets.Existing); err != nil {
		return err
	}
	err := compute.CheckPolicies(s.ctx, s.cfg.Container.TaskPolicies)
	if err != nil {
		return err
	}
	if s.hasLoadBalancer() {
		err = ingress.CheckZone(s.ctx, s.domain())
	} else {
		err = ingress.CheckRemoval(s.ctx, s.names)
	}
	if err != nil {
		return err
	}
	if s.cfg.Cache.Enabled || s.cfg.Cache.MayReplace {
		return nil
	}
	return cache.CheckRemoval(s.ctx, s.cfg.Name)
}

// domain is the name under which users reach the app through the load balancer. It is empty without one.
func (s *stack) domain() ingress.Domain {
	cfg := s.cfg
	return ingress.Domain{Name: cfg.Ingress.DomainName, CertificateARN: cfg.Ingress.CertificateARN,
		ZoneID: cfg.Ingress.HostedZoneID}
}
