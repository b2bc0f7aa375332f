// Evaluates JSONata as Step Functions does: one question a line comes in, one answer a line goes out.
// A question is {template, variables, now}: strings of the form "{% … %}" anywhere in the template are expressions, the
// variables are bound by their names without the dollar sign, now is in milliseconds since 1970.
import { createInterface } from "node:readline";
import jsonata from "jsonata";

const parsed = new Map();

async function evaluate(text, { variables, now }) {
  if (!parsed.has(text)) parsed.set(text, jsonata(text));
  const value = await parsed.get(text).evaluate(undefined, {
    ...variables,
    now: () => new Date(now).toISOString(),
    millis: () => now,
    parse: (json) => JSON.parse(json),
    eval: () => { throw new Error("Step Functions has no $eval"); },
  });
  if (value === undefined || typeof value === "function") throw new Error(`no value: ${text}`);
  return value;
}

async function fill(template, question) {
  if (typeof template === "string") {
    const [opens, closes] = [template.startsWith("{%"), template.endsWith("%}")];
    if (opens !== closes) throw new Error(`no expression and no plain text: ${template}`);
    return opens ? evaluate(template.slice(2, -2).trim(), question) : template;
  }
  if (Array.isArray(template)) return Promise.all(template.map((part) => fill(part, question)));
  if (template === null || typeof template !== "object") return template;
  const filled = {};
  for (const [key, part] of Object.entries(template)) filled[key] = await fill(part, question);
  return filled;
}

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    const question = JSON.parse(line);
    answer = { value: await fill(question.template, question) };
  } catch (problem) {
    answer = { problem: problem.message ?? String(problem) };
  }
  process.stdout.write(JSON.stringify(answer) + "\n");
}
