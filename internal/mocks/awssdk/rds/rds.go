// Package rds mocks the AWS SDK's client of RDS.
package rds

import (
	"context"
	"fmt"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/rds"
	"github.com/aws/aws-sdk-go-v2/service/rds/types"

	"threa-infra/internal/mocks"
)

// Orderable is the type of options in mocks.AWS.Existing. OrderableClass returns one, which may get unencrypted and
// singleZone. Without a list, RDS has every class. If the list is empty, RDS has none.
const Orderable = "orderable"

// Client has the methods of the client that the program calls.
type Client struct{ *mocks.AWS }

// DescribeOrderableDBInstanceOptions returns one option per page, so that tests notice a caller that reads only one
// page.
func (c Client) DescribeOrderableDBInstanceOptions(_ context.Context, in *rds.DescribeOrderableDBInstanceOptionsInput,
	_ ...func(*rds.Options),
) (*rds.DescribeOrderableDBInstanceOptionsOutput, error) {
	items, given := c.Existing[Orderable]
	if !given {
		for _, version := range []string{"15.14", "16.10", "17.6", "18.1"} {
			items = append(items, OrderableClass(*in.DBInstanceClass, version, "gp3", "a", "b"))
		}
	}
	items = slices.DeleteFunc(slices.Clone(items), func(item mocks.Item) bool {
		return item["instanceClass"] != *in.DBInstanceClass
	})
	at := len(aws.ToString(in.Marker))
	if at >= len(items) {
		return &rds.DescribeOrderableDBInstanceOptionsOutput{}, c.Refuse("rds:DescribeOrderableDBInstanceOptions")
	}
	text := func(name string) *string { return aws.String(fmt.Sprint(items[at][name])) }
	option := types.OrderableDBInstanceOption{
		DBInstanceClass: text("instanceClass"), EngineVersion: text("engineVersion"), StorageType: text("storageType"),
		SupportsStorageEncryption: aws.Bool(items[at]["unencrypted"] == nil),
		MultiAZCapable:            aws.Bool(items[at]["singleZone"] == nil), ReadReplicaCapable: aws.Bool(true),
	}
	zones, _ := items[at]["zones"].([]string)
	for _, zone := range zones {
		option.AvailabilityZones = append(option.AvailabilityZones,
			types.AvailabilityZone{Name: aws.String(mocks.Region + zone)})
	}
	return &rds.DescribeOrderableDBInstanceOptionsOutput{
		OrderableDBInstanceOptions: []types.OrderableDBInstanceOption{option},
		Marker:                     aws.String("....................."[:at+1]),
	}, c.Refuse("rds:DescribeOrderableDBInstanceOptions")
}

// OrderableClass returns an option for Add: a class for a version and a storage type, in zones.
func OrderableClass(class, version, storage string, zones ...string) mocks.Item {
	return mocks.Item{"instanceClass": class, "engineVersion": version, "storageType": storage, "zones": zones}
}
