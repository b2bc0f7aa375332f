package agent

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ecs/types"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func valid() *Task {
	withImage := func(c *types.ContainerDefinition) { c.Image = aws.String("image") }
	return &Task{
		Images:     map[string]Image{"image": {Command: []string{"program"}, Directory: "files", WorkDir: "/app"}},
		Volumes:    []types.Volume{{Name: aws.String("data")}},
		Containers: []types.ContainerDefinition{app(withImage), side("first", withImage)},
	}
}

// merge reads JSON in the form of the ECS API into the container.
func merge(t *testing.T, c *types.ContainerDefinition, text string) {
	t.Helper()
	require.NoError(t, json.Unmarshal([]byte(text), c))
}

func TestCheck_Refusals(t *testing.T) {
	for want, definition := range map[string]string{
		"two containers are called first":                               `{"name":"first"}`,
		"no container is essential":                                     `{"essential":false}`,
		`container app: unknown image "other"`:                          `{"image":"other"}`,
		`user "bun": the local agent does not know user names`:          `{"user":"bun"}`,
		`user "1000:bun": the local agent does not know user names`:     `{"user":"1000:bun"}`,
		`user "-1": the local agent does not know user names`:           `{"user":"-1"}`,
		`the task has no volume "other"`:                                `{"mountPoints":[{"sourceVolume":"other","containerPath":"/x"}]}`,
		`containerPath "x" of the volume data is not an absolute path`:  `{"mountPoints":[{"sourceVolume":"data","containerPath":"x"}]}`,
		`containerPath "/" of the volume data is not an absolute path`:  `{"mountPoints":[{"sourceVolume":"data","containerPath":"/"}]}`,
		`it depends on "other", which is not in the task`:               `{"dependsOn":[{"containerName":"other","condition":"START"}]}`,
		`unknown condition "RUNNING"`:                                   `{"dependsOn":[{"containerName":"first","condition":"RUNNING"}]}`,
		"it depends on the health of first, which has no health check":  `{"dependsOn":[{"containerName":"first","condition":"HEALTHY"}]}`,
		"it depends on the end (SUCCESS) of app, which is essential":    `{"dependsOn":[{"containerName":"app","condition":"SUCCESS"}]}`,
		"depend on each other in a cycle: app":                          `{"dependsOn":[{"containerName":"app","condition":"START"}]}`,
		"startTimeout is 121: ECS accepts 1 to 120":                     `{"startTimeout":121}`,
		"stopTimeout is -1: ECS accepts 1 to 120":                       `{"stopTimeout":-1}`,
		"healthCheck.interval is 4: ECS accepts 5 to 300":               `{"healthCheck":{"interval":4}}`,
		"healthCheck.timeout is 61: ECS accepts 2 to 60":                `{"healthCheck":{"timeout":61}}`,
		"healthCheck.retries is 11: ECS accepts 1 to 10":                `{"healthCheck":{"retries":11}}`,
		"healthCheck.startPeriod is 301: ECS accepts 1 to 300":          `{"healthCheck":{"startPeriod":301}}`,
		"healthCheck.command must be CMD":                               `{"healthCheck":{"command":["bun","-e","1"]}}`,
		"container app: the local agent does not support ulimits":       `{"ulimits":[{"name":"nofile"}]}`,
		"does not support firelensConfiguration: leave it out":          `{"firelensConfiguration":{"type":"fluentbit"}}`,
		"does not support sharedMemorySize: leave it out":               `{"linuxParameters":{"sharedMemorySize":9}}`,
		"does not support containerPortRange: leave it out of the task": `{"portMappings":[{"containerPort":80},{"containerPortRange":"1-9"}]}`,
	} {
		t.Run(want, func(t *testing.T) {
			task := valid()
			require.NoError(t, task.Check())
			merge(t, &task.Containers[0], definition)
			merge(t, &task.Containers[0], `{"environment":[{"name":"PASSWORD","value":"hunter2"}]}`)
			err := task.Check()
			require.ErrorContains(t, err, want)
			assert.NotContains(t, err.Error(), "hunter2")
		})
	}
}

func TestCheck_ReportsAllProblems(t *testing.T) {
	task := valid()
	merge(t, &task.Containers[0], `{"user":"bun","stopTimeout":500}`)
	merge(t, &task.Containers[1], `{"image":"other"}`)
	assert.Len(t, strings.Split(task.Check().Error(), "\n"), 3)

	task = valid()
	task.Images["image"] = Image{}
	assert.ErrorContains(t, task.Check(), "container app: neither the container nor its image has a command")
}

func TestCheck_Order(t *testing.T) {
	const start = types.ContainerConditionStart
	task := &Task{Images: map[string]Image{"": {Command: []string{"program"}}}, Containers: []types.ContainerDefinition{
		app(after("a", start), after("b", start)), named("a", after("c", start)), named("b", after("c", start)), named("c"),
	}}
	require.NoError(t, task.Check(), "a diamond is not a cycle")
	after("app", start)(&task.Containers[1])
	assert.ErrorContains(t, task.Check(), "depend on each other in a cycle: app, a")
}

func TestProgram_EntryPointAndCommand(t *testing.T) {
	image := Image{Entrypoint: []string{"entry"}, Command: []string{"command"}}
	for want, c := range map[string]types.ContainerDefinition{
		"entry command": {},
		"entry given":   {Command: []string{"given"}},
		"sh":            {EntryPoint: []string{"sh"}},
		"sh -c given":   {EntryPoint: []string{"sh", "-c"}, Command: []string{"given"}},
	} {
		assert.Equal(t, want, strings.Join(program(&c, image), " "))
	}
}

func TestUser_DefinitionBeforeImage(t *testing.T) {
	for given, want := range map[string][2]int{"": {1000, 1001}, "0": {0, 0}, "7": {7, 0}, "7:8": {7, 8}} {
		uid, gid, err := user(&types.ContainerDefinition{User: &given}, Image{UID: 1000, GID: 1001})
		require.NoError(t, err)
		assert.Equal(t, want, [2]int{uid, gid}, given)
	}
}

func TestCheck_IgnoresEmptyKeys(t *testing.T) {
	task := valid()
	merge(t, &task.Containers[0], `{"cpu":256,"memory":512,"memoryReservation":0,"ulimits":[],"volumesFrom":[],
		"systemControls":[],"privileged":false,"hostname":"","firelensConfiguration":null,"dockerLabels":{"a":"b"},
		"linuxParameters":{"initProcessEnabled":true},"versionConsistency":"enabled"}`)
	assert.NoError(t, task.Check())
}

// The agent receives its task as JSON.
func TestTask_ReadsTheProgramsContainers(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "compute", "testdata", "containers.json"))
	require.NoError(t, err)
	task := &Task{Volumes: []types.Volume{{Name: aws.String("rds-ca")}}}
	require.NoError(t, json.Unmarshal(text, &task.Containers))
	require.NotEmpty(t, task.Containers)
	task.Images = map[string]Image{*task.Containers[0].Image: {Command: []string{"program"}}}
	require.NoError(t, task.Check())
	sent, err := json.Marshal(task)
	require.NoError(t, err)
	var received Task
	require.NoError(t, json.Unmarshal(sent, &received))
	assert.Equal(t, *task, received)
}
