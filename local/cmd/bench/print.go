package main

import (
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"text/tabwriter"
	"time"
)

const explanation = `Each system has its own local AWS. Pulumi deploys the stack prod with its own settings, Terraform a smaller
configuration of the same app. Times are medians in seconds; in the column "+%v", the local AWS delays each call.
up and destroy run once, both systems at the same time, because they mostly wait. Memory is the highest sum over
the processes of a command. Terraform starts its provider in each command. The local AWS keeps Pulumi's provider
running for the next command, except in the rows that say that it starts.
`

// print prints the table.
func (b *bench) print() {
	fmt.Printf(explanation+"\n", latency)
	w := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', tabwriter.AlignRight)
	line := func(cells ...string) { _, _ = fmt.Fprintln(w, strings.Join(cells, "\t")+"\t") }
	head, columns := []string{""}, []string{""}
	for n, s := range b.systems {
		head = append(head, fmt.Sprintf("%s: %d resources", s.name, b.results[upRow][n].resources), "", "", "")
		columns = append(columns, "+0 ms", fmt.Sprintf("+%v", latency), "calls", "MiB")
	}
	line(head...)
	line(columns...)
	for _, r := range rows {
		cells := []string{r.name}
		for n := range b.systems {
			fast, slow := b.result(r.name, n)
			cells = append(cells, seconds(fast.median()), seconds(slow.median()), fmt.Sprint(slow.countCalls()),
				fmt.Sprint(max(fast.memory, slow.memory)))
		}
		line(cells...)
	}
	_ = w.Flush()
	if len(b.systems) > 1 {
		b.compare()
	}
	if b.byName {
		b.printCalls()
	}
}

// result returns the results of a row for a system: without and with latency.
func (b *bench) result(name string, system int) (fast, slow *result) {
	results := b.results[name]
	return results[system], results[len(b.systems)+system]
}

// compare prints how long Pulumi takes in proportion to Terraform.
func (b *bench) compare() {
	fmt.Printf("\npulumi / terraform, deployed stack, +%v:\n", latency)
	for _, c := range []struct{ name, pulumi, terraform string }{
		{"pulumi preview / terraform plan (which refreshes)", deployedRow, refreshRow},
		{"the same, provider process starts", coldRow, refreshRow},
		{"both without a refresh, provider process starts", coldRow, coldRow},
		{"both with a refresh", refreshRow, refreshRow},
	} {
		_, pulumi := b.result(c.pulumi, 0)
		_, terraform := b.result(c.terraform, 1)
		fmt.Printf("  %.2f  %s\n", pulumi.median().Seconds()/terraform.median().Seconds(), c.name)
	}
}

// printCalls prints the calls of each command by name.
func (b *bench) printCalls() {
	for _, r := range rows {
		for n, s := range b.systems {
			_, slow := b.result(r.name, n)
			fmt.Printf("\n%s, %s:\n", s.name, r.name)
			for _, name := range slices.Sorted(maps.Keys(slow.calls)) {
				fmt.Printf("  %3d  %s\n", slow.calls[name], name)
			}
		}
	}
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.2f", d.Seconds()) }
