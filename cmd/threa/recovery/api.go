package recovery

import (
	"errors"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"threa-infra/internal/awsquery"
)

// API makes the AWS calls of a recovery.
type API struct {
	*awsquery.Client
	ssm *ssm.Client
}

// NewAPI makes a client from the SDK's settings.
func NewAPI(settings aws.Config) *API {
	return &API{Client: awsquery.New(settings), ssm: ssm.NewFromConfig(settings)}
}

// absent tells whether EC2 has refused to delete what is gone already, as it does when a call was repeated.
func absent(err error) bool {
	var refused *awsquery.Error
	return errors.As(err, &refused) && strings.Contains(refused.Message, ".NotFound<")
}
