#!/usr/bin/env bash
# Destroys the stack, and lists what is left in AWS and what that costs:  destroy.sh <confirmed name>
set -euo pipefail
# shellcheck source=SCRIPTDIR/state.sh
. "$(dirname "$0")/state.sh"
stack=$(pulumi stack --show-name)
if [ "$1" != "$stack" ]; then
  echo "the confirmation \"$1\" is not the stack's name \"$stack\": nothing was destroyed" >&2
  exit 1
fi
region=$(pulumi config get aws:region)
configure_deployed_image

pulumi config set deletionProtection false
pulumi up --yes --non-interactive --message "before the destroy"
name=$(aws_name) # only the up creates the cluster again if an earlier destroy failed halfway
pulumi destroy --yes --non-interactive

snapshots=$(aws rds describe-db-snapshots --region "$region" --db-instance-identifier "$name" --snapshot-type manual --output json \
  --query 'DBSnapshots[].{name: DBSnapshotIdentifier, size: AllocatedStorage}')
parameters=$(aws ssm get-parameters-by-path --region "$region" --path "/$name" --recursive --output json --query 'Parameters[].Name')
{
  echo "### Stack \`$stack\` was destroyed"
  echo
  echo "Left in AWS:"
  echo
  jq -r --arg region "$region" '.[] | "- the snapshot `\(.name)` of \(.size) GB, at most \(.size * 10 / 100) USD a month. Delete it: "
    + "`aws rds delete-db-snapshot --region \($region) --db-snapshot-identifier \(.name)`"' <<<"$snapshots"
  jq -r --arg region "$region" '.[] | "- the parameter `\(.)`, free. Delete it: `aws ssm delete-parameter --region \($region) --name \(.)`"' <<<"$parameters"
  echo "- the Pulumi state and the roles of the workflows, which belong to the bootstrap stack"
} | tee -a "$GITHUB_STEP_SUMMARY"
