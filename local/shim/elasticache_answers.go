package shim

import "fmt"

// The types here are the parts of ElastiCache's answers that clients read.

type cacheEndpoint struct {
	Address string
	Port    int
}

type nodeGroupMember struct {
	CacheClusterID            string `xml:"CacheClusterId"`
	CacheNodeID               string `xml:"CacheNodeId"`
	PreferredAvailabilityZone string
	CurrentRole               string
	ReadEndpoint              cacheEndpoint
}

type nodeGroup struct {
	NodeGroupID      string `xml:"NodeGroupId"`
	Status           string
	PrimaryEndpoint  cacheEndpoint
	ReaderEndpoint   cacheEndpoint
	NodeGroupMembers []nodeGroupMember `xml:"NodeGroupMembers>NodeGroupMember"`
}

type replicationGroupAnswer struct {
	ReplicationGroupID       string `xml:"ReplicationGroupId"`
	Description              string
	Status                   string
	MemberClusters           []string    `xml:"MemberClusters>ClusterId"`
	NodeGroups               []nodeGroup `xml:"NodeGroups>NodeGroup"`
	AutomaticFailover        string
	MultiAZ                  string
	SnapshotRetentionLimit   int
	SnapshotWindow           string
	ClusterEnabled           bool
	ClusterMode              string
	CacheNodeType            string
	AuthTokenEnabled         bool
	TransitEncryptionEnabled bool
	TransitEncryptionMode    string `xml:",omitempty"`
	AtRestEncryptionEnabled  bool
	KmsKeyID                 string `xml:"KmsKeyId,omitempty"`
	ARN                      string
	AutoMinorVersionUpgrade  bool
	DataTiering              string
	NetworkType              string
	IPDiscovery              string `xml:"IpDiscovery"`
	Engine                   string
}

type groupResult struct {
	ReplicationGroup replicationGroupAnswer
}

type groupsResult struct {
	ReplicationGroups []replicationGroupAnswer `xml:"ReplicationGroups>ReplicationGroup"`
}

type cacheSecurityGroup struct {
	SecurityGroupID string `xml:"SecurityGroupId"`
	Status          string
}

type cacheNode struct {
	CacheNodeID              string `xml:"CacheNodeId"`
	CacheNodeStatus          string
	Endpoint                 cacheEndpoint
	ParameterGroupStatus     string
	CustomerAvailabilityZone string
}

type cacheClusterAnswer struct {
	CacheClusterID             string `xml:"CacheClusterId"`
	CacheNodeType              string
	Engine                     string
	EngineVersion              string
	CacheClusterStatus         string
	NumCacheNodes              int
	PreferredAvailabilityZone  string
	PreferredMaintenanceWindow string
	CacheParameterGroupName    string `xml:"CacheParameterGroup>CacheParameterGroupName"`
	ParameterApplyStatus       string `xml:"CacheParameterGroup>ParameterApplyStatus"`
	CacheSubnetGroupName       string
	NotificationTopic          string               `xml:"NotificationConfiguration>TopicArn,omitempty"`
	NotificationStatus         string               `xml:"NotificationConfiguration>TopicStatus,omitempty"`
	SecurityGroups             []cacheSecurityGroup `xml:"SecurityGroups>member"`
	ReplicationGroupID         string               `xml:"ReplicationGroupId"`
	SnapshotRetentionLimit     int
	SnapshotWindow             string
	AutoMinorVersionUpgrade    bool
	AuthTokenEnabled           bool
	TransitEncryptionEnabled   bool
	TransitEncryptionMode      string `xml:",omitempty"`
	AtRestEncryptionEnabled    bool
	ARN                        string
	NetworkType                string
	IPDiscovery                string      `xml:"IpDiscovery"`
	CacheNodes                 []cacheNode `xml:"CacheNodes>CacheNode"`
}

type clustersResult struct {
	CacheClusters []cacheClusterAnswer `xml:"CacheClusters>CacheCluster"`
}

func enabled(on bool) string {
	if on {
		return "enabled"
	}
	return "disabled"
}

func (g *replicationGroup) domain() string {
	return g.id + ".local.cache.amazonaws.com"
}

