// Package ingress owns the way from the internet to the tasks when that is a load balancer: the load balancer, its
// listeners, the target group, and the certificate and records of the host name.
//
//	https ──> load balancer (443, TLS 1.2 and later) ──> target group ──> tasks (containerPort)
//	http ───> load balancer (80) ──> the same address with https
//
// It does not own who may connect to what (network) or which tasks are targets (compute). A stack whose tasks are reached
// directly has nothing of it.
package ingress
