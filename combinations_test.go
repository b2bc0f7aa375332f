package main

import (
	"os"
	"slices"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
)

// switches are the keys that change which resources exist or how they are connected, with every value to try. Keys that
// change only resources that the first key leaves alone change together with it: otherwise each doubles the time.
var switches = []struct {
	key    string
	values []string
	along  map[string][]string
}{
	{key: "vpc", values: []string{"dedicated", "default", "vpc-0123456789abcdef0"}},
	{key: "enableRedis", values: []string{"true", "false"}},
	{key: "redisTls", values: []string{"true", "false"}},
	{key: "cacheEngine", values: []string{"redis", "valkey"}, along: map[string][]string{
		"enableExec": {"true", "false"}, "spotFallback": {"true", "false"},
	}},
	{key: "useSpot", values: []string{"true", "false"}, along: map[string][]string{
		"taskPolicyArns":  {`["arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"]`, "[]"},
		"cpuArchitecture": {"x86_64", "arm64"}, "minCount": {"1", ""}, "maxCount": {"3", ""},
	}},
	{key: "multiAz", values: []string{"true", "false"}, along: map[string][]string{
		"redisNodes": {"2", "1"}, "dbReadReplica": {"true", "false"}, "sleepDatabase": {"false", "true"},
		"sleepAt": {"", "20:00"}, "wakeAt": {"", "07:00"}, "dbEngineVersion": {"17", "16"},
	}},
	{key: "deletionProtection", values: []string{"true", "false"}},
	{key: "ingress", values: []string{"direct", "tunnel", "loadBalancer"}, along: map[string][]string{
		"domainName": {"", "app.example.com", "app.example.com"}, "hostedZoneId": {"", "", "Z0123456789ABC"},
	}},
	{key: "imageTag", values: []string{"v1", ""}},
	{key: "alarmEmail", values: []string{"ops@example.com", ""}},
}

// combination holds the index of a value for each switch.
type combination []int

// given returns the configuration of a combination.
func (c combination) given() map[string]string {
	given := map[string]string{}
	for i, value := range c {
		given["threa:"+switches[i].key] = switches[i].values[value]
		for key, values := range switches[i].along {
			given["threa:"+key] = values[value]
		}
	}
	return given
}

// triple is three switches and their values.
type triple [6]int

// missing returns the triples of a combination that are not covered yet.
func (c combination) missing(covered map[triple]bool) []triple {
	var triples []triple
	for i := range c {
		for j := range i {
			for k := range j {
				if t := (triple{i, j, k, c[i], c[j], c[k]}); !covered[t] {
					triples = append(triples, t)
				}
			}
		}
	}
	return triples
}

// allCombinations returns every combination of the switches.
func allCombinations() []combination {
	all := []combination{{}}
	for _, s := range switches {
		var longer []combination
		for _, c := range all {
			for value := range s.values {
				longer = append(longer, append(slices.Clone(c), value))
			}
		}
		all = longer
	}
	return all
}

// combinations returns combinations that together contain every triple of values: a fault that needs more than three
// keys is rare, and all combinations take minutes. With THREA_ALL_COMBINATIONS set, it returns all of them.
var combinations = sync.OnceValue(func() []combination {
	all := allCombinations()
	if os.Getenv("THREA_ALL_COMBINATIONS") != "" {
		return all
	}
	covered := map[triple]bool{}
	var chosen []combination
	for {
		var best combination
		var added []triple
		for _, c := range all {
			if missing := c.missing(covered); len(missing) > len(added) {
				best, added = c, missing
			}
		}
		if len(added) == 0 {
			return chosen
		}
		for _, t := range added {
			covered[t] = true
		}
		chosen = append(chosen, best)
	}
})

func TestCombinations_CoverEveryTriple(t *testing.T) {
	covered := map[triple]bool{}
	for _, c := range combinations() {
		for _, three := range c.missing(nil) {
			covered[three] = true
		}
	}
	triples := 0
	for i, first := range switches {
		for j, second := range switches[:i] {
			for _, third := range switches[:j] {
				triples += len(first.values) * len(second.values) * len(third.values)
			}
		}
	}
	assert.Len(t, covered, triples)
}
