#!/usr/bin/env bash
# Writes the standard input as the bot's comment about a subject:  comment.sh <pull request> <subject>
set -euo pipefail
# shellcheck source=SCRIPTDIR/github.sh
. "$(dirname "$0")/github.sh"
write_comment "$1" "$2"
