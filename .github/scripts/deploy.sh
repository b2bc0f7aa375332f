#!/usr/bin/env bash
# Deploys the stack with an image and waits until ECS runs it:  deploy.sh <tag>
set -euo pipefail
pulumi config set imageTag "$1"
if ! pulumi up --yes --non-interactive --message "image $1"; then
  threa deploy-status || true # shows why, if the new code did not start
  exit 1
fi
threa deploy-status --wait
cost=$(pulumi stack output estimatedMonthlyCost)
# While the app is asleep no task has an address. With a tunnel, possibly only Cloudflare knows the address. Neither is
# a failure.
address=$(threa url) || address="none now, see the log"
cat >>"$GITHUB_STEP_SUMMARY" <<SUMMARY
### Stack \`$(pulumi stack --show-name)\` is deployed

- Image: \`$1\`
- Address: $address
- Monthly cost: $cost
SUMMARY
