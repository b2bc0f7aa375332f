#!/usr/bin/env bash
# Checks that the run's commit is the newest of its branch, and writes newest (true or false) to GITHUB_OUTPUT.
#
# Users with write access can run an old run on GitHub again, which would deploy old code. A queued push whose commit is
# no longer the newest is skipped: the run of the newest commit follows. Other old runs fail.
set -euo pipefail
newest=$(gh api "repos/{owner}/{repo}/git/ref/heads/$GITHUB_REF_NAME" --jq .object.sha)
if [ "$newest" = "$GITHUB_SHA" ]; then
  echo newest=true >>"$GITHUB_OUTPUT"
elif [ "$GITHUB_RUN_ATTEMPT" = 1 ] && [ "$GITHUB_EVENT_NAME" = push ]; then
  echo newest=false >>"$GITHUB_OUTPUT"
  echo "::notice::Skipped: $GITHUB_REF_NAME is at $newest now, and the run of that commit follows."
else
  echo "::error::This run is for $GITHUB_SHA, but $GITHUB_REF_NAME is at $newest. Start the workflow again," \
    "or revert the commits on $GITHUB_REF_NAME."
  exit 1
fi
