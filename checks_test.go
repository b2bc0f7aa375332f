package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"threa-infra/internal/mocks"
)

// checkPolicy wants actions without wildcards on resources that are named.
func checkPolicy(text string) error {
	var policy struct {
		Statement []struct{ Effect, Action, Resource any }
	}
	if err := json.Unmarshal([]byte(text), &policy); err != nil {
		return err
	}
	if len(policy.Statement) == 0 {
		return fmt.Errorf("it has no statement")
	}
	for _, statement := range policy.Statement {
		for _, action := range statement.Action.([]any) {
			if strings.Contains(action.(string), "*") {
				return fmt.Errorf("action %s", action)
			}
			for _, resource := range statement.Resource.([]any) {
				if (resource == "*" || resource == "") && !slices.Contains(unbounded, action.(string)) {
					return fmt.Errorf("%s on %q", action, resource)
				}
			}
		}
	}
	return nil
}

func wants(r mocks.Resource, properties map[string]string) error {
	for path, want := range properties {
		if got := r.Text(path); got != want {
			return fmt.Errorf("%s is %q, not %q", path, got, want)
		}
	}
	return nil
}
