package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"threa-infra/internal/fixtures"
	"threa-infra/internal/mocks"
)

// securityInvariants are the rules about encryption, access and secrets.
var securityInvariants = []invariant{
	{"the database is private and encrypted", ofType(databaseType), properties(map[string]string{
		"publiclyAccessible": "false", "storageEncrypted": "true",
	})},
	{"the cache is encrypted", ofType(cacheType), func(r mocks.Resource, given map[string]string) error {
		if given["threa:redisTls"] == "true" && !r.IsSecret("authToken") {
			return fmt.Errorf("its token is missing or unencrypted")
		}
		return wants(r, map[string]string{
			"atRestEncryptionEnabled": "true", "transitEncryptionEnabled": given["threa:redisTls"],
		})
	}},
	{"parameters are encrypted", func(r mocks.Resource) bool {
		return r.Type == "aws:ssm/parameter:Parameter" && r.Name != "claim-stack"
	}, func(r mocks.Resource, _ map[string]string) error {
		if !r.IsSecret("value") {
			return fmt.Errorf("its value is unencrypted")
		}
		return wants(r, map[string]string{"type": "SecureString"})
	}},
	{"no input holds an unencrypted secret", custom, func(r mocks.Resource, _ map[string]string) error {
		for key, value := range r.Inputs {
			for name, secret := range map[string]string{"password": fixtures.Password, "tunnel's token": fixtures.TunnelToken} {
				if !value.ContainsSecrets() && strings.Contains(fmt.Sprint(value.V), secret) {
					return fmt.Errorf("%s holds the %s", key, name)
				}
			}
		}
		return nil
	}},
	{
		"only the connector gets the tunnel's token", ofType("aws:ecs/taskDefinition:TaskDefinition"),
		func(r mocks.Resource, given map[string]string) error {
			return checkToken(r.Text("containerDefinitions"), given["threa:ingress"] == "tunnel")
		},
	},
	{
		"only the ingress is open to the internet, and nothing with a tunnel",
		ofType("aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule"), checkIngress,
	},
	{
		"only tasks have egress, and the load balancer to them",
		ofType("aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule"),
		func(r mocks.Resource, _ map[string]string) error {
			if r.Text("securityGroupId") == balancerGroup {
				return wants(r, map[string]string{"referencedSecurityGroupId": taskGroup, "fromPort": "3000", "toPort": "3000"})
			}
			return wants(r, map[string]string{"securityGroupId": taskGroup})
		},
	},
	{
		"a load balancer redirects unencrypted requests", ofType("aws:lb/listener:Listener"),
		func(r mocks.Resource, _ map[string]string) error {
			if r.Text("port") == "80" {
				return wants(r, map[string]string{
					"defaultActions[0].type": "redirect", "defaultActions[0].redirect.protocol": "HTTPS",
				})
			}
			return wants(r, map[string]string{"port": "443", "protocol": "HTTPS", "defaultActions[0].type": "forward"})
		},
	},
}

const (
	taskGroup     = "network-ecs-tasks-id"
	balancerGroup = "network-load-balancer-id"
)

// checkIngress accepts rules between the stack's security groups and those that the ingress needs.
func checkIngress(r mocks.Resource, given map[string]string) error {
	internet := r.Text("cidrIpv4") != ""
	switch ingress := given["threa:ingress"]; {
	case !internet && r.Text("referencedSecurityGroupId") == taskGroup:
		return nil
	case ingress == "tunnel":
		return fmt.Errorf("it opens port %s", r.Text("fromPort"))
	case ingress == "direct":
		return wants(r, map[string]string{"securityGroupId": taskGroup, "fromPort": "3000", "toPort": "3000"})
	case !internet:
		return wants(r, map[string]string{
			"securityGroupId": taskGroup, "fromPort": "3000", "toPort": "3000", "referencedSecurityGroupId": balancerGroup,
		})
	case r.Text("fromPort") != "80" && r.Text("fromPort") != "443":
		return fmt.Errorf("port %s is open", r.Text("fromPort"))
	}
	return wants(r, map[string]string{"securityGroupId": balancerGroup, "toPort": r.Text("fromPort")})
}

// checkToken accepts the tunnel's token as a secret of the connector only, or nowhere without a tunnel.
func checkToken(definitions string, tunnel bool) error {
	var containers taskDefinition
	if err := json.Unmarshal([]byte(definitions), &containers); err != nil {
		return err
	}
	var holders []string
	for _, c := range containers {
		for _, secret := range c.Secrets {
			if strings.HasSuffix(secret.ValueFrom, "/tunnel-token") {
				holders = append(holders, c.Name+" "+secret.Name)
			}
		}
	}
	var want []string
	if tunnel {
		want = []string{"cloudflared TUNNEL_TOKEN"}
	}
	if !slices.Equal(want, holders) || strings.Count(definitions, "/tunnel-token") != len(want) {
		return fmt.Errorf("%v have it", holders)
	}
	return nil
}

// wants compares properties with their expected values.
func wants(r mocks.Resource, properties map[string]string) error {
	for path, want := range properties {
		if got := r.Text(path); got != want {
			return fmt.Errorf("%s is %q, not %q", path, got, want)
		}
	}
	return nil
}
