package e2e

import (
	"flag"
	"slices"
	"sync"
	"testing"
	"time"
)

// slots is how many tests run at the same time. Most of the time they wait for RDS, so there may be more than cores.
var slots = flag.Int("slots", 8, "how many tests run at the same time")

// longest lists the tests that start first, so that the short ones fill the gaps.
var longest = []string{
	"TestFaults", "TestBootstrap_HoldsStackState", "TestDataHolders_SurviveEveryChange", "TestStores_RestoreSnapshot",
	"TestWorkflows", "TestAdopt_TakesOverTerraform", "TestStack_Lifecycle", "TestIngress_SwitchesLoadBalancer",
	"TestConfigChanges_MatchRecord",
}

// queue has the tests that wait for a slot.
var queue struct {
	sync.Mutex
	sync.Once
	waiting []waiting
}

type waiting struct {
	rank int
	turn chan struct{}
}

// parallel runs a test at the same time as others, when it is its turn. For go test it runs while it waits, so TestMain
// raises the limit of -parallel.
func parallel(t *testing.T) {
	t.Helper()
	own := waiting{slices.Index(longest, t.Name()), make(chan struct{})}
	if own.rank < 0 {
		own.rank = len(longest)
	}
	queue.waiting = append(queue.waiting, own)
	t.Parallel() // returns after all tests have got here
	queue.Do(func() {
		slices.SortStableFunc(queue.waiting, func(a, b waiting) int { return a.rank - b.rank })
		for range *slots {
			startNext()
		}
	})
	<-own.turn
	started := time.Now()
	t.Cleanup(func() {
		t.Logf("took %s; go test adds the time before", time.Since(started).Round(time.Second))
		startNext()
	})
}

// startNext starts the next test.
func startNext() {
	queue.Lock()
	defer queue.Unlock()
	if len(queue.waiting) > 0 {
		close(queue.waiting[0].turn)
		queue.waiting = queue.waiting[1:]
	}
}
