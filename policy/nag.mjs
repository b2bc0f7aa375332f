// Judges CloudFormation templates by the rule packs of cdk-nag, and prints a list of findings as JSON: template, rule,
// the id of the resource and a message. A rule that breaks down is an error of its own, not a finding.
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
