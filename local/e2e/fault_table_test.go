package e2e

import (
	"flag"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"threa-infra/local/shim"
)

// full runs every row of the fault table, and every point of the kills; without it, as many as fit into CI.
var full = flag.Bool("full", false, "run the complete fault table (12 minutes)")

// outcome is one row of the fault table.
type outcome struct {
	injected  map[shim.FaultKind]int // faults, by kind
	repeated  int                    // calls that came again after a fault
	killed    int                    // runs
	changed   int                    // things in AWS that were changed by hand
	recovered int                    // resources that recovery took over
	twice     int                    // resources that AWS has more often than the state
	orphans   int                    // what is left after a destroy
	verdict   string
}

func (o *outcome) add(r shim.FaultReport) {
	if o.injected == nil {
		o.injected = map[shim.FaultKind]int{}
	}
	for kind, count := range r.Injected {
		o.injected[kind] += count
	}
	o.repeated += r.Repeated
}

// TestFaults is the fault table: what goes wrong, and that the next run completes with nothing twice and nothing left.
func TestFaults(t *testing.T) {
	t.Parallel()
	type row struct {
		name string
		run  func(*testing.T, *sandbox, *outcome)
	}
	rows := []row{
		{"throttling, 500s, dropped connections and slow answers on a fifth of all calls; then drift", faultyLife},
		{"SIGKILL in the middle of up, update and destroy; two ups at once", killedLife},
	}
	if *full {
		rows = append(rows,
			row{"SIGKILL in the middle of an up, then a destroy", abandonedLife},
			row{"the answer to a fifth of all calls lost after AWS has carried them out", forgetfulLife})
	}
	table := make([]outcome, len(rows))
	t.Run("row", func(t *testing.T) {
		for i, row := range rows {
			t.Run(row.name, func(t *testing.T) {
				t.Parallel()
				s := newSandbox(t, root)
				s.must(t, "config", "set", "deletionProtection", "false")
				s.must(t, "preview") // starts the local AWS
				row.run(t, s, &table[i])
				assert.Zero(t, table[i].twice, "resources exist twice")
				assert.Zero(t, table[i].orphans, "resources are left over")
				assert.NotContains(t, s.printed.String(), "goroutine ", "no message is a stack trace")
			})
		}
	})
	fmt.Println("\n| What goes wrong | Faults injected | Calls repeated | Runs killed | Changed by hand | Taken over | Created twice | Orphans | Verdict |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|")
	for i, row := range rows {
		if o := table[i]; o.verdict != "" {
			fmt.Printf("| %s | %s | %d | %d | %d | %d | %d | %d | %s |\n",
				row.name, faultCounts(o.injected), o.repeated, o.killed, o.changed, o.recovered, o.twice, o.orphans, o.verdict)
		}
	}
}

// faultCounts is such as "57 (error 14, slow 20, throttle 23)".
func faultCounts(injected map[shim.FaultKind]int) string {
	var kinds []string
	total := 0
	for _, kind := range slices.Sorted(maps.Keys(injected)) {
		kinds = append(kinds, fmt.Sprintf("%s %d", kind, injected[kind]))
		total += injected[kind]
	}
	if total == 0 {
		return "0"
	}
	return strconv.Itoa(total) + " (" + strings.Join(kinds, ", ") + ")"
}
