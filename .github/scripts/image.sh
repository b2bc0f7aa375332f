#!/usr/bin/env bash
# Chooses the image of the stack, and whether to build it:  image.sh <folder of the app>
#
# The tag is the last commit that changed the app's folder, with the architecture, so that an unchanged app is not built
# again. If REBUILD is true, it is built again with today's date in the tag, and that image is used until the app
# changes. If the stack's file sets imageTag, that image is used. A stack without a repository is first deployed without
# an image. The script writes repository, tag, platform and build (true or false) to GITHUB_OUTPUT.
set -euo pipefail
# shellcheck source=SCRIPTDIR/state.sh
. "$(dirname "$0")/state.sh"
app=$1
if [[ /$app/ == */../* ]] || ! [ -d "$app" ] || [ -L "$app" ]; then
  echo "APP_DIR must be a folder of the repository, but $app is not" >&2
  exit 1
fi

install_plugins

output() { echo "$1=$2" | tee -a "$GITHUB_OUTPUT"; }

pinned=$(pulumi config get imageTag)
if [ -n "$pinned" ]; then
  echo "The stack's file sets imageTag."
  output tag "$pinned"
  output build false
  exit
fi

url=$(repository)
if [ -z "$url" ]; then
  echo "First deployment: creates the repository, without an image."
  pulumi up --yes --non-interactive
  url=$(repository)
fi

architecture=$(pulumi config get cpuArchitecture)
case $architecture in
  x86_64) platform=linux/amd64 ;;
  arm64) platform=linux/arm64 ;;
  *) echo "cpuArchitecture is $architecture, but must be x86_64 or arm64" >&2; exit 1 ;;
esac
commit=$(git log -1 --format=%H -- "$app")
if [ -z "$commit" ]; then
  echo "no commit changed $app: set APP_DIR in .github/pipeline.env to the folder with the app's Dockerfile" >&2
  exit 1
fi

tags=$(aws ecr describe-images --region "$(pulumi config get aws:region)" --repository-name "${url#*/}" \
  --query 'sort_by(imageDetails, &imagePushedAt)[].imageTags[]' --output text)
tag=$(tr '\t' '\n' <<<"$tags" | grep -E "^$commit(-[0-9]{8})?-$architecture$" | tail -1 || true)
if [ "${REBUILD:-}" = true ] && [[ $tag != *-$(date -u +%Y%m%d)-* ]]; then
  tag=$commit-$(date -u +%Y%m%d)-$architecture
  build=true
elif [ -z "$tag" ]; then
  tag=$commit-$architecture
  build=true
else
  build=false
fi
output repository "$url"
output tag "$tag"
output platform "$platform"
output build "$build"
