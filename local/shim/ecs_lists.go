package shim

import (
	"encoding/json"
	"slices"
)

// describeLimit is how many services AWS describes at once.
const describeLimit = 10

// hideInactive takes out of a list what has been deleted. moto, like AWS, can
// describe it for a while, but AWS no longer lists it.
func (r *ecsRule) hideInactive(c *call, answer *reply) error {
	var in struct {
		Cluster string `json:"cluster,omitempty"`
	}
	if err := c.decode(&in); err != nil {
		return err
	}
	var list map[string]any
	if err := decodeJSON(answer.body, &list); err != nil {
		return err
	}
	describe, key, question := "DescribeClusters", "clusterArns", "clusters"
	if c.action == "ListServices" {
		describe, key, question = "DescribeServices", "serviceArns", "services"
	}
	all, _ := list[key].([]any)
	active := []any{}
	for some := range slices.Chunk(all, describeLimit) {
		query := map[string]any{question: some}
		if in.Cluster != "" {
			query["cluster"] = in.Cluster
		}
		var out struct {
			Clusters []struct{ ClusterArn, Status string }
			Services []struct{ ServiceArn, Status string }
		}
		if err := r.upstream.json(c, describe, query, &out); err != nil {
			return err
		}
		for _, cluster := range out.Clusters {
			if cluster.Status != "INACTIVE" {
				active = append(active, cluster.ClusterArn)
			}
		}
		for _, service := range out.Services {
			if service.Status != "INACTIVE" {
				active = append(active, service.ServiceArn)
			}
		}
	}
	list[key] = active
	var err error
	answer.body, err = json.Marshal(list)
	return err
}
