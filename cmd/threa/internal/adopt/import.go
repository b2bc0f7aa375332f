package adopt

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
)

// importPlanned imports the resources of the plan and the owner record that the state lacks, with their components.
func (a *Adoption) importPlanned(ctx context.Context, p *plan) error {
	file := p.imports(a.names.OwnerRecord())
	if !slices.ContainsFunc(file.Resources, func(s importSpec) bool { return s.ID != "" }) {
		a.Print("The state has all resources of the plan already.")
		return nil
	}
	dir, err := os.MkdirTemp("", "threa-adopt-")
	if err != nil {
		return fmt.Errorf("create a folder for the import: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	name := filepath.Join(dir, "import.json")
	text, err := json.Marshal(file)
	if err == nil {
		err = os.WriteFile(name, text, 0o600)
	}
	if err != nil {
		return fmt.Errorf("write the resources to import: %w", err)
	}
	a.Print("Importing …")
	if _, err := a.pulumi(ctx, nil, "import", "--file", name, "--protect=false", "--skip-preview", "--yes",
		"--generate-code=false", "--non-interactive"); err != nil {
		return fmt.Errorf("%w\n    AWS was not changed, except for the owner record. Run the command again: it continues",
			err)
	}
	return nil
}

// imports returns the file of pulumi import.
func (p *plan) imports(record string) importFile {
	ids := map[string]string{}
	for urn, id := range p.ids {
		ids[key(urn)] = id
	}
	file := importFile{NameTable: maps.Clone(p.file.NameTable)}
	for _, spec := range p.file.Resources {
		spec.ID = ids[spec.key()]
		if spec.Name == ownerRecord {
			spec.ID = record
		}
		if spec.Component || spec.ID != "" {
			file.Resources = append(file.Resources, spec)
		}
	}
	return file
}

// check compares the stack and the database after the import with what they were before.
func (a *Adoption) check(ctx context.Context, before *deployment) error {
	out, err := a.pulumi(ctx, nil, "preview", "--json", "--non-interactive")
	if err != nil {
		return fmt.Errorf("preview the stack after the import: %w", err)
	}
	steps, err := parseSteps(out)
	if err != nil {
		return err
	}
	p := &plan{rows: readSteps(steps)}
	if err := p.refuse(); err != nil {
		return fmt.Errorf("do not run pulumi up: %w", err)
	}
	if err := a.readState(ctx); err != nil {
		return err
	}
	after := &deployment{}
	if err := a.findDatabase(ctx, after); err != nil {
		return fmt.Errorf("look up the database after the import: %w", err)
	}
	if identity(before) != identity(after) {
		return fmt.Errorf("the database was %s before the import and is %s now. Do not run pulumi up", identity(before),
			identity(after))
	}
	counts := map[action]int{}
	for _, row := range p.rows {
		counts[row.action]++
	}
	a.Print("Imported %d resources. The next up changes %d of them in place, replaces none that holds data, and creates %d.\n"+
		"The database is the same: %s", len(a.state.resources()), counts[change], counts[create], identity(after))
	return nil
}

// identity tells one database instance from another.
func identity(d *deployment) string {
	db, host := d.database, ""
	if db.Endpoint != nil {
		host = aws.ToString(db.Endpoint.Address)
	}
	return fmt.Sprintf("%s, created %s, at %s", aws.ToString(db.DbiResourceId), created(db), host)
}

// addresses are the resources of the Terraform program that the import covers, by type and logical name here.
var addresses = []string{
	"aws_ecr_repository.app", "aws_ecr_lifecycle_policy.app", "aws_ecs_cluster.main",
	"aws_ecs_cluster_capacity_providers.main", "aws_ecs_task_definition.app", "aws_ecs_service.app",
	"aws_security_group.ecs_tasks", "aws_security_group.rds", "aws_db_subnet_group.main", "aws_db_parameter_group.postgres",
	"aws_db_instance.main", "aws_ssm_parameter.database_url", "aws_iam_role.ecs_execution",
	"aws_iam_role_policy.ecs_execution_ssm", "aws_iam_role.ecs_task", "aws_cloudwatch_log_group.app",
	"aws_cloudwatch_dashboard.app", "aws_cloudwatch_metric_alarm.cpu_high", "aws_cloudwatch_metric_alarm.memory_high",
	"aws_cloudwatch_metric_alarm.no_running_tasks",
}

// cacheAddresses are those of a deployment with a cache.
var cacheAddresses = []string{
	"aws_security_group.redis", "aws_elasticache_subnet_group.main", "aws_ssm_parameter.redis_url",
}

// printLeftovers prints what no stack manages after the import.
func (a *Adoption) printLeftovers(ctx context.Context, d *deployment, managed []apitype.ResourceV3) error {
	var lines []string
	if d.cluster != nil {
		lines = append(lines, fmt.Sprintf("cache cluster %s. The app uses it until the next deployment, which brings a "+
			"replication group. Then:\n      aws elasticache delete-cache-cluster --region %s --cache-cluster-id %[1]s", a.names.Name,
			a.names.Region))
	}
	export, err := json.Marshal(map[string]any{"version": 3, "deployment": map[string]any{"resources": managed}})
	if err != nil {
		return fmt.Errorf("list the resources of the stack: %w", err)
	}
	added, skipped, err := a.api.Additions(ctx, export, nil)
	if err != nil {
		return err //nolint:wrapcheck // it says all
	}
	for _, addition := range added {
		lines = append(lines, addition.Description+":\n      "+addition.Remove)
	}
	unmanaged, err := a.api.Unmanaged(ctx, export)
	if err != nil {
		return err //nolint:wrapcheck // it says all
	}
	for _, line := range unmanaged {
		lines = append(lines, line+". After the next up, this removes it:\n      go run ./cmd/threa recover")
	}
	for _, kind := range skipped {
		lines = append(lines, "not checked, because a permission is missing: "+kind)
	}
	if len(lines) == 0 {
		a.Print("Nothing is left over.")
		return nil
	}
	a.Print("Left over, to remove when the app runs on what this stack deploys:\n  - %s", strings.Join(lines, "\n  - "))
	if d.tags["ManagedBy"] == terraform {
		a.printTerraform(d)
	}
	return nil
}

func (a *Adoption) printTerraform(d *deployment) {
	list, left := addresses, "the policy attachment"
	if d.cluster != nil {
		list, left = slices.Concat(addresses, cacheAddresses), "the cache cluster and the policy attachment"
	}
	a.Print("From now on, nobody may run terraform apply or destroy with the old state. Remove from it what this stack "+
		"manages:\n    terraform state rm \\\n      %s\n"+
		"Then terraform plan -destroy lists only %s. terraform destroy removes them when the app no longer uses them.",
		strings.Join(list, " \\\n      "), left)
}
