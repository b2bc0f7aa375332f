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

var start = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

const repository = "123456789012.dkr.ecr.eu-central-1.amazonaws.com/threa"

func digest(n int) string { return "sha256:" + strings.Repeat(fmt.Sprintf("%02x", n), 32) }

// release is an image reference and its digest.
type release struct{ image, digest string }

func tagged(tag string, n int) release { return release{repository + ":" + tag, digest(n)} }

// setHistory makes ECS report deployments, oldest first, and ECR the images that are left with their tags.
func setHistory(c *ecstest.AWS, deployments []release, images map[string][]string) {
	c.Answers["ListServiceDeployments"] = func(in ecstest.Object) (any, error) {
		if fmt.Sprint(in["status"]) != "[SUCCESSFUL]" || in["service"] != "threa" || in["cluster"] != "threa" {
			return nil, fmt.Errorf("unexpected request %v", in)
		}
		first, token := 0, "1"
		if in["nextToken"] != nil {
			first, token = 1, ""
		}
		list := []ecstest.Object{}
		for i := first; i < len(deployments); i += 2 { // the second page has every other deployment
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
			return nil, &ecstest.Error{Code: "InvalidParameterException", Message: "too many"}
		}
		list := []ecstest.Object{}
		for _, arn := range arns {
			var i int
			_, _ = fmt.Sscanf(arn.(string), "revision/%d", &i)
			list = append(list, ecstest.Object{"serviceRevisionArn": arn, "containerImages": []ecstest.Object{
				{"containerName": "rds-ca", "image": "other", "imageDigest": digest(255)},
				{"containerName": "threa", "image": deployments[i].image, "imageDigest": deployments[i].digest},
			}})
		}
		return ecstest.Object{"serviceRevisions": list}, nil
	}
	details := []ecstest.Object{}
	for digest, tags := range images {
		details = append(details, ecstest.Object{"imageDigest": digest, "imageTags": tags})
	}
	c.Answer("DescribeImages", ecstest.Object{"imageDetails": details})
}

func TestApp_ReleasesByDigest(t *testing.T) {
	app, c := play(t, "running")
	setHistory(c, []release{
		{repository + ":none-yet", ""}, tagged("v1", 1), tagged("v2", 2), tagged("moved", 3),
		{repository + "@" + digest(2), digest(2)}, tagged("v7", 7), tagged("v7", 7),
	}, map[string][]string{digest(2): {"v2"}, digest(3): {}, digest(7): {"v7", "moved"}})
	releases, err := app.Releases(t.Context())
	require.NoError(t, err)
	var got []string
	for _, r := range releases {
		got = append(got, fmt.Sprint(r.ImageTag, " ", r.Deployed.UTC().Format(time.TimeOnly), " ", r.Deleted))
	}
	assert.Equal(t, []string{
		"v7 18:00:00 false", // of its last deployment
		digest(2) + " 16:00:00 false",
		digest(3) + " 15:00:00 false", // the tag refers to another image now
		digest(1) + " 13:00:00 true",
	}, got)
}

func TestApp_ReleasesInChunks(t *testing.T) {
	app, c := play(t, "running")
	var deployments []release
	images := map[string][]string{}
	for i := range 60 {
		deployments = append(deployments, tagged(fmt.Sprint("c", i), i))
		images[digest(i)] = []string{fmt.Sprint("c", i)}
	}
	setHistory(c, deployments, images)
	releases, err := app.Releases(t.Context())
	require.NoError(t, err)
	require.Len(t, releases, 10)
	assert.Equal(t, "c59", releases[0].ImageTag)
}

func TestApp_SelectRelease(t *testing.T) {
	three := []release{tagged("v5", 5), tagged("v6", 6), tagged("v7", 7)} // v7 is registered
	images := map[string][]string{digest(5): {"v5"}, digest(6): {"v6"}, digest(7): {"v7"}}
	for name, c := range map[string]struct {
		deployments []release
		number      int
		want        string
		err         string
	}{
		"after a success":     {three, Previous, "v6", ""},
		"after a failure":     {three[:2], Previous, "v6", ""},
		"by number":           {three, 2, "v5", ""},
		"already deployed":    {three, 0, "", "release 0 (v7) is already deployed"},
		"number too high":     {three, 3, "", "release 3 does not exist"},
		"negative number":     {three, -2, "", "release -2 does not exist"},
		"no previous release": {three[2:], Previous, "", "release 1 does not exist"},
		"no release": {nil, Previous, "",
			"cannot roll back: no successful deployment of a pushed image in the last 90 days"},
		"deleted image": {append([]release{tagged("v4", 4)}, three...), 3, "",
			"was deleted from the repository threa, which keeps the last 10 images"},
	} {
		t.Run(name, func(t *testing.T) {
			app, aws := play(t, "running")
			setHistory(aws, c.deployments, images)
			releases, err := app.Releases(t.Context())
			require.NoError(t, err)
			selected, err := app.SelectRelease(t.Context(), releases, c.number)
			if c.err != "" {
				require.ErrorContains(t, err, c.err)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, c.want, selected.ImageTag)
		})
	}
}
