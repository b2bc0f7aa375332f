package cost

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"threa-infra/internal/config"
	"threa-infra/internal/stackconfig"
	"threa-infra/internal/tunnel"
)

// placeholders replace encrypted values that do not affect the bill. The empty one keeps an object whose encrypted
// entries are already replaced.
var placeholders = map[string]string{
	"dbPassword":      stackconfig.Encrypted,
	"appSecretValues": "",
	"alarmEmail":      stackconfig.Encrypted + "@example.com",
	"alarmTargets":    `["https://example.com/` + stackconfig.Encrypted + `"]`,
	"tunnelToken": tunnel.Token{Account: stackconfig.Encrypted, Tunnel: "00000000-0000-0000-0000-000000000000",
		Secret: []byte(stackconfig.Encrypted)}.Text(),
}

// Compare returns the bills of configurations of the project in a folder, each with the difference from the first. A
// configuration is the name of a stack with a file, and changes of keys: "prod" or "prod,multiAz=true".
func Compare(folder string, configurations []string, assumed Assumptions) ([]*Bill, error) {
	var bills []*Bill
	for _, configuration := range configurations {
		cfg, err := load(folder, configuration)
		if err != nil {
			return nil, err
		}
		bill, err := Estimate(cfg, assumed)
		if err != nil {
			return nil, fmt.Errorf("estimate %s: %w", configuration, err)
		}
		bill.Configuration = configuration
		if bills = append(bills, bill); len(bills) > 1 {
			bill.compareWith(bills[0])
		}
	}
	return bills, nil
}

// Before returns two bills of one configuration. The first is that of an earlier version of the project in another
// folder. The second is that of this folder, with the difference.
func Before(before, folder, configuration string, assumed Assumptions) ([]*Bill, error) {
	bills, err := Compare(before, []string{configuration}, assumed)
	if err != nil {
		return nil, err
	}
	after, err := Compare(folder, []string{configuration}, assumed)
	if err != nil {
		return nil, err
	}
	bills[0].Configuration = "before"
	after[0].compareWith(bills[0])
	return append(bills, after...), nil
}

func (b *Bill) compareWith(first *Bill) {
	if difference := b.Total - first.Total; len(b.Missing())+len(first.Missing()) == 0 {
		b.Difference = &difference
	}
}

// load reads a configuration as Compare describes it.
func load(folder, configuration string) (*config.Config, error) {
	stack, changes, err := parseConfiguration(configuration)
	if err != nil {
		return nil, err
	}
	file, err := stackconfig.Read(folder, stack)
	if err != nil {
		return nil, err
	}
	for _, change := range changes {
		key := file.Key(change.name)
		file.Set[key] = change.value
		delete(file.Secret, key)
	}
	if err := replaceEncrypted(file); err != nil {
		return nil, err
	}
	cfg, err := config.Parse(config.Values{
		Project: file.Project, Stack: stack, Set: file.Set, Secret: file.Secret, File: file,
	})
	if err != nil {
		return nil, explain(err, stack, changes)
	}
	return cfg, nil
}

// replaceEncrypted sets placeholders for encrypted values. It fails if one may affect the bill.
func replaceEncrypted(file *stackconfig.Config) error {
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
		placeholder, ok := placeholders[name]
		if !ok {
			return fmt.Errorf("%s is encrypted in Pulumi.%s.yaml. Pass its value: threa cost %s,%s=<value>",
				key, file.Stack, file.Stack, name)
		}
		if placeholder != "" {
			file.Set[key] = placeholder
		}
	}
	return nil
}

// generated matches a part of a Markdown document that Rewrite replaces, between two comments. The first comment holds
// the command that writes the part.
var generated = regexp.MustCompile(`(?s)(<!-- go run \./cmd/threa cost ([^\n]+?) -->\n).*?(<!-- end of the bill -->)`)

// Rewrite updates the bills in a Markdown document, from the files of the project in a folder.
func Rewrite(document, folder string) (rewritten string, err error) {
	if !generated.MatchString(document) {
		return "", fmt.Errorf("the document needs the lines <!-- go run ./cmd/threa cost prod --> and " +
			"<!-- end of the bill -->")
	}
	rewritten = generated.ReplaceAllStringFunc(document, func(section string) string {
		part := generated.FindStringSubmatch(section)
		options := Options{Format: "markdown", Assumed: Usual}
		configurations := strings.Fields(strings.ReplaceAll(part[2], "'", ""))
		if configurations[0] == "--totals" {
			options.Totals, configurations = true, configurations[1:]
		}
		bills, compareErr := Compare(folder, configurations, options.Assumed)
		if compareErr != nil {
			err = compareErr
			return section
		}
		text, writeErr := Write(bills, options)
		if writeErr != nil {
			err = writeErr
		}
		return part[1] + "\n" + text + "\n" + part[3]
	})
	return rewritten, err
}
