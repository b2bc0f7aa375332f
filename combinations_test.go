package main

import (
	"os"
	"testing"

	"github.com/stretchr/testify/assert"
)

// toggles are the keys that change which resources exist or how they are connected, with every value to try. Keys that
// change only resources that the first key leaves alone change together with it: otherwise each doubles the time.
var toggles = []struct {
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
		"cpuArchitecture": {"x86_64", "arm64"}, "minCount": {"1", ""}, "maxCount": {"3", ""},
	}},
	{key: "multiAz", values: []string{"true", "false"}, along: map[string][]string{
		"redisNodes": {"2", "1"}, "dbReadReplica": {"true", "false"}, "sleepDatabase": {"false", "true"},
		"sleepAt": {"", "20:00"}, "wakeAt": {"", "07:00"},
		"dbEngineVersion": {"17", "16"},
	}},
	{key: "deletionProtection", values: []string{"true", "false"}},
	{key: "ingress", values: []string{"direct", "tunnel", "loadBalancer"}, along: map[string][]string{
		"domainName": {"", "app.example.com", "app.example.com"}, "hostedZoneId": {"", "", "Z0123456789ABC"},
	}},
	{key: "imageTag", values: []string{"v1", ""}},
	{key: "alarmEmail", values: []string{"ops@example.com", ""}},
}

// combination holds the index of a value for each toggle.
type combination []int

// given returns the configuration of a combination.
func (c combination) given() map[string]string {
	given := map[string]string{}
	for i, value := range c {
		given["threa:"+toggles[i].key] = toggles[i].values[value]
		for key, values := range toggles[i].along {
			given["threa:"+key] = values[value]
		}
	}
	return given
}

// triple is the values of three toggles.
type triple struct{ toggles, values [3]int }

func (c combination) triples() []triple {
	var triples []triple
	for i := range c {
		for j := range i {
			for k := range j {
				triples = append(triples, triple{[3]int{i, j, k}, [3]int{c[i], c[j], c[k]}})
			}
		}
	}
	return triples
}

// allCombinations returns every combination of the toggles.
func allCombinations() []combination {
	all := []combination{{}}
	for _, toggle := range toggles {
		var longer []combination
		for _, c := range all {
			for value := range toggle.values {
				longer = append(longer, append(append(combination{}, c...), value))
			}
		}
		all = longer
	}
	return all
}

// combinations returns combinations that together contain every triple of values: a fault that needs more than three
// keys is rare, and all combinations take minutes. With THREA_ALL_COMBINATIONS set, it returns all of them.
func combinations() []combination {
	all := allCombinations()
	if os.Getenv("THREA_ALL_COMBINATIONS") != "" {
		return all
	}
	missing := map[triple]bool{}
	for _, c := range all {
		for _, t := range c.triples() {
			missing[t] = true
		}
	}
	var chosen []combination
	for len(missing) > 0 {
		var best combination
		most := 0
		for _, c := range all {
			count := 0
			for _, t := range c.triples() {
				if missing[t] {
					count++
				}
			}
			if count > most {
				best, most = c, count
			}
		}
		for _, t := range best.triples() {
			delete(missing, t)
		}
		chosen = append(chosen, best)
	}
	return chosen
}

func TestCombinations_CoverEveryTriple(t *testing.T) {
	chosen := combinations()
	for i := range toggles {
		for j := range i {
			for k := range j {
				values := map[[3]int]bool{}
				for _, c := range chosen {
					values[[3]int{c[i], c[j], c[k]}] = true
				}
				want := len(toggles[i].values) * len(toggles[j].values) * len(toggles[k].values)
				assert.Len(t, values, want, "%s, %s, %s", toggles[i].key, toggles[j].key, toggles[k].key)
			}
		}
	}
	assert.Len(t, allCombinations(), 2304)
}
