package main

import (
	"fmt"

	"threa-infra/internal/config"
	"threa-infra/internal/program"
)

// warn writes the warnings about the configuration to the log.
func (s *stack) warn() error { return program.Warn(s.ctx, warnings(s.cfg)...) }

// warnings returns what is allowed but rarely meant: several tasks over which nothing distributes requests, and a
// confirmation that stays set.
func warnings(cfg *config.Config) (list []string) {
	tasks := max(cfg.Container.DesiredCount, cfg.Scaling.MaxCount)
	if tasks > 1 && cfg.Ingress.Kind == config.IngressDirect {
		list = append(list, fmt.Sprintf("up to %d tasks with ingress direct: nothing distributes requests over them. Each "+
			"task has its own address, and users reach only one of them.\n"+
			"    Use a load balancer:  pulumi config set ingress loadBalancer", tasks))
	}
	if cfg.Cache.MayReplace {
		list = append(list, "threa:confirmReplacement lets every deployment delete or replace the cache with its contents.\n"+
			"    Once the change is deployed:  pulumi config rm confirmReplacement")
	}
	return list
}
