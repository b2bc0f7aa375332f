// Package network owns where the stack lives and who may talk to whom: the VPC, its subnets, and every security group
// and rule of the program.
//
//	anywhere ── containerPort ──> tasks ── 5432 ──> database
//	                                └────── 6379 ──> cache
//	tasks ──────── all ─────────> anywhere (image pulls, logs, third-party APIs)
//
// or, with a load balancer, as the only way in:
//
//	anywhere ── 443, 80 ──> load balancer ── containerPort ──> tasks
//
// With a tunnel the tasks dial out, and nobody can dial in.
//
// Tasks live in public subnets with addresses of their own, so nothing needs a NAT gateway. Database and cache live in
// subnets without a route to the internet, and their groups let nothing out. It creates nothing that has a price.
package network
