package cost

import "threa-infra/internal/config"

// unitsInUse is a volume that no configuration says, by its name in the file of prices.
const unitsInUse = "capacity units in use"

func (e *estimate) balanced() bool { return e.cfg.Ingress.Kind == config.IngressLoadBalancer }

func (e *estimate) balancer() {
	if e.balanced() {
		e.add(Balancer, 1, e.hours(1, e.price("load balancer hour")), "1 application load balancer")
	}
}

// balancerUse is billed by the hour and in fractions, by whichever is the most of new connections, open ones and traffic.
func (e *estimate) balancerUse() {
	if e.balanced() {
		used := e.price(unitsInUse)
		e.add(BalancerUse, 1, e.hours(1, times(used, e.price("load balancer capacity unit-hour"))),
			"%s, assumed: 300 open connections, or 0.1 GB an hour", used.text)
	}
}

// balancerAddresses are one in each zone.
func (e *estimate) balancerAddresses() {
	if e.balanced() {
		zones, assumed := e.balancerZones()
		e.add(BalancerAddresses, zones, e.hours(zones, e.price("public IPv4 address-hour")), "%d, one in each zone%s", zones, assumed)
	}
}

// balancerZones are those of a dedicated VPC. In one that exists they are not known before AWS is asked.
func (e *estimate) balancerZones() (zones int, assumed string) {
	const usual = 2
	switch n := e.cfg.Network; {
	case n.VPC != config.VPCDedicated:
		return usual, ", assumed"
	case len(n.Zones) > 0:
		return len(n.Zones), ""
	}
	return usual, ""
}
