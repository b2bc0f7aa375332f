#!/usr/bin/env bash
# Writes as Markdown what a change would do to the stack and its costs:  preview.sh <deployed version's folder> <file>
#
# If the preview fails, the script fails, and the file says why.
set -euo pipefail
# shellcheck source=SCRIPTDIR/state.sh
. "$(dirname "$0")/state.sh"
before=$1 report=$2
stack=$(pulumi stack --show-name)
install_plugins
configure_deployed_image

code=0
plan=$(pulumi preview --non-interactive --diff --suppress-progress --color never 2>&1) || code=$?
# The progress of the engine and of the language host does not belong to the plan.
plan=$(sed -E '/^@ previewing update/d; /^ *(Compiling|Finished compiling) the program/d' <<<"$plan")
if [ -f "$before/Pulumi.$stack.yaml" ]; then
  bill=$(threa cost --totals --output markdown --before "$before" "$stack" 2>&1) || code=1
else
  bill=$(threa cost --output markdown "$stack" 2>&1) || code=1
fi
changes=$(sed -n '/^Resources:/,/^$/s/^ \+//p' <<<"$plan" | paste -sd ',' | sed 's/,/, /g')
if [ "$code" -ne 0 ]; then
  changes="the preview failed"
fi

cat >"$report" <<REPORT
### Stack \`$stack\`: ${changes:-see the plan}

<details><summary>Plan</summary>

\`\`\`\`
$plan
\`\`\`\`

</details>

#### Costs

$bill
REPORT
cat "$report"
exit "$code"
