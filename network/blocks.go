package network

import (
	"encoding/binary"
	"net/netip"
)

// tier is a row of subnets, one in every zone.
type tier string

const (
	public   tier = "public"   // with a route to the internet
	isolated tier = "isolated" // without one
)

// block gives the range of a tier's subnet in a zone. A VPC is cut into eight ranges: the first four for the public
// tier, the last four for the isolated one, so that a zone can be added later without moving the others.
func block(vpc netip.Prefix, t tier, zone int) netip.Prefix {
	const cut = 3 // bits: eight ranges
	index := uint32(zone)
	if t == isolated {
		index += 4
	}
	bits := vpc.Bits() + cut
	first := vpc.Addr().As4()
	address := binary.BigEndian.Uint32(first[:]) + index<<(32-bits)
	var start [4]byte
	binary.BigEndian.PutUint32(start[:], address)
	return netip.PrefixFrom(netip.AddrFrom4(start), bits)
}
