package cost

import (
	"fmt"
	"math/big"
)

// alarmsOfAPolicy are those that autoscaling makes for each metric that it follows: one for either direction.
const alarmsOfAPolicy = 2

// scheduleAlarms are those for calls of the schedule that failed and that were dropped.
const scheduleAlarms = 2

// awake returns the share of a week in which the tasks run, as a factor; nil for all of it.
func (e *estimate) awake() *formula {
	s := e.cfg.Scaling.Schedule
	if s == nil {
		return nil
	}
	part, week := s.AwakeMinutes(), 7*24*60
	if part%60 == 0 {
		part, week = part/60, week/60
	}
	return &formula{text: fmt.Sprintf("%d ÷ %d", part, week), value: big.NewRat(int64(part), int64(week))}
}

// awakeHours is what count things cost that are billed by the hour, and only while the tasks run.
func (e *estimate) awakeHours(price formula) formula {
	if share := e.awake(); share != nil {
		return times(e.price(month), *share, price)
	}
	return times(e.price(month), price)
}

// schedule says in a line which hours it assumes.
func (e *estimate) schedule() string {
	share := e.awake()
	if share == nil {
		return ""
	}
	return ", awake " + share.text + " of the time"
}

// policies are the metrics that autoscaling follows.
func (e *estimate) policies() int {
	s, count := e.cfg.Scaling, 0
	for _, target := range []int{s.CPUPercent, s.MemoryPercent, s.RequestsPerTarget} {
		if target > 0 && s.MaxCount > 0 && e.cfg.Container.DesiredCount > 0 {
			count++
		}
	}
	return count
}

// scalingAlarms come on top of those that there are in any case, some of which may have been left free.
func (e *estimate) scalingAlarms() {
	count := alarmsOfAPolicy * e.policies()
	if count == 0 {
		return
	}
	free, price := e.price("free alarms"), e.price("CloudWatch alarm-month")
	others := whole(e.countAlarms())
	f := times(whole(count), price)
	if others.value.Cmp(free.value) < 0 {
		f = beyond(plus(others, whole(count)), free, price)
	}
	item := e.add(ScalingAlarms, count, f, "%d in CloudWatch, which autoscaling makes", count)
	item.Later = e.cfg.Container.ImageTag == ""
}
