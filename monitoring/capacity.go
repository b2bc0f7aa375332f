package monitoring

import (
	"strconv"
	"strings"
)

// smallest is the memory in MiB of the least instance class. It stands for a class whose family is not known here: the
// alarm on connections then comes early, the one on memory late.
const smallest = 1024

// largeMemory is the memory in MiB of a family's "large" size. Every family doubles from size to size. Source:
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Summary.html
var largeMemory = map[string]int{"t": 8 << 10, "m": 8 << 10, "c": 4 << 10, "r": 16 << 10, "x2g": 32 << 10, "x2idn": 32 << 10, "x2iedn": 64 << 10}

// classMemory is the memory in MiB of an RDS instance class such as db.t4g.micro.
func classMemory(class string) int {
	parts := strings.Split(class, ".")
	if len(parts) != 3 || parts[1] == "" {
		return smallest
	}
	large, known := largeMemory[parts[1]]
	if !known {
		large, known = largeMemory[parts[1][:1]] // t4g, m6i and r7g differ in all but this
	}
	if !known {
		return smallest
	}
	switch size := parts[2]; size {
	case "micro":
		return large / 8
	case "small":
		return large / 4
	case "medium":
		return large / 2
	case "large":
		return large
	default:
		return large * 2 * times(size)
	}
}

// times reads the factor of an xlarge size, 1 where none is written.
func times(size string) int {
	factor, err := strconv.Atoi(strings.TrimSuffix(size, "xlarge"))
	if err != nil {
		return 1
	}
	return factor
}

// maxConnections is PostgreSQL's max_connections in RDS's default parameter group, for memory in MiB: the memory of the
// class divided by 9531392, 5000 at most. RDS takes its own processes' share from the memory first, a quarter of it on
// the smallest class. Source: https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/CHAP_Limits.html
func maxConnections(memory int) int {
	return min(memory*3/4*mebi/9531392, 5000)
}
