# Reads Pulumi's state. It is sourced. It does not read the stack's outputs, because a failed up sets none.
# shellcheck shell=bash

# state_of <type> <jq filter>: the filter's result for each resource of a type that is not about to be deleted
state_of() {
  pulumi stack export |
    jq -r --arg type "$1" ".deployment.resources[]? | select(.type == \$type and (.delete | not)) | $2"
}

# install_plugins installs the missing versions of the AWS plugin that the state names. After an update in go.mod,
# Pulumi still needs the version that created a resource. In the workflows, Pulumi does not install plugins itself,
# because a state could name any plugin.
install_plugins() {
  local version
  for version in $(state_of pulumi:providers:aws '.inputs.version // empty' | sort -u); do
    if ! [ -e "${PULUMI_HOME:-$HOME/.pulumi}/plugins/resource-aws-v$version" ]; then
      pulumi plugin install --exact resource aws "$version"
    fi
  done
}

# repository prints the URL of the image repository; nothing before the first deployment. If the state has a service but
# no such URL, it fails: a deployment without an image would stop the app.
repository() {
  local url service
  url=$(state_of aws:ecr/repository:Repository '.outputs.repositoryUrl // empty') || return
  service=$(state_of aws:ecs/service:Service .type) || return
  if [ -z "$url" ] && [ -n "$service" ]; then
    echo "the stack's state lacks the URL of its image repository. Repair it: threa recover" >&2
    return 1
  fi
  echo "$url"
}

# deployed_image prints the tag or digest of the deployed image; nothing if there is none. The app's container has the
# family's name.
deployed_image() {
  state_of aws:ecs/taskDefinition:TaskDefinition '.outputs | .family as $app | .containerDefinitions // "[]" | fromjson
    | .[] | select(.name == $app) | .image | capture("/[^:@]+[:@](?<tag>.+)$").tag | select(. != "none-yet")'
}

# configure_deployed_image sets imageTag in this checkout to the deployed image. The stack's file in Git has none, and
# without one a preview would stop the app.
configure_deployed_image() {
  local deployed
  if [ -z "$(pulumi config get imageTag)" ]; then
    deployed=$(deployed_image)
    if [ -n "$deployed" ]; then
      pulumi config set imageTag "$deployed"
    fi
  fi
}
