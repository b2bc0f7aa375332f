package config

import "strconv"

// Scaling configures what changes the number of tasks between deployments.
type Scaling struct {
	// MinCount and MaxCount are the limits of autoscaling. Both are 0 without it.
	MinCount int `key:"minCount"`
	MaxCount int `key:"maxCount"`
	// CPUPercent and MemoryPercent are the average utilization that autoscaling aims at. 0 disables the metric.
	CPUPercent    int `key:"scaleCpuPercent"`
	MemoryPercent int `key:"scaleMemoryPercent"`
	// RequestsPerTarget is the number of requests a minute to each task that autoscaling aims at. 0 disables it.
	RequestsPerTarget int       `key:"scaleRequestsPerTarget"`
	Schedule          *Schedule // nil if the app never sleeps
}

func (r *reader) checkScaling(c *Config) {
	s := &c.Scaling
	s.Schedule = r.schedule()
	low := r.text("minCount")
	switch {
	case !r.bothOrNone("minCount", "maxCount"):
	case s.MinCount > s.MaxCount && s.MaxCount > 0:
		r.rejectWithFix("maxCount", "must not be below minCount, "+low, low)
	case s.MaxCount > 0 && s.CPUPercent+s.MemoryPercent+s.RequestsPerTarget == 0:
		r.rejectValue("scaleCpuPercent", "must be set, or scaleMemoryPercent: autoscaling has no metric to follow")
	}
	if r.text("scaleRequestsPerTarget") != "" && s.MaxCount == 0 {
		r.rejectSet("scaleRequestsPerTarget", "requires minCount and maxCount")
	}
	if s.Schedule != nil && s.Schedule.Database && c.Database.ReadReplica {
		r.rejectSet("sleepDatabase", "cannot be combined with dbReadReplica: RDS cannot stop a database that has a replica")
	}
}

// bothOrNone rejects a key that is set without the other one. It reports whether both keys are set or both are empty.
func (r *reader) bothOrNone(first, second string) bool {
	hasFirst, hasSecond := r.text(first) != "", r.text(second) != ""
	if hasSecond && !hasFirst {
		r.rejectUnset(first, "is required with "+second)
	}
	if hasFirst && !hasSecond {
		r.rejectUnset(second, "is required with "+first)
	}
	return hasFirst == hasSecond
}

// desiredCount returns the number of tasks that a deployment starts with. Default: the minimum of autoscaling, or 1. A
// number that autoscaling would change immediately is a mistake.
func (r *reader) desiredCount(s *Scaling) int {
	least, limits := max(s.MinCount, 1), r.rule("desiredCount")
	if r.text("desiredCount") == "" {
		return least
	}
	limits.Example = strconv.Itoa(least)
	count := r.between("desiredCount", limits)
	if s.MaxCount > 0 && s.MinCount <= s.MaxCount && (count < s.MinCount || count > s.MaxCount) {
		r.rejectSet("desiredCount", "must be from minCount to maxCount, or not set: autoscaling changes it")
	}
	return count
}
