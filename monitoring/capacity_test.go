package monitoring

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestClassMemory(t *testing.T) {
	for class, gibibytes := range map[string]int{
		"db.t3.micro": 1, "db.t4g.micro": 1, "db.t4g.small": 2, "db.t4g.medium": 4, "db.t4g.large": 8, "db.t4g.xlarge": 16,
		"db.t4g.2xlarge": 32,
		"db.m6g.large":   8, "db.m5.xlarge": 16, "db.m7g.4xlarge": 64, "db.m5.24xlarge": 384,
		"db.c6gd.medium": 2, "db.c6gd.large": 4, "db.c6gd.xlarge": 8, "db.c6gd.16xlarge": 128,
		"db.r6g.large": 16, "db.r6g.2xlarge": 64, "db.r7g.16xlarge": 512, "db.r5.24xlarge": 768,
		"db.x2g.large": 32, "db.x2idn.16xlarge": 1024, "db.x2iedn.xlarge": 128,
	} {
		assert.Equal(t, gibibytes*1024, classMemory(class), class)
	}
}

func TestClassMemory_UnknownIsSmallest(t *testing.T) {
	for _, class := range []string{"", "db", "db.t4g", "db..micro", "t4g.micro", "db.z1d.large", "db.serverless"} {
		assert.Equal(t, 1024, classMemory(class), "%q", class)
	}
}

// Calculated by hand from RDS's formula, memory/9531392, with three quarters of the memory and 5000 at most.
func TestMaxConnections(t *testing.T) {
	for memory, want := range map[int]int{1024: 84, 2048: 168, 4096: 337, 8192: 675, 16384: 1351, 32768: 2703, 65536: 5000,
		786432: 5000} {
		assert.InDelta(t, want, maxConnections(memory), 1, "%d MiB", memory)
	}
}
