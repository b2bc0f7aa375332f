package config

import (
	"fmt"
	"strconv"

	"threa-infra/internal/drain"
)

// drain reads drainSeconds, from which every time of a stopping task follows. Its limits come from the app, from Fargate
// and, where a task is handed over before it stops, from the notice of Spot.
func (r *reader) drain(c *Config) drain.Times {
	seconds, err := strconv.Atoi(r.text("drainSeconds"))
	longest := drain.Longest(c.Container.Spot, c.Ingress.Kind != IngressDirect)
	switch {
	case err != nil || seconds < drain.Least || seconds > drain.Most:
		r.reject("drainSeconds", r.text("drainSeconds"), fmt.Sprintf("must be a whole number from %d (the app takes up to 30 to end) "+
			"to %d (the longest that Fargate waits) seconds", drain.Least, drain.Most), "60")
	case seconds > longest:
		r.reject("drainSeconds", r.text("drainSeconds"), fmt.Sprintf("must be at most %d with useSpot and ingress %s: Spot gives 120 seconds "+
			"of notice, and a task is handed over in %d before it stops in %d", longest, c.Ingress.Kind, drain.From(seconds).Handover, seconds), "60")
	}
	return drain.From(seconds)
}
