package dbclass

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestMemory(t *testing.T) {
	for class, gibibytes := range map[string]int{
		"db.t3.micro": 1, "db.t4g.micro": 1, "db.t4g.small": 2, "db.t4g.medium": 4, "db.t4g.large": 8, "db.t4g.xlarge": 16,
		"db.t4g.2xlarge": 32,
		"db.m6g.large":   8, "db.m5.xlarge": 16, "db.m7g.4xlarge": 64, "db.m5.24xlarge": 384,
		"db.c6gd.medium": 2, "db.c6gd.large": 4, "db.c6gd.xlarge": 8, "db.c6gd.16xlarge": 128,
		"db.r6g.large": 16, "db.r6g.2xlarge": 64, "db.r7g.16xlarge": 512, "db.r5.24xlarge": 768,
		"db.x2g.large": 32, "db.x2idn.16xlarge": 1024, "db.x2iedn.xlarge": 128,
	} {
		assert.Equal(t, gibibytes*1024, Memory(class), class)
	}
}

func TestMemory_UnknownIsSmallest(t *testing.T) {
	for _, class := range []string{"", "db", "db.t4g", "db..micro", "t4g.micro", "db.z1d.large", "db.serverless"} {
		assert.Equal(t, 1024, Memory(class), "%q", class)
	}
}

// Calculated by hand from RDS's formula, memory/9531392, with three quarters of the memory and 5000 at most.
func TestMaxConnections(t *testing.T) {
	for class, want := range map[string]int{
		"db.t4g.micro": 84, "db.t4g.small": 168, "db.t4g.medium": 337, "db.t4g.large": 675, "db.r6g.large": 1351,
		"db.r6g.xlarge": 2703, "db.r6g.2xlarge": 5000, "db.r5.24xlarge": 5000,
	} {
		assert.InDelta(t, want, MaxConnections(class), 1, class)
	}
}

func TestWithConnections_ReturnsTheNextSize(t *testing.T) {
	for connections, want := range map[int]string{50: "db.t4g.micro", 100: "db.t4g.small", 400: "db.t4g.large", 6000: ""} {
		assert.Equal(t, want, WithConnections("db.t4g.micro", connections), connections)
	}
}
