#!/usr/bin/env bash
# Checks what was changed in AWS by hand, and opens, updates or closes the stack's issue about it.
set -euo pipefail
# shellcheck source=SCRIPTDIR/state.sh
. "$(dirname "$0")/state.sh"
# shellcheck source=SCRIPTDIR/github.sh
. "$(dirname "$0")/github.sh"
stack=$(pulumi stack --show-name)
install_plugins
configure_deployed_image

code=0
report=$(threa drift) || code=$?
echo "$report"
case $code in
  0) close_issue "drift of $stack" "AWS matches what the stack deployed again." ;;
  2) close_issue "drift of $stack" "The stack is not deployed." ;;
  4) write_issue "drift of $stack" "Stack $stack: AWS differs from what was deployed" <<<"$report" ;;
  *) exit "$code" ;;
esac
