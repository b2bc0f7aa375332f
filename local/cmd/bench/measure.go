package main

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// row is a command that both systems have.
type row struct {
	name              string
	pulumi, terraform []string
	once              bool // it changes the stack: it runs once, and both systems run at the same time
	cold              bool // Pulumi starts the provider, as Terraform always does
}

const (
	newRow      = "plan of a new stack"
	upRow       = "up, apply"
	deployedRow = "plan of the deployed stack, no refresh"
	coldRow     = "the same, provider process starts"
	refreshRow  = "the same, with a refresh"
	destroyRow  = "destroy"
)

var rows = []row{
	{name: newRow, pulumi: []string{"preview"}, terraform: []string{"plan"}},
	{name: upRow, once: true, pulumi: []string{"up"}, terraform: []string{"apply", "-auto-approve"}},
	{name: deployedRow, pulumi: []string{"preview"}, terraform: []string{"plan", "-refresh=false"}},
	{name: coldRow, cold: true, pulumi: []string{"preview"}, terraform: []string{"plan", "-refresh=false"}},
	{name: refreshRow, pulumi: []string{"preview", "--refresh"}, terraform: []string{"plan"}},
	{name: destroyRow, once: true, pulumi: []string{"destroy"}, terraform: []string{"destroy", "-auto-approve"}},
}

// result is what a command of one system costs at one latency.
type result struct {
	durations []time.Duration
	calls     map[string]int
	memory    int // of all processes, in MiB
	resources int // in AWS, after an up
}

func (r *result) median() time.Duration {
	sorted := slices.Sorted(slices.Values(r.durations))
	return sorted[len(sorted)/2]
}

func (r *result) countCalls() (total int) {
	for _, n := range r.calls {
		total += n
	}
	return total
}

// inTurn runs a row of all systems, one after another. The first run warms up, and measures the memory.
func (b *bench) inTurn(r row) error {
	results := b.add(r)
	for i := range b.runs + 1 {
		for n, s := range b.systems {
			if err := b.once(s, r, results[n], i == 0); err != nil {
				return err
			}
		}
	}
	return nil
}

// together runs a row of all systems at the same time: most of it is waiting for AWS.
func (b *bench) together(r row) error {
	results, problems := b.add(r), make([]error, len(b.systems))
	var group sync.WaitGroup
	for n, s := range b.systems {
		group.Go(func() { problems[n] = b.once(s, r, results[n], false) })
	}
	group.Wait()
	for _, problem := range problems {
		if problem != nil {
			return problem
		}
	}
	return nil
}

func (b *bench) add(r row) []*result {
	var added []*result
	for range b.systems {
		added = append(added, &result{})
	}
	b.results[r.name] = append(b.results[r.name], added...)
	return added
}

// once runs one command of one system. If warmUp, it measures the memory instead of the duration, because reading it
// takes time.
func (b *bench) once(s *system, r row, into *result, warmUp bool) error {
	if r.cold {
		if err := s.stopProvider(); err != nil {
			return err
		}
	}
	before, err := s.calls(b.ctx)
	if err != nil {
		return err
	}
	var watching *memoryWatch
	cmd := s.start(b.ctx, s.args(r)...)
	start := time.Now()
	_, err = output(cmd, func(pid int) {
		if warmUp || r.once {
			watching = watchMemory(pid, s.folder)
		}
	})
	took := time.Since(start)
	if watching != nil {
		into.memory = watching.stop()
	}
	if err != nil {
		return err
	}
	if !warmUp {
		into.durations = append(into.durations, took)
	}
	if into.calls, err = s.calls(b.ctx); err != nil {
		return err
	}
	maps.DeleteFunc(into.calls, func(name string, n int) bool {
		into.calls[name] = n - before[name]
		return n == before[name]
	})
	if r.name == upRow {
		into.resources, err = s.count()
	}
	return err
}
