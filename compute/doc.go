// Package compute owns what runs the container: the ECR repository, the ECS cluster, the roles, the task definition and
// the service.
//
// A service without an image tag has no tasks, so that a first deployment does not wait for an image that nobody could
// have pushed yet. A deployment counts only when the tasks that run are the ones that were asked for. It does not own
// the network, the secrets or the log group that the tasks use.
package compute
