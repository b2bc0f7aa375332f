package recovery

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"threa-infra/internal/awsquery"
)

// Databases and caches take AWS minutes to make. Until they are ready nothing about them can be changed, so recovery
// waits for them, as the run would have done.
const (
	readyDeadline = time.Hour
	readyPause    = 10 * time.Second
)

func findDatabase(ctx context.Context, api *API, _ *state, inputs object) (string, error) {
	return api.awaitReady(ctx, "rds", "DescribeDBInstances", "DBInstanceIdentifier", "DBInstanceNotFound", inputs.text("identifier"))
}

func findReplicationGroup(ctx context.Context, api *API, _ *state, inputs object) (string, error) {
	return api.awaitReady(ctx, "elasticache", "DescribeReplicationGroups", "ReplicationGroupId", "ReplicationGroupNotFoundFault",
		inputs.text("replicationGroupId"))
}

// awaitReady returns id once it is ready, and "" when it does not exist.
func (a *API) awaitReady(ctx context.Context, service, action, parameter, missing, id string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, readyDeadline)
	defer cancel()
	for {
		var answer struct {
			Database string `xml:"DescribeDBInstancesResult>DBInstances>DBInstance>DBInstanceStatus"`
			Cache    string `xml:"DescribeReplicationGroupsResult>ReplicationGroups>ReplicationGroup>Status"`
		}
		err := a.Query(ctx, service, action, map[string]string{parameter: id}, &answer)
		var refused *awsquery.Error
		if errors.As(err, &refused) && (refused.Status == http.StatusNotFound || strings.Contains(refused.Message, missing)) {
			return "", nil
		}
		if err != nil {
			return "", err
		}
		status := answer.Database + answer.Cache
		switch {
		case status == "available":
			return id, nil
		case slices.Contains([]string{"failed", "create-failed", "incompatible-parameters", "incompatible-network"}, status):
			return "", fmt.Errorf("AWS could not make it: its status is %s; delete it in AWS, then run this again", status)
		}
		select {
		case <-ctx.Done():
			return "", fmt.Errorf("its status is still %s: %w", status, ctx.Err())
		case <-time.After(readyPause):
		}
	}
}
