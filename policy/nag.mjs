// Checks CloudFormation templates with the rule packs of cdk-nag, and prints the findings as JSON: template, rule, id
// of the resource and message. A rule that fails itself is an error, not a finding.
//
//	node nag.mjs template.json ...
import { App, Stack } from "aws-cdk-lib";
import { CfnInclude } from "aws-cdk-lib/cloudformation-include";
import { AwsSolutionsChecks, HIPAASecurityChecks, NIST80053R5Checks, PCIDSS321Checks } from "cdk-nag";

const findings = [];
for (const template of process.argv.slice(2)) {
  const stack = new Stack(new App(), "stack");
  new CfnInclude(stack, "template", { templateFile: template });
  for (const Pack of [AwsSolutionsChecks, HIPAASecurityChecks, NIST80053R5Checks, PCIDSS321Checks]) {
    const pack = new Pack(stack);
    for (const { ruleName, description, violatingResources } of pack.validateScope(stack).violations) {
      if (description.startsWith("Rule threw an error")) throw new Error(`${template}: ${ruleName}: ${description}`);
      for (const { constructPath } of violatingResources) {
        findings.push({ template, rule: ruleName, id: constructPath.split("/").at(-1), message: description });
      }
    }
  }
}
console.log(JSON.stringify(findings));
