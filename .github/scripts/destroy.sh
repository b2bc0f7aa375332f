#!/usr/bin/env bash
# Destroys a stack whose name was typed to confirm, and says what survives and what that costs:  destroy.sh <typed>
set -euo pipefail
# shellcheck source=SCRIPTDIR/state.sh
. "$(dirname "$0")/state.sh"
stack=$(pulumi stack --show-name)
if [ "$1" != "$stack" ]; then
  echo "\"$1\" was typed to confirm, the stack is \"$stack\": nothing was destroyed" >&2
  exit 1
fi
region=$(pulumi config get aws:region)
configure_deployed_image

pulumi config set deletionProtection false
pulumi up --yes --non-interactive --message "before the destroy"
name=$(aws_name) # not before: an earlier destroy may have failed halfway
pulumi destroy --yes --non-interactive

snapshots=$(aws rds describe-db-snapshots --region "$region" --db-instance-identifier "$name" --snapshot-type manual --output json \
  --query 'DBSnapshots[].{name: DBSnapshotIdentifier, size: AllocatedStorage}')
parameters=$(aws ssm get-parameters-by-path --region "$region" --path "/$name" --recursive --output json --query 'Parameters[].Name')
{
  echo "### Stack \`$stack\` is destroyed"
  echo
  echo "What survives:"
  echo
  jq -r --arg region "$region" '.[] | "- the snapshot `\(.name)` of \(.size) GB, at most \(.size * 10 / 100) USD a month, until: "
    + "`aws rds delete-db-snapshot --region \($region) --db-snapshot-identifier \(.name)`"' <<<"$snapshots"
  jq -r --arg region "$region" '.[] | "- the parameter `\(.)`, free, until: `aws ssm delete-parameter --region \($region) --name \(.)`"' <<<"$parameters"
  echo "- the state and the roles of the pipeline, which the bootstrap stack owns"
} | tee -a "$GITHUB_STEP_SUMMARY"
