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
	low, high := r.text("minCount"), r.text("maxCount")
	switch {
	case low == "" && high != "":
		r.rejectElement("minCount", "not set", "is required with maxCount", "pulumi config set minCount 1")
	case low != "" && high == "":
		r.rejectElement("maxCount", "not set", "is required with minCount", "pulumi config set maxCount 4")
	case s.MinCount > s.MaxCount && s.MaxCount > 0:
		r.reject("maxCount", high, "must not be below minCount, "+low, low)
	case s.MaxCount > 0 && s.CPUPercent+s.MemoryPercent+s.RequestsPerTarget == 0:
		r.reject("scaleCpuPercent", r.text("scaleCpuPercent"),
			"must be set, or scaleMemoryPercent: autoscaling has no metric to follow", "60")
	}
	if r.text("scaleRequestsPerTarget") != "" && s.MaxCount == 0 {
		r.rejectSet("scaleRequestsPerTarget", "requires minCount and maxCount")
	}
	if s.Schedule != nil && s.Schedule.Database && c.Database.ReadReplica {
		r.rejectSet("sleepDatabase", "cannot be combined with dbReadReplica: RDS cannot stop a database that has a replica")
	}
}

// desiredCount returns the number of tasks that a deployment starts with. Default: the minimum of autoscaling, or 1. A
// number that autoscaling would change immediately is a mistake.
func (r *reader) desiredCount(s *Scaling) int {
	least, text := max(s.MinCount, 1), r.text("desiredCount")
	if text == "" {
		return least
	}
	count := r.between("desiredCount", rule{Most: 100, Unit: "tasks", Example: strconv.Itoa(least)})
	if s.MaxCount > 0 && s.MinCount <= s.MaxCount && (count < s.MinCount || count > s.MaxCount) {
		r.rejectSet("desiredCount", "must be from minCount to maxCount, or not set: autoscaling changes it")
	}
	return count
}
