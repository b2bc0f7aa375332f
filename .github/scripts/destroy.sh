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
if [ "$(pulumi config get deletionProtection)" != false ]; then
  cat >&2 <<HOW
Pulumi.$stack.yaml protects the stack "$stack": nothing was destroyed. Turn the protection off with a reviewed commit, then start
this workflow again:
  pulumi config set --stack $stack deletionProtection false
  git commit -m "Turn off the deletion protection of $stack" Pulumi.$stack.yaml
HOW
  exit 1
fi
install_plugins
configure_deployed_image

pulumi up --yes --non-interactive --message "before the destroy"
pulumi destroy --yes --non-interactive

left=$(threa leftovers)
{
  echo "### Stack \`$stack\` was destroyed"
  echo
  echo "Left in AWS:"
  echo
  echo "$left"
  echo "- the Pulumi state and the roles of the workflows, which belong to the bootstrap stack"
} | tee -a "$GITHUB_STEP_SUMMARY"
