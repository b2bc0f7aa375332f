// Checks with the library iam-simulate whether AWS would allow calls. Reads JSON from standard input: the calls, and
// the identity policies of each principal. Prints a list of true (allowed) and false. A call that AWS does not know, or
// a condition key that it would not send with the call, is an error.
import { readFileSync } from "node:fs";
import { createValidatedPolicy, validateResourcePolicy, validateTrustPolicy } from "@cloud-copilot/iam-policy";
import { runSimulation, runUnsafeSimulation } from "@cloud-copilot/iam-simulate";

const { identities, calls } = JSON.parse(readFileSync(0, "utf8"));

// The key ecs:subnet has a list, with commas between its values.
const lists = (context) => Object.fromEntries(Object.entries(context ?? {}).map(
  ([key, value]) => [key, key === "ecs:subnet" ? value.split(",") : value]));
const named = (policies) => (policies ?? []).map((policy, i) => ({ name: `policy ${i}`, policy }));

async function allows({ principal, account, action, resource, context, boundary, resourcePolicy }) {
  const simulation = {
    request: { principal, action, resource: { resource, accountId: account }, contextVariables: lists(context) },
    identityPolicies: named(identities[principal]), resourcePolicy,
    serviceControlPolicies: [], resourceControlPolicies: [],
    permissionBoundaryPolicies: boundary ? named([boundary]) : undefined,
  };
  // Its lists of condition keys lack the keys of tokens, and it expects a slash in the keys of encryption contexts.
  const isToken = action === "sts:AssumeRoleWithWebIdentity";
  if (isToken || Object.keys(context ?? {}).some((key) => key.startsWith("kms:EncryptionContext:"))) {
    const validate = isToken ? validateTrustPolicy : validateResourcePolicy;
    simulation.resourcePolicy = createValidatedPolicy(resourcePolicy, validate, { name: "resource policy" });
    return runUnsafeSimulation(simulation, {}) === "Allowed";
  }
  const { errors, overallResult, results, result } = await runSimulation(simulation, {});
  const ignored = [...(results ?? []), result].flatMap((single) => single?.ignoredContextKeys ?? []);
  if (errors || ignored.length > 0) {
    throw new Error(JSON.stringify(errors ?? { ignored }));
  }
  return overallResult === "Allowed";
}

const allowed = [], problems = [];
for (const call of calls) {
  try {
    allowed.push(await allows(call));
  } catch (error) {
    problems.push(`${call.action} on ${call.resource}: ${error.message}`);
  }
}
if (problems.length > 0) throw new Error([...new Set(problems)].join("\n"));
console.log(JSON.stringify(allowed));
