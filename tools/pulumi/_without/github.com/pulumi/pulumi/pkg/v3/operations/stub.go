// Package operations leaves out the command "pulumi logs", which reads the logs of AWS Lambda and Google Cloud.
package operations

import (
	"context"
	"errors"
	"time"

	"github.com/pulumi/pulumi/pkg/v3/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/config"
)

type (
	LogEntry struct {
		ID        string
		Timestamp int64
		Message   string
	}
	LogQuery struct {
		StartTime, EndTime *time.Time
		ResourceFilter     *ResourceFilter
	}
	ResourceFilter string
	Resource       struct{}
	Provider       struct{}
)

func NewResourceTree([]*resource.State) Resource { return Resource{} }

func (Resource) OperationsProvider(map[config.Key]string) Provider { return Provider{} }

func (Provider) GetLogs(context.Context, LogQuery) (*[]LogEntry, error) {
	return nil, errors.New("this build of Pulumi cannot read logs")
}
