package agent

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func valid() *Task {
	return &Task{
		Images:     map[string]Image{"image": {Command: []string{"program"}, Directory: "files", WorkDir: "/app"}},
		Volumes:    []string{"data"},
		Containers: []Container{app(func(c *Container) { c.Image = "image" }), side("first", func(c *Container) { c.Image = "image" })},
		Secrets:    map[string]map[string]string{"app": {"PASSWORD": "hunter2hunter2"}},
	}
}

func TestCheck_Refusals(t *testing.T) {
	for want, change := range map[string]func(*Task, *Container){
		"two containers are called first":                                  func(_ *Task, c *Container) { c.Name = "first" },
		"no container is essential":                                        func(_ *Task, c *Container) { c.Essential = new(bool) },
		`container app: unknown image "other"`:                             func(_ *Task, c *Container) { c.Image = "other" },
		"container app: neither the container nor its image has a command": func(t *Task, _ *Container) { t.Images["image"] = Image{} },
		`user "bun": the local agent does not know user names`:             func(_ *Task, c *Container) { c.User = "bun" },
		`user "1000:bun": the local agent does not know user names`:        func(_ *Task, c *Container) { c.User = "1000:bun" },
		`user "-1": the local agent does not know user names`:              func(_ *Task, c *Container) { c.User = "-1" },
		"the secret TOKEN has no value: arn:token":                         func(_ *Task, c *Container) { c.Secrets = []Secret{{"TOKEN", "arn:token"}} },
		`the task has no volume "other"`: func(_ *Task, c *Container) {
			c.MountPoints = []MountPoint{{SourceVolume: "other", ContainerPath: "/x"}}
		},
		`containerPath "x" of the volume data is not an absolute path`:                func(_ *Task, c *Container) { c.MountPoints = []MountPoint{{SourceVolume: "data", ContainerPath: "x"}} },
		`containerPath "/" of the volume data is not an absolute path`:                func(_ *Task, c *Container) { c.MountPoints = []MountPoint{{SourceVolume: "data", ContainerPath: "/"}} },
		`it depends on "other", which is not in the task`:                             func(_ *Task, c *Container) { after("other", Start)(c) },
		`unknown condition "RUNNING"`:                                                 func(_ *Task, c *Container) { after("first", "RUNNING")(c) },
		"it depends on the health of first, which has no health check":                func(_ *Task, c *Container) { after("first", Healthy)(c) },
		"container first: it depends on the end (SUCCESS) of app, which is essential": func(t *Task, _ *Container) { after("app", Success)(&t.Containers[1]) },
		"depend on each other in a cycle: app":                                        func(_ *Task, c *Container) { after("app", Start)(c) },
		"depend on each other in a cycle: app, first":                                 func(t *Task, c *Container) { after("first", Start)(c); after("app", Start)(&t.Containers[1]) },
		"startTimeout is 121: ECS accepts 1 to 120":                                   func(_ *Task, c *Container) { c.StartTimeout = 121 },
		"stopTimeout is -1: ECS accepts 1 to 120":                                     func(_ *Task, c *Container) { c.StopTimeout = -1 },
		"healthCheck.interval is 4: ECS accepts 5 to 300":                             func(_ *Task, c *Container) { checked(HealthCheck{Interval: 4})(c) },
		"healthCheck.timeout is 61: ECS accepts 2 to 60":                              func(_ *Task, c *Container) { checked(HealthCheck{Timeout: 61})(c) },
		"healthCheck.retries is 11: ECS accepts 1 to 10":                              func(_ *Task, c *Container) { checked(HealthCheck{Retries: 11})(c) },
		"healthCheck.startPeriod is 301: ECS accepts 1 to 300":                        func(_ *Task, c *Container) { checked(HealthCheck{StartPeriod: 301})(c) },
		"healthCheck.command must be CMD":                                             func(_ *Task, c *Container) { c.HealthCheck = &HealthCheck{Command: []string{"bun", "-e", "1"}} },
	} {
		t.Run(want, func(t *testing.T) {
			task := valid()
			require.NoError(t, task.Check())
			change(task, &task.Containers[0])
			err := task.Check()
			require.ErrorContains(t, err, want)
			assert.NotContains(t, err.Error(), "hunter2")
		})
	}
}

