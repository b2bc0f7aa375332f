#!/usr/bin/env bash
# Says which image a stack is to run, and whether it has to be built:  image.sh <folder of the app>
#
# The tag is the last commit that changed something in the app's folder, and the architecture: what has not changed is not
# built again. A stack whose file names an imageTag gets that one, and nothing is built. A stack that has no repository yet
# is deployed without an image first. Writes repository, tag, platform and build (true or false) to GITHUB_OUTPUT.
set -euo pipefail
# shellcheck source=SCRIPTDIR/state.sh
. "$(dirname "$0")/state.sh"
app=$1

say() { echo "$1=$2" | tee -a "$GITHUB_OUTPUT"; }

pinned=$(pulumi config get imageTag)
if [ -n "$pinned" ]; then
  echo "The stack's file names the image."
  say tag "$pinned"
  say build false
  exit
fi

url=$(repository)
if [ -z "$url" ]; then
  echo "A first deployment: without an image, because it makes the place to push one to."
  pulumi up --yes --non-interactive
  url=$(repository)
fi

architecture=$(pulumi config get cpuArchitecture)
case $architecture in
  x86_64) platform=linux/amd64 ;;
  arm64) platform=linux/arm64 ;;
  *) echo "no platform for cpuArchitecture $architecture" >&2; exit 1 ;;
esac
commit=$(git log -1 --format=%H -- "$app")
if [ -z "$commit" ]; then
  echo "no commit has anything in $app: set the repository variable APP_DIR to the folder with the app's Dockerfile" >&2
  exit 1
fi
tag=$commit-$architecture

if found=$(aws ecr describe-images --region "$(pulumi config get aws:region)" --repository-name "${url#*/}" \
  --image-ids "imageTag=$tag" 2>&1); then
  build=false
elif [[ $found == *ImageNotFoundException* ]]; then
  build=true
else
  echo "$found" >&2
  exit 1
fi
say repository "$url"
say tag "$tag"
say platform "$platform"
say build "$build"
