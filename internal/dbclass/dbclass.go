// Package dbclass estimates the memory and the connections of RDS instance classes. An unknown class counts as the
// smallest.
package dbclass

import (
	"strconv"
	"strings"
)

// largeMemory is the memory in MiB of the size "large" of each family of instance classes. Every family doubles from
// size to size. Source: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Summary.html
var largeMemory = map[string]int{
	"t": 8 << 10, "m": 8 << 10, "c": 4 << 10, "r": 16 << 10, "x2g": 32 << 10, "x2idn": 32 << 10, "x2iedn": 64 << 10,
}

// sizes are the sizes of most families, the smallest first.
var sizes = []string{"micro", "small", "medium", "large", "xlarge", "2xlarge", "4xlarge", "8xlarge", "16xlarge"}

// Memory returns the memory in MiB of an RDS instance class such as db.t4g.micro. An unknown class counts as the
// smallest: the alarm on connections then fires early, and the alarm on memory late.
func Memory(class string) int {
	const smallest = 1024
	large, size := split(class)
	if large == 0 {
		return smallest
	}
	switch size {
	case "micro":
		return large / 8
	case "small":
		return large / 4
	case "medium":
		return large / 2
	case "large":
		return large
	}
	factor, err := strconv.Atoi(strings.TrimSuffix(size, "xlarge"))
	if err != nil { // xlarge
		factor = 1
	}
	return large * 2 * factor
}

// Known reports whether Memory knows the family of a class.
func Known(class string) bool {
	large, _ := split(class)
	return large > 0
}

// split returns the memory of the size "large" of a class's family, 0 if the family is unknown, and the class's size.
func split(class string) (large int, size string) {
	parts := strings.Split(class, ".")
	if len(parts) != 3 || parts[1] == "" {
		return 0, ""
	}
	large, known := largeMemory[parts[1]]
	if !known {
		large = largeMemory[parts[1][:1]] // the first letter of t4g, m6i or r7g
	}
	return large, parts[2]
}

// MaxConnections estimates max_connections of RDS's default parameter group for a class: the memory for the database in
// bytes divided by 9531392, at most 5000. RDS keeps some memory for its own processes: a quarter of the smallest class,
// which the estimate assumes for every class. Source:
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html
func MaxConnections(class string) int {
	const mebibyte = 1 << 20
	return min(Memory(class)*3/4*mebibyte/9531392, 5000)
}

// WithConnections returns the smallest class of a class's family that accepts a number of connections, or "" if none
// does. RDS may not offer that class.
func WithConnections(class string, connections int) string {
	family := class[:strings.LastIndex(class, ".")+1]
	for _, size := range sizes {
		if MaxConnections(family+size) >= connections {
			return family + size
		}
	}
	return ""
}
