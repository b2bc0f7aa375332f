package adopt

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
)

// addresses are the resources of the Terraform program that the import covers.
var addresses = []string{
	"aws_ecr_repository.app", "aws_ecr_lifecycle_policy.app",
	"aws_ecs_cluster.main", "aws_ecs_cluster_capacity_providers.main",
	"aws_ecs_task_definition.app", "aws_ecs_service.app",
	"aws_security_group.ecs_tasks", "aws_security_group.rds",
	"aws_db_subnet_group.main", "aws_db_parameter_group.postgres", "aws_db_instance.main",
	"aws_ssm_parameter.database_url",
	"aws_iam_role.ecs_execution", "aws_iam_role_policy.ecs_execution_ssm", "aws_iam_role.ecs_task",
	"aws_cloudwatch_log_group.app", "aws_cloudwatch_dashboard.app", "aws_cloudwatch_metric_alarm.cpu_high",
	"aws_cloudwatch_metric_alarm.memory_high", "aws_cloudwatch_metric_alarm.no_running_tasks",
}

// cacheAddresses are those of a deployment with a cache.
var cacheAddresses = []string{
	"aws_security_group.redis", "aws_elasticache_subnet_group.main", "aws_ssm_parameter.redis_url",
}

// executionPolicy is the managed policy that the Terraform program attaches to the execution role.
const executionPolicy = "AmazonECSTaskExecutionRolePolicy"

// printLeftovers prints what nothing manages after the import, and how to remove it.
func (a *Adoption) printLeftovers(ctx context.Context, d *deployment, managed []apitype.ResourceV3) error {
	var lines []string
	if d.cluster != nil {
		lines = append(lines, fmt.Sprintf("cache cluster %s, which the replication group of the stack replaces:\n"+
			"      aws elasticache delete-cache-cluster --region %s --cache-cluster-id %[1]s", a.names.Name, a.names.Region))
	}
	export, err := json.Marshal(map[string]any{"version": 3, "deployment": map[string]any{"resources": managed}})
	if err != nil {
		return fmt.Errorf("list the resources of the stack: %w", err)
	}
	added, skipped, err := a.api.Additions(ctx, export, a.parameters(d))
	if err != nil {
		return err
	}
	for _, addition := range added {
		lines = append(lines, addition.Description+":\n      "+addition.Remove)
	}
	unmanaged, err := a.api.Unmanaged(ctx, export)
	if err != nil {
		return err
	}
	for _, line := range unmanaged {
		lines = append(lines, line+":\n      go run ./cmd/threa recover")
	}
	for _, kind := range skipped {
		lines = append(lines, "not checked, because a permission is missing: "+kind)
	}
	if len(lines) == 0 {
		a.Print("Nothing is left over.")
		return nil
	}
	a.Print("Left over. Remove it after the next up, when the app runs on what the stack has deployed:\n  - %s",
		strings.Join(lines, "\n  - "))
	if d.cluster != nil || strings.Contains(strings.Join(lines, ""), executionPolicy) {
		a.printTerraform(d)
	}
	return nil
}

// printTerraform prints how to take the imported resources out of Terraform's state.
func (a *Adoption) printTerraform(d *deployment) {
	list, left := addresses, "the attachment of "+executionPolicy
	if d.cluster != nil {
		list, left = slices.Concat(addresses, cacheAddresses), "the cache cluster and "+left
	}
	a.Print("Do not run terraform apply again: Terraform would change the deployment. Remove from its state what the "+
		"stack manages, unless you have done so:\n    terraform state rm \\\n      %s\n"+
		"Then terraform plan -destroy lists only %s. After the next up, terraform destroy removes them.",
		strings.Join(list, " \\\n      "), left)
}
