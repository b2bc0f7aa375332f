package main

import (
	"errors"
	"net"

	"threa-infra/cache"
	"threa-infra/compute"
	"threa-infra/database"
	"threa-infra/ingress"
	"threa-infra/internal/preconditions"
	"threa-infra/network"
	"threa-infra/secrets"
)

// lookupNS looks up name servers. Tests replace it.
var lookupNS ingress.LookupNS = net.DefaultResolver.LookupNS

// found is what AWS has before the deployment.
type found struct {
	network  *network.Found
	database *database.Found
	cache    *cache.Found
}

// checkPreconditions looks up what AWS has, and checks what AWS would refuse, or lose, halfway through the deployment.
// It asks only what the configuration needs.
func (s *stack) checkPreconditions() error {
	checks := []func() error{
		s.checkStores,
		func() error { return secrets.Preflight(s.ctx, s.names, s.cfg.Secrets.Existing) },
		func() error { return compute.CheckPolicies(s.ctx, s.cfg.Container.TaskPolicies) },
		func() error { return network.CheckQuota(s.ctx, s.networkArgs()) },
		s.checkCache,
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
	if container := s.cfg.Container; container.ImageTag != "" {
		checks = append(checks, s.bySDK("whether the image "+container.ImageTag+" exists", func(c *clients) error {
			return compute.CheckImage(s.ctx.Context(), c.images, s.names, container.ImageTag, container.Architecture)
		}))
	}
	return preconditions.Run(s.ctx, checks...)
}

// checkStores looks up the network and the database. The zones of the network limit the classes of the database.
func (s *stack) checkStores() error {
	var networkProblem, databaseProblem error
	var zones []string
	if s.found.network, networkProblem = network.Discover(s.ctx, s.networkArgs()); networkProblem == nil {
		zones = s.found.network.Zones
	}
	args := s.databaseArgs()
	if s.found.database, databaseProblem = database.Discover(s.ctx, args); s.found.database == nil {
		return errors.Join(networkProblem, databaseProblem)
	}
	return errors.Join(networkProblem, databaseProblem,
		s.bySDK("whether RDS offers "+args.InstanceClass, func(c *clients) error {
			return args.CheckClass(s.ctx.Context(), s.found.database, c.classes, zones)
		})())
}

// checkCache looks up the cache. Without one in the configuration, it refuses to delete the stack's unless confirmed.
func (s *stack) checkCache() (err error) {
	switch {
	case s.cfg.Cache.Enabled:
		args := s.cacheArgs()
		if s.found.cache, err = cache.Discover(s.ctx, args); err != nil {
			return err
		}
		return s.bySDK("whether ElastiCache has the node type "+args.NodeType, func(c *clients) error {
			return args.CheckNodeType(s.ctx, s.found.cache, c.nodeTypes)
		})()
	case s.cfg.Cache.MayReplace:
		return nil
	}
	return cache.CheckRemoval(s.ctx, s.cfg.Name)
}
