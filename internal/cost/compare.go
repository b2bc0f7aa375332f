package cost

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"threa-infra/internal/config"
	"threa-infra/internal/stackconfig"
	"threa-infra/internal/tunnel"
)

// standIns take the place of encrypted values on which no bill depends. Where there is none, the encrypted parts have
// been replaced already.
var standIns = map[string]string{
	"dbPassword": stackconfig.Encrypted, "appSecretValues": "", "alarmEmail": stackconfig.Encrypted + "@example.com",
	"tunnelToken": tunnel.Token{Account: stackconfig.Encrypted, Tunnel: "00000000-0000-0000-0000-000000000000", Secret: []byte(stackconfig.Encrypted)}.Text(),
}

// Compare makes the bills of configurations of the project in a folder. A configuration is a stack with a file, and
// keys to change in it: "prod" or "prod,multiAz=true". The first is what the others are compared with.
func Compare(folder string, configurations []string, assumed Assumptions) ([]*Bill, error) {
	var bills []*Bill
	for _, one := range configurations {
		cfg, err := Load(folder, one)
		if err != nil {
			return nil, err
		}
		bill, err := Estimate(cfg, assumed)
		if err != nil {
			return nil, fmt.Errorf("estimate %s: %w", one, err)
		}
		bill.Configuration = one
		bills = append(bills, bill)
		if difference := bill.Total - bills[0].Total; len(bills) > 1 && len(bill.Missing())+len(bills[0].Missing()) == 0 {
			bill.Difference = &difference
		}
	}
	return bills, nil
}

// Load reads a configuration as Compare names it.
func Load(folder, configuration string) (*config.Config, error) {
	stack, changes, _ := strings.Cut(configuration, ",")
	file, err := stackconfig.Read(folder, stack)
	if err != nil {
		return nil, err
	}
	last := ""
	for change := range strings.SplitSeq(changes, ",") {
		key, value, isChange := strings.Cut(change, "=")
		switch {
		case changes == "":
		case isChange && key != "":
			last = file.Key(key)
			file.Set[last] = value
			delete(file.Secret, last)
		case !isChange && last != "": // the value is a list, such as MON,WED
			file.Set[last] += "," + change
		default:
			return nil, fmt.Errorf("%q in %q is no change of a key: write prod,multiAz=true", change, configuration)
		}
	}
	if err := standIn(file); err != nil {
		return nil, err
	}
	return config.Parse(config.Values{Project: file.Project, Stack: stack, Set: file.Set, Secret: file.Secret})
}

// standIn puts something in the place of what is encrypted, and refuses what a bill may depend on.
func standIn(file *stackconfig.Config) error {
	for _, name := range []string{"dbPassword", "tunnelToken"} {
		if key := file.Key(name); file.Set[key] == "" {
			file.Secret[key] = true // not set yet
		}
	}
	for _, key := range slices.Sorted(maps.Keys(file.Set)) {
		if !file.Secret[key] {
			continue
		}
		name := strings.TrimPrefix(key, file.Project+":")
		value, harmless := standIns[name]
		if !harmless {
			return fmt.Errorf("%s is encrypted in Pulumi.%s.yaml: say its value, threa cost %s,%s=<value>", key, file.Stack, file.Stack, name)
		}
		if value != "" {
			file.Set[key] = value
		}
	}
	return nil
}
