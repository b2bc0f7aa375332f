// Trivy judges CloudFormation templates by the misconfiguration rules of trivy, and prints a list of findings as JSON:
// template, rule, the id of the resource and a message. It has only trivy's scanner of templates, because the complete
// command needs four times as many packages. The rules are part of the binary.
//
//	GOEXPERIMENT=jsonv2 go run . folder
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/aquasecurity/trivy/pkg/iac/rego"
	"github.com/aquasecurity/trivy/pkg/iac/scanners/cloudformation"
)

type finding struct{ Template, Rule, ID, Message string }

func main() {
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(folder string) error {
	scanner := cloudformation.New(rego.WithEmbeddedPolicies(true), rego.WithEmbeddedLibraries(true))
	results, err := scanner.ScanFS(context.Background(), os.DirFS(folder), ".")
	if err != nil {
		return fmt.Errorf("scan templates: %w", err)
	}
	findings := []finding{}
	for _, failed := range results.GetFailed() {
		where := failed.Range()
		template := filepath.Join(folder, where.GetFilename())
		id, err := resourceAt(template, where.GetStartLine())
		if err != nil {
			return err
		}
		findings = append(findings, finding{template, failed.Rule().CanonicalID(), id, failed.Description()})
	}
	if err := json.NewEncoder(os.Stdout).Encode(findings); err != nil {
		return fmt.Errorf("print findings: %w", err)
	}
	return nil
}

// resourceID is the first line of a resource in a template with an indent of two spaces.
var resourceID = regexp.MustCompile(`(?m)^ {4}"(\w+)": \{$`)

// resourceAt returns the id of the resource that has a line of a template. Trivy knows only the line.
func resourceAt(template string, line int) (string, error) {
	text, err := os.ReadFile(template)
	if err != nil {
		return "", fmt.Errorf("read template: %w", err)
	}
	before := strings.Join(strings.SplitAfter(string(text), "\n")[:line], "")
	ids := resourceID.FindAllStringSubmatch(before, -1)
	if len(ids) == 0 {
		return "", fmt.Errorf("no resource has line %d of %s", line, template)
	}
	return ids[len(ids)-1][1], nil
}
