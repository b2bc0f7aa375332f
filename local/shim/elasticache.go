package shim

import (
	"encoding/xml"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync"
)

const (
	accountID      = "123456789012"
	cacheNamespace = "http://elasticache.amazonaws.com/doc/2015-02-02/"
)

// cacheRule is an ElastiCache of its own: moto's lacks modification, subnet
// groups that can be deleted, and the members of replication groups. It serves
// replication groups with cluster mode disabled.
type cacheRule struct {
	upstream *upstream

	mu      sync.Mutex
	groups  map[regional]*replicationGroup
	subnets map[regional]*subnetGroup
	tags    map[string]map[string]string // by ARN
}

func newCacheRule(up *upstream) *cacheRule {
	return &cacheRule{
		upstream: up,
		groups:   map[regional]*replicationGroup{},
		subnets:  map[regional]*subnetGroup{},
		tags:     map[string]map[string]string{},
	}
}

func (r *cacheRule) forget() {
	r.mu.Lock()
	defer r.mu.Unlock()
	clear(r.groups)
	clear(r.subnets)
	clear(r.tags)
}

func (r *cacheRule) after(*call, *reply) error { return nil }

// before answers every call, so that none reaches moto.
func (r *cacheRule) before(c *call) (*reply, error) {
	actions := map[string]func(*call, params) (any, error){
		"CreateReplicationGroup":    r.createGroup,
		"DescribeReplicationGroups": r.describeGroups,
		"ModifyReplicationGroup":    r.modifyGroup,
		"IncreaseReplicaCount":      r.resizeGroup,
		"DecreaseReplicaCount":      r.resizeGroup,
		"DeleteReplicationGroup":    r.deleteGroup,
		"DescribeCacheClusters":     r.describeClusters,
		"CreateCacheSubnetGroup":    r.createSubnetGroup,
		"DescribeCacheSubnetGroups": r.describeSubnetGroups,
		"ModifyCacheSubnetGroup":    r.modifySubnetGroup,
		"DeleteCacheSubnetGroup":    r.deleteSubnetGroup,
		"ListTagsForResource":       r.listTags,
		"AddTagsToResource":         r.addTags,
		"RemoveTagsFromResource":    r.removeTags,
	}
	action, ok := actions[c.action]
	if !ok {
		return nil, badRequest("InvalidAction", "%s does not work on the local AWS: it serves replication groups and subnet groups only", c.name())
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	result, err := action(c, params(c.form))
	if err != nil {
		return nil, err
	}
	return queryReply(cacheNamespace, c.action, result)
}

// queryReply wraps a result as the query protocol does: in an element named
// after the action.
func queryReply(namespace, action string, result any) (*reply, error) {
	type response struct {
		XMLName   xml.Name
		Namespace string `xml:"xmlns,attr"`
		Result    any
		RequestID string `xml:"ResponseMetadata>RequestId"`
	}
	body, err := xml.Marshal(response{
		XMLName:   xml.Name{Local: action + "Response"},
		Namespace: namespace,
		Result:    namedResult{name: action + "Result", value: result},
		RequestID: requestID,
	})
	if err != nil {
		return nil, fmt.Errorf("encode the answer to %s: %w", action, err)
	}
	return &reply{status: http.StatusOK, contentType: "text/xml", body: body}, nil
}

// namedResult encodes value under a name known at run time only.
type namedResult struct {
	name  string
	value any
}

// MarshalXML implements xml.Marshaler.
func (n namedResult) MarshalXML(e *xml.Encoder, _ xml.StartElement) error {
	return e.EncodeElement(n.value, xml.StartElement{Name: xml.Name{Local: n.name}})
}

func cacheARN(region, kind, id string) string {
	return strings.Join([]string{"arn:aws:elasticache", region, accountID, kind, id}, ":")
}

// inRegion returns the ids of one region's things in a stable order.
func inRegion[T any](all map[regional]T, region string) []string {
	var ids []string
	for key := range all {
		if key.region == region {
			ids = append(ids, key.id)
		}
	}
	slices.Sort(ids)
	return ids
}

type tag struct{ Key, Value string }

type tagsResult struct {
	TagList []tag `xml:"TagList>Tag"`
}

func readTags(p params) map[string]string {
	tags := map[string]string{}
	p.each("Tags.Tag", "Key", func(element string) {
		tags[p.text(element+"Key", "")] = p.text(element+"Value", "")
	})
	return tags
}

func (r *cacheRule) listTags(c *call, p params) (any, error) {
	tags, err := r.tagsOf(c, p)
	if err != nil {
		return nil, err
	}
	var result tagsResult
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		result.TagList = append(result.TagList, tag{key, tags[key]})
	}
	return result, nil
}

func (r *cacheRule) addTags(c *call, p params) (any, error) {
	tags, err := r.tagsOf(c, p)
	if err != nil {
		return nil, err
	}
	maps.Copy(tags, readTags(p))
	return r.listTags(c, p)
}

func (r *cacheRule) removeTags(c *call, p params) (any, error) {
	tags, err := r.tagsOf(c, p)
	if err != nil {
		return nil, err
	}
	for _, key := range p.list("TagKeys.member") {
		delete(tags, key)
	}
	return r.listTags(c, p)
}

// tagsOf returns the tags of the resource that the call names. Members of a
// replication group have those of the group.
func (r *cacheRule) tagsOf(c *call, p params) (map[string]string, error) {
	arn := p.text("ResourceName", "")
	if id, ok := strings.CutPrefix(arn, cacheARN(c.region, "cluster", "")); ok {
		if group := r.groupOfMember(c.region, id); group != nil {
			arn = cacheARN(c.region, "replicationgroup", group.id)
		}
	}
	tags, ok := r.tags[arn]
	if !ok {
		return nil, notFound("InvalidARN", "The requested resource %s does not exist.", arn)
	}
	return tags, nil
}
