package deployment

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/cmd/threa/internal/ecstest"
)

func digest(n int) string { return "sha256:" + strings.Repeat(fmt.Sprintf("%02x", n), 32) }

const repository = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/threa"

// history has ECS tell of deployments, the oldest first, by image reference and digest, and ECR of the images that it has
// with their tags.
func history(c *ecstest.Cloud, deployments [][2]string, present map[string][]string) {
	c.Answers["ListServiceDeployments"] = func(in ecstest.Object) (any, error) {
		if fmt.Sprint(in["status"]) != "[SUCCESSFUL]" || in["service"] != "threa" || in["cluster"] != "threa" {
			return nil, fmt.Errorf("asked for %v", in)
		}
		first, token := 0, "1"
		if in["nextToken"] != nil {
			first, token = 1, ""
		}
		list := []ecstest.Object{}
		for i := first; i < len(deployments); i += 2 { // the odd ones are on a second page
			list = append(list, ecstest.Object{
				"targetServiceRevisionArn": fmt.Sprint("revision/", i), "status": "SUCCESSFUL",
				"finishedAt": start.Add(time.Duration(i) * time.Hour).Unix(),
			})
		}
		return ecstest.Object{"serviceDeployments": list, "nextToken": token}, nil
	}
	c.Answers["DescribeServiceRevisions"] = func(in ecstest.Object) (any, error) {
		arns := in["serviceRevisionArns"].([]any)
		if len(arns) > 20 {
			return nil, &ecstest.Refusal{Code: "InvalidParameterException", Message: "too many"}
		}
		list := []ecstest.Object{}
		for _, arn := range arns {
			var i int
			_, _ = fmt.Sscanf(arn.(string), "revision/%d", &i)
			images := []ecstest.Object{{"containerName": "rds-ca", "image": "other", "imageDigest": digest(255)}}
			image := ecstest.Object{"containerName": "threa", "image": deployments[i][0]}
			if deployments[i][1] != "" {
				image["imageDigest"] = deployments[i][1]
			}
			list = append(list, ecstest.Object{"serviceRevisionArn": arn, "containerImages": append(images, image)})
		}
		return ecstest.Object{"serviceRevisions": list}, nil
	}
	c.Answers["DescribeImages"] = func(in ecstest.Object) (any, error) {
		details := []ecstest.Object{}
		for digest, tags := range present {
			details = append(details, ecstest.Object{"imageDigest": digest, "imageTags": tags})
		}
		return ecstest.Object{"imageDetails": details}, nil
	}
}

func TestReleasesAreTheImagesThatRanWellByDigest(t *testing.T) {
	app, c := play(t, "running")
	history(c, [][2]string{
		{repository + ":none-yet", ""}, {repository + ":v1", digest(1)}, {repository + ":v2", digest(2)}, {repository + ":moved", digest(3)},
		{repository + "@" + digest(2), digest(2)}, {repository + ":v7", digest(7)}, {repository + ":v7", digest(7)},
	}, map[string][]string{digest(2): {"v2"}, digest(3): {}, digest(7): {"v7", "moved"}})
	releases, err := app.Releases(t.Context())
	require.NoError(t, err)
	var told []string
	for _, one := range releases {
		told = append(told, fmt.Sprint(one.Name, " ", one.Since.UTC().Format(time.TimeOnly), " ", one.Gone))
	}
	assert.Equal(t, []string{
		"v7 18:00:00 false", // its last deployment counts
		digest(2) + " 16:00:00 false",
		digest(3) + " 15:00:00 false", // the tag is another image's now
		digest(1) + " 13:00:00 true",
	}, told)
}

func TestTheWayBackLeadsToTheReleaseBefore(t *testing.T) {
	three := [][2]string{{repository + ":v5", digest(5)}, {repository + ":v6", digest(6)}, {repository + ":v7", digest(7)}}
	all := map[string][]string{digest(5): {"v5"}, digest(6): {"v6"}, digest(7): {"v7"}}
	for name, c := range map[string]struct {
		deployments [][2]string
		number      int
		want, fails string
	}{
		"after a deployment that went well":   {three, Latest, "v6", ""},
		"after one that failed, to what runs": {three[:2], Latest, "v6", ""},
		"by number":                           {three, 2, "v5", ""},
		"to what is deployed":                 {three, 0, "", "release 0 (v7) is what the stack has deployed"},
		"beyond the list":                     {three, 3, "", "there is no release 3"},
		"a negative number":                   {three, -2, "", "there is no release -2"},
		"before the first":                    {three[2:], Latest, "", "there is no release 1"},
		"without any":                         {nil, Latest, "", "there is nothing to go back to"},
		"to an image that is gone":            {append([][2]string{{repository + ":v4", digest(4)}}, three...), 3, "", "is gone from the repository threa, which keeps the last 10"},
	} {
		t.Run(name, func(t *testing.T) {
			app, cloud := play(t, "running")
			history(cloud, c.deployments, all)
			releases, err := app.Releases(t.Context())
			require.NoError(t, err)
			release, err := app.Back(t.Context(), releases, c.number)
			if c.fails != "" {
				require.ErrorContains(t, err, c.fails)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, c.want, release.Name)
		})
	}
}

func TestManyDeploymentsAreAskedForInPieces(t *testing.T) {
	app, c := play(t, "running")
	var many [][2]string
	present := map[string][]string{}
	for i := range 60 {
		many = append(many, [2]string{fmt.Sprint(repository, ":c", i), digest(i)})
		present[digest(i)] = []string{fmt.Sprint("c", i)}
	}
	history(c, many, present)
	releases, err := app.Releases(t.Context())
	require.NoError(t, err)
	require.Len(t, releases, 10)
	assert.Equal(t, "c59", releases[0].Name)
}
