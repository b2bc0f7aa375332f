package deployrole

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/iamtest"
)

func TestPreview_OnlyReads(t *testing.T) {
	_, preview := roles(t, prod)
	reads := []string{
		"Get", "List", "Describe", "View", "Validate", "FilterLogEvents", "BatchGetImage", "BatchCheckLayerAvailability",
		"Decrypt",
	}
	for _, granted := range preview.Grants() {
		_, action, _ := strings.Cut(granted.Action, ":")
		reading := slices.ContainsFunc(reads, func(read string) bool { return strings.HasPrefix(action, read) })
		assert.True(t, reading, granted.Action)
	}
	for _, action := range []string{"s3:PutObject", "s3:DeleteObject"} {
		state := "arn:aws:s3:::threa-state-123456789012/.pulumi/stacks/threa/prod.json"
		allowed, err := preview.Allows(iamtest.Request{Action: action, Resource: state})
		require.NoError(t, err)
		assert.False(t, allowed, "%s would change the state", action)
	}
}

// TestPreview_DecryptsOnlyWhatTheStateHas checks parameters, whose key every role in the account may use.
func TestPreview_DecryptsOnlyWhatTheStateHas(t *testing.T) {
	const key = "arn:aws:kms:eu-central-1:123456789012:key/of-ssm"
	const keyPolicy = `{"Version":"2012-10-17","Statement":[{
		"Effect":"Allow","Action":"kms:Decrypt","Resource":"` + key + `"}]}`
	documents, err := Preview(prod)
	require.NoError(t, err)
	preview, err := iamtest.Parse(append(documents, keyPolicy)...)
	require.NoError(t, err)
	for parameter, want := range map[string]bool{
		"threa/database-url": true, "threa/tunnel-token": true, "threa/app/SESSION_KEY": true,
		"threa/workos-api-key": false, "threa-staging/database-url": false, "other": false,
	} {
		allowed, err := preview.Allows(iamtest.Request{Action: "kms:Decrypt", Resource: key, Context: map[string]string{
			"kms:ViaService":                      "ssm.eu-central-1.amazonaws.com",
			"kms:EncryptionContext:PARAMETER_ARN": "arn:aws:ssm:eu-central-1:123456789012:parameter/" + parameter,
		}})
		require.NoError(t, err)
		assert.Equal(t, want, allowed, parameter)
	}
}