func (g *replicationGroup) member(n int) string { return fmt.Sprintf("%s-%03d", g.id, n+1) }

func (g *replicationGroup) zone(n int) string { return g.region + string("abc"[n%3]) }

func (g *replicationGroup) answer(status string) replicationGroupAnswer {
	node := nodeGroup{
		NodeGroupID:     "0001",
		Status:          status,
		PrimaryEndpoint: cacheEndpoint{"master." + g.domain(), g.port},
		ReaderEndpoint:  cacheEndpoint{"replica." + g.domain(), g.port},
	}
	var members []string
	for n := range g.nodes {
		role := "replica"
		if n == 0 {
			role = "primary"
		}
		members = append(members, g.member(n))
		node.NodeGroupMembers = append(node.NodeGroupMembers, nodeGroupMember{
			CacheClusterID:            g.member(n),
			CacheNodeID:               "0001",
			PreferredAvailabilityZone: g.zone(n),
			CurrentRole:               role,
			ReadEndpoint:              cacheEndpoint{g.member(n) + "." + g.domain(), g.port},
		})
	}
	return replicationGroupAnswer{
		ReplicationGroupID:       g.id,
		Description:              g.description,
		Status:                   status,
		MemberClusters:           members,
		NodeGroups:               []nodeGroup{node},
		AutomaticFailover:        enabled(g.failover),
		MultiAZ:                  enabled(g.multiAZ),
		SnapshotRetentionLimit:   g.snapshotRetention,
		SnapshotWindow:           g.snapshotWindow,
		ClusterMode:              enabled(false),
		CacheNodeType:            g.nodeType,
		AuthTokenEnabled:         g.token != "",
		TransitEncryptionEnabled: g.tlsMode != "",
		TransitEncryptionMode:    g.tlsMode,
		AtRestEncryptionEnabled:  g.atRest,
		KmsKeyID:                 g.kmsKey,
		ARN:                      cacheARN(g.region, "replicationgroup", g.id),
		AutoMinorVersionUpgrade:  g.autoMinor,
		DataTiering:              enabled(false),
		NetworkType:              "ipv4",
		IPDiscovery:              "ipv4",
		Engine:                   g.engine,
	}
}

func (g *replicationGroup) clusterAnswer(n int) cacheClusterAnswer {
	var securityGroups []cacheSecurityGroup
	for _, id := range g.securityGroups {
		securityGroups = append(securityGroups, cacheSecurityGroup{id, "active"})
	}
	notificationStatus := ""
	if g.notificationTopic != "" {
		notificationStatus = "active"
	}
	return cacheClusterAnswer{
		CacheClusterID:             g.member(n),
		CacheNodeType:              g.nodeType,
		Engine:                     g.engine,
		EngineVersion:              g.version,
		CacheClusterStatus:         "available",
		NumCacheNodes:              1,
		PreferredAvailabilityZone:  g.zone(n),
		PreferredMaintenanceWindow: g.maintenanceWindow,
		CacheParameterGroupName:    g.parameterGroup,
		ParameterApplyStatus:       "in-sync",
		CacheSubnetGroupName:       g.subnetGroup,
		NotificationTopic:          g.notificationTopic,
		NotificationStatus:         notificationStatus,
		SecurityGroups:             securityGroups,
		ReplicationGroupID:         g.id,
		SnapshotRetentionLimit:     g.snapshotRetention,
		SnapshotWindow:             g.snapshotWindow,
		AutoMinorVersionUpgrade:    g.autoMinor,
		AuthTokenEnabled:           g.token != "",
		TransitEncryptionEnabled:   g.tlsMode != "",
		TransitEncryptionMode:      g.tlsMode,
		AtRestEncryptionEnabled:    g.atRest,
		ARN:                        cacheARN(g.region, "cluster", g.member(n)),
		NetworkType:                "ipv4",
		IPDiscovery:                "ipv4",
		CacheNodes: []cacheNode{{
			CacheNodeID:              "0001",
			CacheNodeStatus:          "available",
			Endpoint:                 cacheEndpoint{g.member(n) + "." + g.domain(), g.port},
			ParameterGroupStatus:     "in-sync",
			CustomerAvailabilityZone: g.zone(n),
		}},
	}
}
