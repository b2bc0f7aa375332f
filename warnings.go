package main

import (
	"fmt"

	"threa-infra/internal/commandline"
	"threa-infra/internal/config"
)

// warnUnbalanced warns if the configuration allows several tasks, but nothing distributes requests over them.
func (s *stack) warnUnbalanced() error {
	warning := unbalanced(s.cfg)
	if warning == "" {
		return nil
	}
	if err := s.ctx.Log.Warn(commandline.WithStack(warning, s.ctx.Stack()), nil); err != nil {
		return fmt.Errorf("write to the log: %w", err)
	}
	return nil
}

func unbalanced(cfg *config.Config) string {
	tasks := max(cfg.Container.DesiredCount, cfg.Scaling.MaxCount)
	if tasks < 2 || cfg.Ingress.Kind != config.IngressDirect {
		return ""
	}
	return fmt.Sprintf("up to %d tasks with ingress direct: nothing distributes requests over them. Each task has an "+
		"address of its own, and the others are idle.\n"+
		"    Use a load balancer:  pulumi config set ingress loadBalancer", tasks)
}
