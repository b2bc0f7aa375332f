#!/usr/bin/env bash
# Deploys the stack with an image and waits until the new code runs:  deploy.sh <tag>
set -euo pipefail
pulumi config set imageTag "$1"
if ! pulumi up --yes --non-interactive --message "image $1"; then
  threa deploy-status || true # says why, when it was the new code that did not run
  exit 1
fi
threa deploy-status --wait
cost=$(pulumi stack output estimatedMonthlyCost)
# Asleep, no task has an address; behind a tunnel only Cloudflare may know it. What was deployed is deployed all the same.
address=$(threa url) || address="none now, the log says why"
cat >>"$GITHUB_STEP_SUMMARY" <<SUMMARY
### Stack \`$(pulumi stack --show-name)\` is deployed

- Image: \`$1\`
- Address: $address
- Cost a month: $cost
SUMMARY
