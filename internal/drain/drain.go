// Package drain derives from one number, drainSeconds, every time that concerns a stopping task and its replacement.
// All times are in seconds.
//
// A task stops in two steps. First the load balancer or the tunnel sends it no new requests, and current ones go on.
// Then the app gets SIGTERM, drains, and is killed if it has not ended:
//
//	deregistered ── Handover ──> SIGTERM ── Stop ──> SIGKILL
//
// ECS waits for the deregistration before it sends SIGTERM, and stops containers in the reverse order of dependsOn.
// Sources: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html and
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDependency.html
package drain

const (
	// Least is the smallest drainSeconds: the app drains for about 20 seconds and ends by itself after 30.
	Least = 45
	// Most is the longest stopTimeout that Fargate accepts. Source:
	// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html (stopTimeout)
	Most = 120
	// Boot is how long a new task may start before its health checks count.
	Boot = 60

	// spotNotice is the time between the notice of a Spot interruption and the end of the task, for both steps. Sources:
	// https://repost.aws/knowledge-center/fargate-spot-termination-notice and, since 2023 with deregistration,
	// https://aws.amazon.com/about-aws/whats-new/2023/02/amazon-elastic-container-service-accuracy-service-load-balancing/
	spotNotice = 120
	// connectorExit is the time that cloudflared needs to end after its grace period.
	connectorExit = 5
)

// Times are the times that follow from drainSeconds.
type Times struct {
	// Stop is the time from SIGTERM to SIGKILL: the app's stopTimeout.
	Stop int
	// Handover is the time from the last new request to SIGTERM: the target group's deregistration delay, or the
	// stopTimeout of cloudflared. It is two thirds of Stop, at least 30.
	Handover int
	// TunnelGrace is how long cloudflared waits for current requests. It ends within Handover.
	TunnelGrace int
	// Idle is the load balancer's idle timeout. Socket.IO pings every 25 seconds and gives up a connection 20 seconds
	// later, so the load balancer never closes it first. The app's server must keep connections even longer. Sources:
	// https://socket.io/docs/v4/server-options/ (pingInterval, pingTimeout) and
	// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#connection-idle-timeout
	Idle int
	// HealthGrace is how long ECS ignores a failing health check of the load balancer: Boot and Stop together. Until an
	// old task has stopped, it may hold what the new task waits for, such as database connections.
	HealthGrace int
}

// From derives the times from drainSeconds, which is from Least to Most.
func From(seconds int) Times {
	handover := seconds * 2 / 3
	return Times{
		Stop: seconds, Handover: handover, TunnelGrace: handover - connectorExit, Idle: seconds, HealthGrace: Boot + seconds,
	}
}

// Longest returns the largest drainSeconds. On Spot with a load balancer or tunnel, both steps must fit into the
// notice.
func Longest(spot, handedOver bool) int {
	longest := Most
	for spot && handedOver && longest+From(longest).Handover > spotNotice {
		longest--
	}
	return longest
}
