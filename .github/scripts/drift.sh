#!/usr/bin/env bash
# Looks for what somebody changed in AWS by hand, and keeps one issue about it: opened, changed, closed.
set -euo pipefail
# shellcheck source=SCRIPTDIR/state.sh
. "$(dirname "$0")/state.sh"
stack=$(pulumi stack --show-name)
configure_deployed_image

code=0
report=$(threa drift) || code=$?
echo "$report"
case $code in
  0) echo "AWS is again as it was deployed." | threa github issue --about "drift of $stack" --close ;;
  4) threa github issue --about "drift of $stack" --title "Stack $stack is not as it was deployed" <<<"$report" ;;
  *) exit "$code" ;;
esac
