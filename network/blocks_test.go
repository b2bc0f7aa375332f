package network

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
)

// vpcRanges is every size of VPC that the configuration takes, at the edges of the private ranges.
func vpcRanges() []netip.Prefix {
	var all []netip.Prefix
	for _, start := range []string{"10.0.0.0", "10.42.0.0", "172.31.0.0", "192.168.0.0", "10.255.255.0", "192.168.255.0"} {
		for bits := 16; bits <= 24; bits++ {
			if prefix := netip.PrefixFrom(netip.MustParseAddr(start), bits); prefix == prefix.Masked() {
				all = append(all, prefix)
			}
		}
	}
	return all
}

// blocks are the ranges of both tiers in up to four zones.
func blocks(vpc netip.Prefix) []netip.Prefix {
	var all []netip.Prefix
	for _, t := range []tier{public, isolated} {
		for zone := range 4 {
			all = append(all, block(vpc, t, zone))
		}
	}
	return all
}

func TestSubnetsLieInsideTheVPCAndNeverOverlap(t *testing.T) {
	for _, vpc := range vpcRanges() {
		all := blocks(vpc)
		for i, one := range all {
			assert.Equal(t, vpc, netip.PrefixFrom(one.Addr(), vpc.Bits()).Masked(), "%s is outside %s", one, vpc)
			assert.Equal(t, one.Masked(), one, "%s in %s does not start at its first address", one, vpc)
			for _, other := range all[:i] {
				assert.False(t, one.Overlaps(other), "%s and %s in %s", one, other, vpc)
			}
		}
	}
}

func TestSubnetsFillTheVPCAndAreLargeEnoughForAWS(t *testing.T) {
	for _, vpc := range vpcRanges() {
		for _, one := range blocks(vpc) {
			assert.Equal(t, vpc.Bits()+3, one.Bits(), "an eighth of %s", vpc)
			assert.LessOrEqual(t, one.Bits(), 28, "AWS takes no subnet smaller than /28")
		}
	}
}

// A changed range replaces a subnet, and with it what stands in it.
func TestARangeNeverMoves(t *testing.T) {
	vpc := netip.MustParsePrefix("10.42.0.0/16")
	var ranges []string
	for _, one := range blocks(vpc) {
		ranges = append(ranges, one.String())
	}
	assert.Equal(t, []string{
		"10.42.0.0/19", "10.42.32.0/19", "10.42.64.0/19", "10.42.96.0/19",
		"10.42.128.0/19", "10.42.160.0/19", "10.42.192.0/19", "10.42.224.0/19",
	}, ranges)
}
