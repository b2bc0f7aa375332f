#!/usr/bin/env bash
# Prints the versions of Pulumi's command and of its AWS plugin that belong to the program in this folder.
set -euo pipefail
echo "pulumi=$(GOWORK=off go list -m -f '{{slice .Version 1}}' github.com/pulumi/pulumi/sdk/v3)"
echo "aws=$(GOWORK=off go list -m -f '{{slice .Version 1}}' github.com/pulumi/pulumi-aws/sdk/v6)"
