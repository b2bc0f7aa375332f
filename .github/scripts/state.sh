# What Pulumi's state tells of the stack. It is sourced. Outputs would not do: an up that failed leaves none behind.
# shellcheck shell=bash

# state_of <type> <jq filter>: the filter's answer for each resource of a type that is not about to be deleted
state_of() {
  pulumi stack export | jq -r --arg type "$1" ".deployment.resources[]? | select(.type == \$type and (.delete | not)) | $2"
}

# The URL of the image repository; nothing before the first deployment.
repository() { state_of aws:ecr/repository:Repository '.outputs.repositoryUrl // empty'; }

# The tag or digest of the image that was deployed last; nothing when none was. An app's container is called as its family.
deployed_image() {
  state_of aws:ecs/taskDefinition:TaskDefinition '.outputs | .family as $app | .containerDefinitions // "[]" | fromjson
    | .[] | select(.name == $app) | .image | capture("/[^:@]+[:@](?<tag>.+)$").tag | select(. != "none-yet")'
}

# The prefix of the stack's AWS names; nothing before the first deployment.
aws_name() { state_of aws:ecs/cluster:Cluster '.outputs.name // empty'; }

# Gives the configuration in this checkout the image that was deployed last. The stack's file in Git does not name one:
# each deployment does. Without it a preview would say that the app is to be stopped.
configure_deployed_image() {
  local deployed
  if [ -z "$(pulumi config get imageTag)" ]; then
    deployed=$(deployed_image)
    if [ -n "$deployed" ]; then
      pulumi config set imageTag "$deployed"
    fi
  fi
}
