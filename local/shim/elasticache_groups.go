package shim

import "strings"

// replicationGroup is one primary with its replicas. The members differ in
// nothing but their number, so they are not kept one by one.
type replicationGroup struct {
	region, id, description string
	engine, version         string
	nodeType                string
	nodes, port             int
	token                   string // "" without AUTH
	tlsMode                 string // "" without encryption in transit
	atRest                  bool
	kmsKey                  string
	parameterGroup          string
	subnetGroup             string
	securityGroups          []string
	maintenanceWindow       string
	snapshotWindow          string
	snapshotRetention       int
	notificationTopic       string
	autoMinor               bool
	failover, multiAZ       bool
}

func (r *cacheRule) createGroup(c *call, p params) (any, error) {
	id := strings.ToLower(p.text("ReplicationGroupId", ""))
	if _, taken := r.groups[regional{c.region, id}]; taken {
		return nil, badRequest("ReplicationGroupAlreadyExists", "Replication group %s already exists.", id)
	}
	g := &replicationGroup{
		region:            c.region,
		id:                id,
		engine:            p.text("Engine", "redis"),
		atRest:            p.flag("AtRestEncryptionEnabled", p.text("Engine", "") == "valkey"),
		kmsKey:            p.text("KmsKeyId", ""),
		subnetGroup:       strings.ToLower(p.text("CacheSubnetGroupName", "default")),
		maintenanceWindow: "sun:23:00-mon:01:30",
		snapshotWindow:    "05:00-06:00",
		autoMinor:         true,
	}
	if _, ok := r.subnets[regional{c.region, g.subnetGroup}]; !ok && p.has("CacheSubnetGroupName") {
		return nil, subnetGroupNotFound(g.subnetGroup)
	}
	if p.flag("TransitEncryptionEnabled", false) {
		g.tlsMode = p.text("TransitEncryptionMode", "required")
	}
	version, err := cacheVersion(g.engine, p.text("EngineVersion", ""))
	if err != nil {
		return nil, err
	}
	g.version = version
	g.parameterGroup = defaultParameterGroup(g.engine, g.version)
	if g.nodes, err = p.number("NumCacheClusters", 1); err != nil {
		return nil, err
	}
	if g.port, err = p.number("Port", 6379); err != nil {
		return nil, err
	}
	if err := g.configure(p); err != nil {
		return nil, err
	}
	r.groups[regional{c.region, id}] = g
	r.tags[cacheARN(c.region, "replicationgroup", id)] = readTags(p)
	return groupResult{g.answer("creating")}, nil
}

// configure sets what creation and modification have in common, and holds the
// outcome against the rules of AWS.
func (g *replicationGroup) configure(p params) error {
	if err := checkGroupParameters(p); err != nil {
		return err
	}
	g.description = p.text("ReplicationGroupDescription", g.description)
	g.nodeType = p.text("CacheNodeType", g.nodeType)
	g.maintenanceWindow = strings.ToLower(p.text("PreferredMaintenanceWindow", g.maintenanceWindow))
	g.snapshotWindow = p.text("SnapshotWindow", g.snapshotWindow)
	g.notificationTopic = p.text("NotificationTopicArn", g.notificationTopic)
	g.autoMinor = p.flag("AutoMinorVersionUpgrade", g.autoMinor)
	g.failover = p.flag("AutomaticFailoverEnabled", g.failover)
	g.multiAZ = p.flag("MultiAZEnabled", g.multiAZ)
	if ids := p.list("SecurityGroupIds.SecurityGroupId"); len(ids) > 0 {
		g.securityGroups = ids
	}
	var err error
	if g.snapshotRetention, err = p.number("SnapshotRetentionLimit", g.snapshotRetention); err != nil {
		return err
	}
	g.token = p.text("AuthToken", g.token)
	if p.text("AuthTokenUpdateStrategy", "") == "DELETE" {
		g.token = ""
	}
	if name := p.text("CacheParameterGroupName", g.parameterGroup); name != g.parameterGroup {
		if !strings.HasPrefix(name, "default.") {
			return notFound("CacheParameterGroupNotFound", "CacheParameterGroup %s not found.", name)
		}
		g.parameterGroup = name
	}
	switch {
	case g.nodeType == "":
		return badRequest("InvalidParameterValue", "CacheNodeType is required.")
	case g.token != "" && g.tlsMode == "":
		return badRequest("InvalidParameterCombination", "AuthToken requires TransitEncryptionEnabled.")
	case g.failover && g.nodes < 2:
		return badRequest("InvalidParameterCombination", "Automatic failover needs at least one replica.")
	case g.multiAZ && !g.failover:
		return badRequest("InvalidParameterCombination", "Multi-AZ needs automatic failover.")
	}
	return nil
}

