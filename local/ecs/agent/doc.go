// Package agent runs the containers of one ECS task on this machine as the agent of Amazon ECS would: in the order of
// dependsOn, with health checks, and stopped in reverse. A container is a process in a sandbox, not in an engine's hands.
//
// It keeps what a task definition promises about order, time, exit codes, environment and files. It cannot keep these:
//   - Every user of a container is the one user who runs the agent. A fresh volume belongs to root with mode 0755, so
//     it is read-only for a container that runs as another user, unless a container before it has let all users write;
//     chown to another user fails.
//   - CPU and memory are not limited.
//   - A container whose user is not root cannot write outside its working directory, its volumes, /tmp and /dev/shm.
//     One whose user is root can, but never in /usr.
package agent
