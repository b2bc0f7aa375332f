#!/usr/bin/env bash
# Prints the versions in go.mod of Go, of Pulumi and of Pulumi's AWS plugin.
set -euo pipefail
awk '
  $1 == "toolchain" { print "go=" substr($2, 3) }
  $1 == "github.com/pulumi/pulumi/sdk/v3" { print "pulumi=" substr($2, 2) }
  $1 == "github.com/pulumi/pulumi-aws/sdk/v6" { print "aws=" substr($2, 2) }
' go.mod
