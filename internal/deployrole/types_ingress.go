package deployrole

// ingressTypes are those of a load balancer with a certificate and a name. Certificates and zones have ids, which nobody
// knows beforehand: the rights reach those of the account.
var ingressTypes = map[string][]right{
	"aws:acm/certificate:Certificate": {
		look("acm", "DescribeCertificate", "ListTagsForCertificate").in("certificate/*"),
		change("acm", "RequestCertificate"),
		change("acm", "DeleteCertificate", "UpdateCertificateOptions", "AddTagsToCertificate", "RemoveTagsFromCertificate").in("certificate/*"),
	},
	"aws:acm/certificateValidation:CertificateValidation": {look("acm", "DescribeCertificate").in("certificate/*")},

	"aws:lb/listener:Listener": {
		look("elasticloadbalancing", "DescribeListeners", "DescribeListenerAttributes", "DescribeTags"),
		change("elasticloadbalancing", "CreateListener", "AddTags", "RemoveTags").in(loadBalancers...),
		change("elasticloadbalancing", "ModifyListener", "ModifyListenerAttributes", "DeleteListener", "AddTags", "RemoveTags").in(listeners...),
	},
	"aws:lb/loadBalancer:LoadBalancer": {
		look("elasticloadbalancing", "DescribeLoadBalancers", "DescribeLoadBalancerAttributes", "DescribeTags"),
		look("ec2", "DescribeAccountAttributes", "DescribeInternetGateways", "DescribeSecurityGroups", "DescribeSubnets", "DescribeVpcs",
			"DescribeNetworkInterfaces"),
		change("elasticloadbalancing", "CreateLoadBalancer", "DeleteLoadBalancer", "ModifyLoadBalancerAttributes", "SetIpAddressType",
			"SetSecurityGroups", "SetSubnets", "ModifyCapacityReservation", "AddTags", "RemoveTags").in(loadBalancers...),
		look("elasticloadbalancing", "DescribeCapacityReservation"),
		ownRole("elasticloadbalancing.amazonaws.com"),
	},
	"aws:lb/targetGroup:TargetGroup": {
		look("elasticloadbalancing", "DescribeTargetGroups", "DescribeTargetGroupAttributes", "DescribeTargetHealth", "DescribeTags"),
		change("elasticloadbalancing", "CreateTargetGroup", "DeleteTargetGroup", "ModifyTargetGroup", "ModifyTargetGroupAttributes", "AddTags",
			"RemoveTags").in("targetgroup/*/*"), // of its name only the first five letters are the stack's
	},
	"aws:lb/getLbs:getLbs":                   {look("elasticloadbalancing", "DescribeLoadBalancers", "DescribeTags"), look("tag", "GetResources")},
	"aws:lb/getLoadBalancer:getLoadBalancer": {look("elasticloadbalancing", "DescribeLoadBalancers", "DescribeLoadBalancerAttributes", "DescribeListeners", "DescribeTags")},

	"aws:route53/getZone:getZone": {
		look("route53", "ListHostedZones", "ListHostedZonesByName"),
		look("route53", "GetHostedZone", "ListTagsForResource", "ListResourceRecordSets").public("hostedzone/*"),
	},
	"aws:route53/record:Record": {
		look("route53", "GetHostedZone", "ListResourceRecordSets").public("hostedzone/*"),
		look("route53", "GetChange").public("change/*"),
		change("route53", "ChangeResourceRecordSets").public("hostedzone/*"),
	},
}

var (
	loadBalancers = []string{"loadbalancer/app/{name}/*", "loadbalancer/app/{name}-*/*"}
	listeners     = []string{"listener/app/{name}/*", "listener/app/{name}-*/*"}
)