func TestCheck_ReportsAllProblems(t *testing.T) {
	task := valid()
	task.Containers[0].User, task.Containers[0].StopTimeout, task.Containers[1].Image = "bun", 500, "other"
	assert.Len(t, strings.Split(task.Check().Error(), "\n"), 3)
}

func TestCheck_DiamondIsNotACycle(t *testing.T) {
	task := &Task{Images: map[string]Image{"": {Command: []string{"program"}}}, Containers: []Container{
		app(after("a", Start), after("b", Start)), named("a", after("c", Start)), named("b", after("c", Start)), named("c"),
	}}
	assert.NoError(t, task.Check())
}

func TestProgram_EntryPointAndCommand(t *testing.T) {
	image := Image{Entrypoint: []string{"entry"}, Command: []string{"command"}}
	for want, c := range map[string]Container{
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
		uid, gid, err := user(&Container{User: given}, Image{UID: 1000, GID: 1001})
		require.NoError(t, err)
		assert.Equal(t, want, [2]int{uid, gid}, given)
	}
}

func TestContainer_RefusesUnknownKeys(t *testing.T) {
	for given, want := range map[string]string{
		`{"name":"app","ulimits":[{"name":"nofile"}]}`:                                      `container "app" as ECS does: json: unknown field "ulimits"`,
		`{"name":"app","privileged":true,"firelensConfiguration":{"type":"fluentbit"}}`:     `unknown field "firelensConfiguration"`,
		`{"name":"app","linuxParameters":{"initProcessEnabled":true,"sharedMemorySize":9}}`: `unknown field "sharedMemorySize"`,
		`{"name":"app","mountPoints":[{"sourceVolume":"x","propagation":"shared"}]}`:        `unknown field "propagation"`,
		`{"name":"app","healthCheck":{"command":["CMD","x"],"startInterval":1}}`:            `unknown field "startInterval"`,
		`{"name":"app","stopTimeout":"60"}`:                                                 "stopTimeout",
		`{"name":"app","restartPolicy":{"enabled":true}}`:                                   `unknown field "restartPolicy"`,
	} {
		var c Container
		assert.ErrorContains(t, json.Unmarshal([]byte(given), &c), want)
	}
}

func TestContainer_IgnoresEmptyKeys(t *testing.T) {
	var c Container
	require.NoError(t, json.Unmarshal([]byte(`{"name":"app","image":"image","cpu":256,"memory":512,"memoryReservation":0,"ulimits":[],
		"volumesFrom":[],"systemControls":[],"privileged":false,"hostname":"","firelensConfiguration":null,"dockerLabels":{"a":"b"},
		"linuxParameters":{"initProcessEnabled":true},"versionConsistency":"enabled"}`), &c))
	assert.Equal(t, Container{Name: "app", Image: "image", LinuxParameters: LinuxParameters{InitProcessEnabled: true}}, c)
}

func TestContainer_ReadsTheProgramsTask(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "..", "compute", "testdata", "containers.json"))
	require.NoError(t, err)
	var containers []Container
	require.NoError(t, json.Unmarshal(text, &containers))
	assert.NotEmpty(t, containers)
}

// The caller reads definitions from the API and hands them on.
func TestTask_JSONRoundTrip(t *testing.T) {
	task := valid()
	checked(HealthCheck{Interval: 10})(&task.Containers[0])
	task.Containers[0].LinuxParameters.InitProcessEnabled = true
	task.Containers[0].LogConfiguration = &LogDriver{LogDriver: "awslogs", Options: map[string]string{"awslogs-group": "group"}}
	text, err := json.Marshal(task)
	require.NoError(t, err)
	var read Task
	require.NoError(t, json.Unmarshal(text, &read))
	assert.Equal(t, *task, read)
}

func TestContainer_EssentialByDefault(t *testing.T) {
	for given, want := range map[string]bool{`{}`: true, `{"essential":true}`: true, `{"essential":false}`: false} {
		var c Container
		require.NoError(t, json.Unmarshal([]byte(given), &c))
		assert.Equal(t, want, c.IsEssential(), given)
	}
}
