package main

import (
	"errors"
	"net"

	"threa-infra/cache"
	"threa-infra/compute"
	"threa-infra/database"
	"threa-infra/ingress"
	"threa-infra/internal/preconditions"
	"threa-infra/internal/program"
	"threa-infra/internal/steps"
	"threa-infra/monitoring"
	"threa-infra/network"
	"threa-infra/secrets"
)

// lookupNS looks up name servers. Tests replace it.
var lookupNS ingress.LookupNS = net.DefaultResolver.LookupNS

// found holds what the lookups find in AWS before the deployment.
type found struct {
	network  *network.Found
	database *database.Found
	cache    *cache.Found
}

// checkPreconditions looks up what AWS has, and asks about what would make the deployment fail halfway or lose data. It
// asks only what the configuration requires.
func (s *stack) checkPreconditions() error {
	checks := []func() error{
		s.checkStores,
		s.checkSecrets,
		func() error { return compute.CheckPolicies(s.ctx, s.cfg.Container.TaskPolicies) },
		s.checkBoundary,
		func() error { return network.CheckQuota(s.ctx, s.networkArgs()) },
		s.checkCache,
		s.bySDK("whether threa:logRetentionDays deletes logs", func(c *clients) error {
			return monitoring.WarnOfRetention(s.ctx, c.logs, s.names, s.cfg.Monitoring.LogRetention)
		}),
	}
	if s.hasLoadBalancer() {
		checks = append(checks, func() error { return ingress.CheckZone(s.ctx, s.domain(), lookupNS) })
	} else {
		checks = append(checks, func() error { return ingress.CheckRemoval(s.ctx, s.names) })
	}
	if s.hasLoadBalancer() && s.domain().CertificateARN != "" {
		checks = append(checks, s.bySDK("whether the certificate is issued", func(c *clients) error {
			return ingress.CheckCertificate(s.ctx.Context(), c.certificates, s.names, s.domain())
		}))
	}
	if tag := s.cfg.Container.ImageTag; tag != "" {
		checks = append(checks, s.bySDK("whether the image "+tag+" exists", s.checkImage))
	}
	warnings, err := preconditions.Run(checks...)
	return errors.Join(program.Warn(s.ctx, warnings...), err)
}

func (s *stack) checkSecrets() error {
	existing := s.cfg.Secrets.Existing
	return preconditions.Tolerate(secrets.Preflight(s.ctx, s.names, existing), func() (bool, error) {
		deployed, err := s.deployed()
		return deployed.HasSecrets(s.names, existing), err
	})
}

func (s *stack) checkImage(c *clients) error {
	tag, architecture := s.cfg.Container.ImageTag, s.cfg.Container.Architecture
	problem := compute.CheckImage(s.ctx.Context(), c.images, s.names, tag, architecture)
	return preconditions.Tolerate(problem, func() (bool, error) {
		deployed, err := s.deployed()
		return deployed.Has(s.names, tag, architecture), err
	})
}

// deployed looks up the stack's newest task definition. It returns nil if there is none.
func (s *stack) deployed() (*compute.Deployed, error) {
	connected, err := s.sdk()
	if err != nil {
		return nil, err
	}
	return compute.FindDeployed(s.ctx.Context(), connected.tasks, s.names) //nolint:wrapcheck // it names what failed
}

// checkStores looks up the network and the database, and then asks whether the instance class is offered in the
// network's zones.
func (s *stack) checkStores() error {
	var zones []string
	discoverNetwork := steps.Start(func() (*network.Found, error) { return network.Discover(s.ctx, s.networkArgs()) })
	args := s.databaseArgs()
	var networkProblem, databaseProblem error
	s.found.database, databaseProblem = database.Discover(s.ctx, args)
	if s.found.network, networkProblem = discoverNetwork(); networkProblem == nil {
		zones = s.found.network.Zones
	}
	if s.found.database == nil {
		return errors.Join(networkProblem, databaseProblem)
	}
	problems := errors.Join(networkProblem, databaseProblem)
	if !args.NeedsClass(s.found.database) {
		return problems
	}
	return errors.Join(problems,
		s.bySDK("whether RDS offers "+args.InstanceClass, func(c *clients) error {
			return args.CheckClass(s.ctx.Context(), s.found.database, c.classes, zones)
		})())
}

// checkCache looks up the cache. If the configuration has no cache, it refuses to delete an existing one without
// confirmation.
func (s *stack) checkCache() (err error) {
	switch {
	case s.cfg.Cache.Enabled:
		args := s.cacheArgs()
		if s.found.cache, err = s.started.cache(); err != nil || !args.NeedsNodeType(s.found.cache) {
			return err
		}
		return s.bySDK("whether ElastiCache has the node type "+args.NodeType, func(c *clients) error {
			return args.CheckNodeType(s.ctx, c.nodeTypes)
		})()
	case s.cfg.Cache.MayReplace:
		return nil
	}
	found, err := s.started.cache()
	if err != nil {
		return err
	}
	return cache.CheckRemoval(found)
}
