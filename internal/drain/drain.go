// Package drain derives from one number, drainSeconds, every time that has to do with a task that stops and the one that
// takes its place. All times are in seconds.
//
// A task stops in two steps. First it is handed over: the load balancer, or the tunnel, sends it nothing new, and what is
// under way goes on. Then the app gets SIGTERM, drains, and is killed when it has not ended:
//
//	deregistered ── Handover ──> SIGTERM ── Stop ──> SIGKILL
//
// ECS waits for the deregistration before it sends SIGTERM, and stops containers in the reverse order of dependsOn.
// Sources: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/task-lifecycle-explanation.html and
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDependency.html
package drain

const (
	// Least is what the app needs: it drains for about 20, gives up by itself after 30, and must not be killed before.
	Least = 45
	// Most is the longest stopTimeout that Fargate takes. Source:
	// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html (stopTimeout)
	Most = 120
	// Boot is how long a new task may take until its health checks count, and until a load balancer has seen it answer.
	Boot = 60

	// spotNotice is all the time that an interruption of Spot leaves, for both steps together. ECS deregisters before SIGTERM
	// there, too, since 2023. Sources: https://repost.aws/knowledge-center/fargate-spot-termination-notice (which is older) and
	// https://aws.amazon.com/about-aws/whats-new/2023/02/amazon-elastic-container-service-accuracy-service-load-balancing/
	spotNotice = 120
	// closing is what cloudflared gets to end by itself once its grace period is over.
	closing = 5
)

// Times are what follows from drainSeconds.
type Times struct {
	// Stop is from SIGTERM to SIGKILL: the app's stopTimeout.
	Stop int
	// Handover is from the last new request to SIGTERM: the target group's deregistration delay, or the stopTimeout of
	// cloudflared. Two thirds of Stop, so that the least one has the app's own 30.
	Handover int
	// TunnelGrace is how long cloudflared waits for what is under way. It ends within Handover.
	TunnelGrace int
	// Idle is how long the load balancer keeps a silent connection. Socket.IO pings every 25 and takes a connection for
	// dead 20 later, so that from Least on the load balancer is never the first to give up. Source:
	// https://socket.io/docs/v4/server-options/ (pingInterval, pingTimeout)
	// The app's server has to keep it longer still, or requests that meet its close are lost. Source:
	// https://docs.aws.amazon.com/elasticloadbalancing/latest/application/application-load-balancers.html#connection-idle-timeout
	Idle int
	// HealthGrace is how long ECS overlooks that the load balancer calls a new task unhealthy: its boot, and as long as an
	// old task may hold on to what the new one waits for, such as connections of the database.
	HealthGrace int
}

// From derives the times from drainSeconds, which is from Least to Most.
func From(seconds int) Times {
	handover := seconds * 2 / 3
	return Times{
		Stop: seconds, Handover: handover, TunnelGrace: handover - closing, Idle: seconds, HealthGrace: Boot + seconds,
	}
}

// Longest is the highest drainSeconds that is possible: on Spot with something to be handed over by, both steps have to
// fit into the notice.
func Longest(spot, handedOver bool) int {
	longest := Most
	for spot && handedOver && longest+From(longest).Handover > spotNotice {
		longest--
	}
	return longest
}
