package config

import (
	"fmt"
	"strings"
)

// Problem is one thing wrong with the configuration.
type Problem struct {
	Key   string // with its namespace, such as threa:containerCpu
	Value string // what was set, never a secret
	Must  string // what is allowed
	Mend  string // the command that mends it
}

func (p Problem) String() string {
	return fmt.Sprintf("%s is %s: %s\n    %s", p.Key, p.Value, p.Must, p.Mend)
}

// Problems is everything wrong with the configuration of one stack, as one error.
type Problems struct {
	Stack string
	List  []Problem
}

func (p *Problems) Error() string {
	var text strings.Builder
	plural := "problems"
	if len(p.List) == 1 {
		plural = "problem"
	}
	fmt.Fprintf(&text, "the configuration of stack %s has %d %s, nothing was changed:", p.Stack, len(p.List), plural)
	for _, problem := range p.List {
		fmt.Fprintf(&text, "\n\n  %s", problem)
	}
	return text.String()
}
