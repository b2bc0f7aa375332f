package main

import (
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

// memoryWatch samples the memory of a process with its descendants, and of the provider that the local AWS keeps
// running. It leaves out the local AWS itself.
type memoryWatch struct {
	done chan struct{}
	peak chan int // in MiB
}

const sampleInterval = 200 * time.Millisecond

func watchMemory(pid int, folder string) *memoryWatch {
	w := &memoryWatch{make(chan struct{}), make(chan int)}
	go func() {
		highest := 0
		tick := time.NewTicker(sampleInterval)
		defer tick.Stop()
		for {
			select {
			case <-w.done:
				w.peak <- highest
				return
			case <-tick.C:
				highest = max(highest, memory(pid, folder))
			}
		}
	}()
	return w
}

func (w *memoryWatch) stop() int {
	close(w.done)
	return <-w.peak
}

func memory(root int, folder string) int {
	printed, err := exec.Command("ps", "-axo", "pid=,ppid=,rss=,command=").Output()
	if err != nil {
		return 0
	}
	counted, kib := []string{strconv.Itoa(root)}, 0
	for line := range strings.Lines(string(printed)) { // a process comes after its parent, except where numbers wrap
		fields := strings.Fields(line)
		const columns = 4
		if len(fields) < columns {
			continue
		}
		command := fields[3]
		isProvider := strings.HasPrefix(command, folder) && !strings.HasSuffix(command, "/local-aws")
		if fields[0] == counted[0] || slices.Contains(counted, fields[1]) || isProvider {
			counted = append(counted, fields[0])
			size, _ := strconv.Atoi(fields[2])
			kib += size
		}
	}
	return kib >> 10
}
