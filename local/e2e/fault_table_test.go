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

// full runs every row of the fault table and every kill point. Without it, the tests run what fits into make test.
var full = flag.Bool("full", false, "run the complete fault table (12 minutes)")

// faultOutcome is one row of the fault table.
type faultOutcome struct {
	injected   map[shim.FaultKind]int // faults, by kind
	repeated   int                    // calls retried after a fault
	killed     int                    // killed runs
	changed    int                    // manual changes
	recovered  int                    // resources imported by recovery
	duplicates int                    // resources that only AWS has
	orphans    int                    // resources after a destroy
	result     string
}

func (o *faultOutcome) add(r shim.FaultReport) {
	if o.injected == nil {
		o.injected = map[shim.FaultKind]int{}
	}
	for kind, count := range r.Injected {
		o.injected[kind] += count
	}
	o.repeated += r.Repeated
}

// TestFaults prints the fault table. After each fault, the next run must complete without duplicates and orphans.
func TestFaults(t *testing.T) {
	parallel(t)
	type row struct {
		name string
		run  func(*testing.T, *sandbox, *faultOutcome)
	}
	rows := []row{
		{"throttling, 500 errors, dropped connections and slow answers on a fifth of all calls; then changes by hand",
			deployWithFaults},
		{"SIGKILL during up, update and destroy; two up at the same time", deployWithKills},
	}
	if *full {
		rows = append(rows,
			row{"SIGKILL during an up, then a destroy", destroyAfterKill},
			row{"the answers to a fifth of all calls are lost after AWS has executed them", deployWithLostAnswers})
	}
	table := make([]faultOutcome, len(rows))
	t.Run("row", func(t *testing.T) {
		for i, row := range rows {
			t.Run(row.name, func(t *testing.T) {
				t.Parallel()
				s := newSandbox(t, root)
				s.set(t, "deletionProtection", "false")
				s.must(t, "preview") // starts the local AWS
				row.run(t, s, &table[i])
				assert.Zero(t, table[i].duplicates, "duplicate resources")
				assert.Zero(t, table[i].orphans, "orphans")
				assert.NotContains(t, s.printed.String(), "goroutine ", "a message must not be a stack trace")
			})
		}
	})
	fmt.Println("\n| What goes wrong | Faults injected | Retried calls | Runs killed | Changed by hand | Recovered | " +
		"Duplicates | Orphans | Result |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|")
	for i, row := range rows {
		if o := table[i]; o.result != "" {
			fmt.Printf("| %s | %s | %d | %d | %d | %d | %d | %d | %s |\n",
				row.name, faultCounts(o.injected), o.repeated, o.killed, o.changed, o.recovered, o.duplicates, o.orphans, o.result)
		}
	}
}

// faultCounts returns the counts as text, such as "57 (error 14, slow 20, throttle 23)".
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