func (r *cacheRule) modifyGroup(c *call, p params) (any, error) {
	current, err := r.group(c.region, p.text("ReplicationGroupId", ""))
	if err != nil {
		return nil, err
	}
	// A refused modification must not leave half of itself behind.
	g := *current
	if err := g.changeEngine(p); err != nil {
		return nil, err
	}
	if err := g.changeTLS(p); err != nil {
		return nil, err
	}
	if err := g.configure(p); err != nil {
		return nil, err
	}
	*current = g
	return groupResult{g.answer("modifying")}, nil
}

func (g *replicationGroup) changeEngine(p params) error {
	engine := p.text("Engine", g.engine)
	if engine == g.engine && !p.has("EngineVersion") {
		return nil
	}
	if g.engine == "valkey" && engine == "redis" {
		return badRequest("InvalidParameterCombination", "Cannot change the engine from valkey to redis.")
	}
	version, err := cacheVersion(engine, p.text("EngineVersion", ""))
	if err != nil {
		return err
	}
	if engine == g.engine && version < g.version { // all versions have one digit before and after the first point
		return badRequest("InvalidParameterCombination", "Cannot change the engine version from %s to %s.", g.version, version)
	}
	g.engine, g.version = engine, version
	g.parameterGroup = defaultParameterGroup(engine, version)
	return nil
}

// changeTLS keeps to the two steps of AWS: clients can only follow if a group
// accepts both kinds of connection in between.
func (g *replicationGroup) changeTLS(p params) error {
	mode := p.text("TransitEncryptionMode", g.tlsMode)
	if !p.flag("TransitEncryptionEnabled", g.tlsMode != "") {
		mode = ""
	}
	switch {
	case g.tlsMode == "" && mode == "required", g.tlsMode == "" && mode == "" && p.flag("TransitEncryptionEnabled", false):
		return badRequest("InvalidParameterCombination",
			"To enable encryption in transit, first set TransitEncryptionMode to preferred, then to required.")
	case g.tlsMode == "required" && mode == "":
		return badRequest("InvalidParameterCombination",
			"To disable encryption in transit, first set TransitEncryptionMode to preferred.")
	}
	g.tlsMode = mode
	return nil
}

// resizeGroup serves IncreaseReplicaCount and DecreaseReplicaCount.
func (r *cacheRule) resizeGroup(c *call, p params) (any, error) {
	g, err := r.group(c.region, p.text("ReplicationGroupId", ""))
	if err != nil {
		return nil, err
	}
	replicas, err := p.number("NewReplicaCount", g.nodes-1)
	if err != nil {
		return nil, err
	}
	if replicas < 1 && g.failover {
		return nil, badRequest("InvalidParameterCombination", "Automatic failover needs at least one replica.")
	}
	g.nodes = replicas + 1
	return groupResult{g.answer("modifying")}, nil
}

func (r *cacheRule) deleteGroup(c *call, p params) (any, error) {
	g, err := r.group(c.region, p.text("ReplicationGroupId", ""))
	if err != nil {
		return nil, err
	}
	delete(r.groups, regional{c.region, g.id})
	delete(r.tags, cacheARN(c.region, "replicationgroup", g.id))
	return groupResult{g.answer("deleting")}, nil
}

func (r *cacheRule) describeGroups(c *call, p params) (any, error) {
	ids := inRegion(r.groups, c.region)
	if p.has("ReplicationGroupId") {
		ids = []string{p.text("ReplicationGroupId", "")}
	}
	var result groupsResult
	for _, id := range ids {
		g, err := r.group(c.region, id)
		if err != nil {
			return nil, err
		}
		result.ReplicationGroups = append(result.ReplicationGroups, g.answer("available"))
	}
	return result, nil
}

func (r *cacheRule) describeClusters(c *call, p params) (any, error) {
	wanted := p.text("CacheClusterId", "")
	var result clustersResult
	for _, id := range inRegion(r.groups, c.region) {
		g := r.groups[regional{c.region, id}]
		for n := range g.nodes {
			if wanted == "" || wanted == g.member(n) {
				result.CacheClusters = append(result.CacheClusters, g.clusterAnswer(n))
			}
		}
	}
	if wanted != "" && len(result.CacheClusters) == 0 {
		return nil, notFound("CacheClusterNotFound", "CacheCluster not found: %s", wanted)
	}
	return result, nil
}

func (r *cacheRule) group(region, id string) (*replicationGroup, error) {
	if g, ok := r.groups[regional{region, strings.ToLower(id)}]; ok {
		return g, nil
	}
	return nil, notFound("ReplicationGroupNotFoundFault", "ReplicationGroup %s not found.", id)
}

func (r *cacheRule) groupOfMember(region, member string) *replicationGroup {
	for key, g := range r.groups {
		if key.region != region {
			continue
		}
		for n := range g.nodes {
			if g.member(n) == member {
				return g
			}
		}
	}
	return nil
}
