package shim

import (
	"math"
	"slices"
	"strconv"
	"strings"
)

// fargateSizes lists, for each CPU size, the memory sizes that Fargate offers,
// in MiB: from, to, step. 256 CPU units are the exception, see fargateOffers.
var fargateSizes = map[int]struct{ from, to, step int }{
	256:   {512, 2048, 512},
	512:   {1024, 4096, 1024},
	1024:  {2048, 8192, 1024},
	2048:  {4096, 16384, 1024},
	4096:  {8192, 30720, 1024},
	8192:  {16384, 61440, 4096},
	16384: {32768, 122880, 8192},
}

func fargateOffers(cpu, memory int) bool {
	if cpu == 256 && memory == 1536 {
		return false
	}
	size, ok := fargateSizes[cpu]
	return ok && memory >= size.from && memory <= size.to && (memory-size.from)%size.step == 0
}

type taskInput struct {
	CPU                     string
	Memory                  string
	NetworkMode             string
	ExecutionRoleArn        string
	RequiresCompatibilities []string
	ContainerDefinitions    []struct {
		LogConfiguration *struct{ LogDriver string }
		Secrets          []any
	}
}

// checkFargate refuses task definitions that Fargate does not know how to run.
// moto accepts any.
func checkFargate(c *call) error {
	var in taskInput
	if err := c.decode(&in); err != nil {
		return err
	}
	if !slices.Contains(in.RequiresCompatibilities, "FARGATE") {
		return nil
	}
	if in.NetworkMode != "awsvpc" {
		return badRequest("ClientException", "Fargate only supports network mode 'awsvpc'.")
	}
	for name, value := range map[string]string{"cpu": in.CPU, "memory": in.Memory} {
		if value == "" {
			return badRequest("ClientException", "Fargate requires that '%s' be defined at the task level.", name)
		}
	}
	if !fargateOffers(sizeIn(in.CPU, "vcpu"), sizeIn(in.Memory, "gb")) {
		return badRequest("ClientException", "No Fargate configuration exists for given values: %s CPU, %s memory.", in.CPU, in.Memory)
	}
	if in.ExecutionRoleArn != "" {
		return nil
	}
	for _, container := range in.ContainerDefinitions {
		if container.LogConfiguration != nil && container.LogConfiguration.LogDriver == "awslogs" {
			return badRequest("ClientException", "Fargate requires task definition to have execution role ARN to support log driver awslogs.")
		}
		if len(container.Secrets) > 0 {
			return badRequest("ClientException", "When you are specifying container secrets, you must also specify a value for 'executionRoleArn'.")
		}
	}
	return nil
}

// sizeIn reads "1024", or "1 GB" and "1 vCPU", which count 1024 each. Anything
// else is 0, a size that Fargate does not offer.
func sizeIn(text, unit string) int {
	number, scaled := strings.CutSuffix(strings.ToLower(text), unit)
	value, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
	if err != nil {
		return 0
	}
	if scaled {
		value *= 1024
	}
	return int(math.Round(value))
}
