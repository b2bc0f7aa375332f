package shim

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestADeploymentIsRememberedWithWhatItsTagMeant(t *testing.T) {
	const service = `{"service":{"serviceArn":"arn:aws:ecs:eu-central-1:123456789012:service/c/s","taskDefinition":"t:%d","runningCount":%d}}`
	const definition = `{"taskDefinition":{"containerDefinitions":[{"name":"s","image":"registry/app:v1"}]}}`
	c, m := newShim(t, map[string]string{
		"DescribeClusters": clusterWithFargate, "DescribeServices": noServices, "DescribeTaskDefinition": definition,
		"CreateService": fmt.Sprintf(service, 1, 0), "UpdateService": fmt.Sprintf(service, 1, 0),
		"DescribeImages": `{"imageDetails":[{"imageDigest":"sha256:one"}]}`,
	})
	c.json("ecs", "CreateService", serviceInputJSON("FARGATE"))
	m.answers["UpdateService"] = fmt.Sprintf(service, 2, 1)
	c.json("ecs", "UpdateService", `{"cluster":"c","service":"s","taskDefinition":"t:2"}`)
	m.answers["DescribeImages"] = `{"imageDetails":[{"imageDigest":"sha256:two"}]}`
	c.json("ecs", "UpdateService", `{"cluster":"c","service":"s","forceNewDeployment":true}`)
	c.json("ecs", "UpdateService", `{"cluster":"c","service":"s","desiredCount":3}`)

	var list struct {
		ServiceDeployments []struct{ Status, TargetServiceRevisionArn string }
	}
	question := `{"cluster":"arn:aws:ecs:eu-central-1:123456789012:cluster/c","service":"s","status":["SUCCESSFUL"]}`
	require.NoError(t, json.Unmarshal([]byte(c.json("ecs", "ListServiceDeployments", question).body), &list))
	require.Len(t, list.ServiceDeployments, 3, "a count is no deployment")
	var digests []string
	for _, one := range list.ServiceDeployments {
		var out struct {
			ServiceRevisions []struct {
				ContainerImages []struct{ ContainerName, Image, ImageDigest string }
			}
		}
		described := c.json("ecs", "DescribeServiceRevisions", `{"serviceRevisionArns":["`+one.TargetServiceRevisionArn+`"]}`)
		require.NoError(t, json.Unmarshal([]byte(described.body), &out))
		digests = append(digests, out.ServiceRevisions[0].ContainerImages[0].ImageDigest)
	}
	assert.Equal(t, []string{"sha256:two", "sha256:one", ""}, digests, "the newest first; without a task no image was pulled")
	assert.JSONEq(t, `{"serviceDeployments":[]}`, c.json("ecs", "ListServiceDeployments", `{"cluster":"c","service":"other"}`).body)
	assert.JSONEq(t, `{"repositoryName":"app","imageIds":[{"imageTag":"v1"}]}`, m.got("DescribeImages")[0])
}
