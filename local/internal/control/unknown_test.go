package control

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestCheckKeys_RefusesUnknownOnes(t *testing.T) {
	const answer = `{"taskDefinition":{"containerDefinitions":[
		{"name":"app","cpu":0,"logConfiguration":{"logDriver":"awslogs","options":{"any-key":"x"}},
			"portMappings":[{"containerPort":80}],"healthCheck":{"command":["CMD","true"]},"dockerLabels":{"a":"b"}},
		{"name":"other","stopTimeOut":60,"portMappings":[{"containerport":80}],"linuxParameters":{"initProcess":true}}]}}`
	err := checkKeys([]byte(answer))
	require.Error(t, err)
	for _, key := range []string{"stopTimeOut", "portMappings.containerport", "linuxParameters.initProcess"} {
		assert.ErrorContains(t, err, "container other: the local AWS does not know the key "+key)
	}
	assert.NotContains(t, err.Error(), "container app")
	require.ErrorContains(t, checkKeys([]byte("<html>")), "read the task definition")
}
