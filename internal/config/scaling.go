package config

import "strconv"

// Scaling is what changes the number of tasks while nobody deploys.
type Scaling struct {
	// MinCount and MaxCount are what autoscaling stays between; both are 0 without it.
	MinCount, MaxCount int
	// What autoscaling keeps the tasks at, 0 for what it does not look at: percent of their CPU and memory, requests a
	// minute for each of them.
	CPUPercent, MemoryPercent, RequestsPerTarget int
	Schedule                                     *Schedule // nil without one
}

// scaling comes before the container, whose number of tasks it bounds.
func (r *reader) scaling() Scaling {
	s := Scaling{
		MinCount:          r.optional("minCount", 1, 100, "tasks", 1),
		MaxCount:          r.optional("maxCount", 1, 100, "tasks", 4),
		CPUPercent:        r.optional("scaleCpuPercent", 10, 90, "percent", 60),
		MemoryPercent:     r.optional("scaleMemoryPercent", 10, 90, "percent", 80),
		RequestsPerTarget: r.optional("scaleRequestsPerTarget", 1, 1_000_000, "requests a minute", 1000),
		Schedule:          r.schedule(),
	}
	low, high := r.text("minCount"), r.text("maxCount")
	switch {
	case low == "" && high != "":
		r.rejectElement("minCount", "not set", "must be set, as maxCount is: both or neither", "pulumi config set minCount 1")
	case low != "" && high == "":
		r.rejectElement("maxCount", "not set", "must be set, as minCount is: both or neither", "pulumi config set maxCount 4")
	case s.MinCount > s.MaxCount && s.MaxCount > 0:
		r.reject("maxCount", high, "must not be below minCount, "+low, low)
	case s.MaxCount > 0 && s.CPUPercent+s.MemoryPercent+s.RequestsPerTarget == 0:
		r.reject("scaleCpuPercent", r.text("scaleCpuPercent"), "must be set, or scaleMemoryPercent: autoscaling has nothing to look at", "60")
	}
	return s
}

// optional is an integer that may be left empty, which makes it 0.
func (r *reader) optional(name string, low, high int, unit string, example int) int {
	if r.text(name) == "" {
		return 0
	}
	return r.integer(name, low, high, unit+" or empty", example)
}

// desiredCount is how many tasks a deployment starts with: the least that autoscaling allows, or else one, unless the
// user says it. A number that autoscaling would change at once is a mistake.
func (r *reader) desiredCount(s Scaling) int {
	least := max(s.MinCount, 1)
	text := r.text("desiredCount")
	if text == "" {
		return least
	}
	count := r.integer("desiredCount", 0, 100, "tasks", least)
	if s.MaxCount > 0 && s.MinCount <= s.MaxCount && (count < s.MinCount || count > s.MaxCount) {
		r.rejectElement("desiredCount", strconv.Quote(text), "must lie between minCount and maxCount, or be left out: autoscaling changes it",
			"pulumi config rm desiredCount")
	}
	return count
}

// onDemandBase is the number of tasks that are not interrupted although the others are on Spot.
func (r *reader) onDemandBase(spot bool) int {
	base := r.integer("onDemandBase", 0, 100, "tasks", 0)
	if base > 0 && !spot {
		r.rejectElement("onDemandBase", strconv.Quote(r.text("onDemandBase")), "goes with useSpot only: without it every task is on demand",
			"pulumi config rm onDemandBase")
	}
	return base
}

// bounds refuses what autoscaling and the schedule cannot do with the rest of the configuration.
func (r *reader) bounds(c *Config) {
	if c.Ingress.Kind != IngressLoadBalancer {
		r.withLoadBalancer("scaleRequestsPerTarget")
	}
	if text := r.text("scaleRequestsPerTarget"); text != "" && c.Scaling.MaxCount == 0 {
		r.rejectElement("scaleRequestsPerTarget", strconv.Quote(text), "goes with minCount and maxCount only", "pulumi config rm scaleRequestsPerTarget")
	}
	if s := c.Scaling.Schedule; s != nil && s.Database && c.Database.ReadReplica {
		r.rejectElement("sleepDatabase", `"true"`, "does not go with dbReadReplica: RDS cannot stop a database that has a replica",
			"pulumi config rm sleepDatabase")
	}
}
