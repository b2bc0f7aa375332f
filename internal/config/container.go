package config

import (
	"encoding/json"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"threa-infra/internal/drain"
)

// Container configures the task that runs the app.
type Container struct {
	ImageTag     string            `key:"imageTag"`     // tag, or digest that starts with sha256:; if empty, no task runs
	CPU          int               `key:"containerCpu"` // CPU units, 1024 to a vCPU
	Memory       int               // MiB
	Port         int               `key:"containerPort"`   // TCP
	Architecture string            `key:"cpuArchitecture"` // x86_64 or arm64
	Count        int               // number of tasks; zero until ImageTag is set
	DesiredCount int               // number of tasks when ImageTag is set
	Spot         bool              `key:"useSpot"`
	SpotFallback bool              `key:"spotFallback"` // on-demand fallback; false without Spot and with OnDemandBase
	OnDemandBase int               `key:"onDemandBase"` // number of tasks that run on demand, with Spot
	Exec         bool              `key:"enableExec"`
	Environment  map[string]string `key:"appEnvironment"`
	// MigrateCommand is a shell command that runs in the image before the app starts; empty for none.
	MigrateCommand string `key:"migrateCommand"`
	// TaskPolicies are the ARNs of managed policies for the app's role.
	TaskPolicies []string
}

func (r *reader) checkContainer(c *Container, s *Scaling) {
	c.DesiredCount = r.desiredCount(s)
	if c.ImageTag != "" {
		c.Count = c.DesiredCount
	}
	c.Memory = r.memory(c.CPU)
	c.SpotFallback = c.SpotFallback && c.Spot && c.OnDemandBase == 0
	if c.OnDemandBase > 0 && !c.Spot {
		r.rejectSet("onDemandBase", "requires useSpot: without it every task is on demand")
	}
	r.checkEnvironment(c.Environment)
	c.TaskPolicies = r.policyARNs()
}

// policyARN matches the ARN of a managed policy, of AWS or of an account. Source:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_identifiers.html#identifiers-arns
var policyARN = regexp.MustCompile(`^arn:aws:iam::(aws|[0-9]{12}):policy/([!-~]+/)?[A-Za-z0-9+=,.@_-]{1,128}$`)

// maxPolicies is how many managed policies a role may have by default. Source:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
const maxPolicies = 10

// policyARNs returns the elements of taskPolicyArns.
func (r *reader) policyARNs() []string {
	arns := r.list("taskPolicyArns")
	r.checkElements("taskPolicyArns", arns, func(before []string, arn string) string {
		switch {
		case !policyARN.MatchString(arn):
			return "must be the ARN of a managed policy, such as arn:aws:iam::123456789012:policy/threa-uploads"
		case slices.Contains(before, arn):
			return "is listed twice"
		case len(before) == maxPolicies:
			return fmt.Sprintf("must have at most %d elements", maxPolicies)
		}
		return ""
	})
	return arns
}

// fargateMemory maps CPU units to the memory sizes in MiB that Fargate allows.
// Source: https://docs.aws.amazon.com/AmazonECS/latest/developerguide/fargate-tasks-services.html
var fargateMemory = map[int][]int{
	256:   {512, 1024, 2048},
	512:   steps(1024, 4096, 1024),
	1024:  steps(2048, 8192, 1024),
	2048:  steps(4096, 16384, 1024),
	4096:  steps(8192, 30720, 1024),
	8192:  steps(16384, 61440, 4096),
	16384: steps(32768, 122880, 8192),
}

func steps(least, most, step int) []int {
	var sizes []int
	for size := least; size <= most; size += step {
		sizes = append(sizes, size)
	}
	return sizes
}

// memory returns the memory of a task, which must be one of the sizes for the CPU units.
func (r *reader) memory(cpu int) int {
	text, sizes := r.text("containerMemory"), fargateMemory[cpu]
	memory, err := strconv.Atoi(text)
	if sizes != nil && (err != nil || !slices.Contains(sizes, memory)) {
		fix := nearest(text, sizes)
		if text == "" {
			fix = strconv.Itoa(sizes[0])
		}
		r.rejectWithFix("containerMemory", fmt.Sprintf("must be %s MiB with containerCpu %d", choices(sizes), cpu), fix)
	}
	return memory
}

// choices formats up to four numbers as a list, and more as a range.
func choices(sizes []int) string {
	const few = 4
	if len(sizes) > few {
		return fmt.Sprintf("%d to %d in steps of %d", sizes[0], sizes[len(sizes)-1], sizes[1]-sizes[0])
	}
	texts := make([]string, len(sizes))
	for i, size := range sizes {
		texts[i] = strconv.Itoa(size)
	}
	return either(texts)
}

// environmentLimit is the maximum size of the app's variables in bytes of JSON. A task definition has at most 64 KiB
// and holds the variables twice, for the app and for the migration. Source:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/service-quotas.html
const environmentLimit = 16 << 10

// checkEnvironment rejects empty values: ECS drops them, and every preview would show a change.
func (r *reader) checkEnvironment(environment map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(environment)) {
		fix := "pulumi config set --type string --path appEnvironment." + name + " <value>"
		switch value := environment[name]; {
		case value == "":
			r.reject("appEnvironment."+name, "empty", "must have a value", fix)
		case strings.Contains(value, "\x00"):
			r.reject("appEnvironment."+name, strconv.Quote(value), "must not contain a NUL byte", fix)
		}
	}
	if text, err := json.Marshal(environment); err != nil || len(text) > environmentLimit {
		r.reject("appEnvironment", fmt.Sprintf("%d bytes long", len(text)),
			fmt.Sprintf("must be at most %d bytes, names and values together", environmentLimit),
			"pulumi config rm --path appEnvironment.NAME")
	}
}

// drain returns the times of a stopping task, which follow from drainSeconds. Spot limits it further if the task must
// leave a load balancer or a tunnel first.
func (r *reader) drain(c *Config) drain.Times {
	seconds := r.integer("drainSeconds")
	times, longest := drain.From(seconds), drain.Longest(c.Container.Spot, c.Ingress.Kind != IngressDirect)
	if seconds > longest && seconds <= drain.Most {
		r.rejectWithFix("drainSeconds", fmt.Sprintf("must be at most %d with useSpot and ingress %s: Spot interrupts "+
			"after 120 seconds, and the task leaves the ingress in %d before it stops in %d", longest, c.Ingress.Kind,
			times.Handover, seconds), strconv.Itoa(longest))
	}
	return times
}
