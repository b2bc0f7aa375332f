package authorization

import (
	_ "embed"
	"strings"

	"threa-infra/internal/resources"
)

// service is an entry of services.yaml, which explains the fields.
type service struct {
	Prefix  string
	Global  bool
	Tagging string
	Passes  map[string]struct {
		Parameters []string
		To         string
	}
	Also    map[string][]struct{ Parameter, Action, Resources string }
	Context map[string]map[string]string // parameters by call and condition key
	Paths   map[string]string            // calls by method and path
	Renamed map[string]string
	Actions map[string]string // resource templates, separated by spaces
}

//go:embed services.yaml
var servicesYAML []byte

var services = resources.MustDecode[map[string]service]("services.yaml", servicesYAML)

// ec2Types are the resource types of EC2, by the prefix of their ids.
var ec2Types = map[string]string{
	"acl":      "network-acl",
	"eipalloc": "elastic-ip",
	"eni":      "network-interface",
	"igw":      "internet-gateway",
	"rtb":      "route-table",
	"rtbassoc": "route-table",
	"sg":       "security-group",
	"sgr":      "security-group-rule",
	"subnet":   "subnet",
	"vpc":      "vpc",
	"vpce":     "vpc-endpoint",
}

// ec2Resource returns an id as it is written in an ARN. An id of an unknown type matches no pattern but *.
func ec2Resource(id string) string {
	prefix, _, _ := strings.Cut(id, "-")
	return ec2Types[prefix] + "/" + id
}
