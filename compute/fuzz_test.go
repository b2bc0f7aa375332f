package compute

import (
	"bytes"
	"encoding/json"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/naming"
)

// What the configuration lets through: names of containers and variables, and a text without a byte that ends it early.
var (
	stackName    = regexp.MustCompile(`^[a-z][a-z0-9]*(-[a-z0-9]+)*$`)
	variableName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)
)

func plainText(text string) bool {
	return text != "" && utf8.ValidString(text) && !strings.Contains(text, "\x00")
}

// pairs reads NAME=value lines and leaves out those that the configuration refuses.
func pairs(text string) map[string]string {
	all := map[string]string{}
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
		if variableName.MatchString(name) && plainText(value) {
			all[name] = value
		}
	}
	return all
}

// FuzzDefinitions builds a task from any values that the configuration accepts. ECS must accept every definition, and
// reading it back must give the same definition.
func FuzzDefinitions(f *testing.F) {
	f.Fuzz(func(t *testing.T, name string, port uint16, tag string, exec, pgvector bool, command, variables, parameters,
		ca string) {
		if !stackName.MatchString(name) || len(name) > 28 || name == caVolume || name == naming.ContainerMigrate ||
			name == naming.ContainerTunnel || name == naming.ContainerRole || port == 0 ||
			!plainText(ca) || !plainText(tag+"x") || !plainText(command+"x") || len(command) > 2048 {
			return // no such configuration
		}
		args := arguments(func(a *Args) {
			a.Names.Name, a.Port, a.Exec, a.Pgvector, a.MigrateCommand = name, int(port), exec, pgvector, command
			a.Environment, a.DatabaseCA = pairs(variables), ca
		})
		refs := references{map[string]string{masterURL: tokenARN}, map[string]int{masterURL: 1}}
		for variable, parameter := range pairs(parameters) {
			refs.arns[variable], refs.versions[variable] = parameterPrefix+parameter, len(parameter)
		}
		refs.arns[databaseURL] = tokenARN
		delete(args.Environment, databaseURL)
		for _, own := range environment(args) {
			delete(refs.arns, own.Name) // the configuration takes a variable from one source only
		}
		image := imageReference("123456789012.dkr.ecr.eu-central-1.amazonaws.com/"+name, tag)
		all := definitions(args, image, "/ecs/"+name, refs)
		require.Equal(t, all, definitions(args, image, "/ecs/"+name, refs), "the same from run to run")

		text, err := json.Marshal(all)
		require.NoError(t, err)
		var back []container
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.DisallowUnknownFields()
		require.NoError(t, decoder.Decode(&back))
		for i := range all {
			if len(all[i].Secrets) == 0 {
				all[i].Secrets = nil // an empty list is not written
			}
			if len(all[i].DockerLabels) == 0 {
				all[i].DockerLabels = nil
			}
		}
		require.Equal(t, all, back)
		app := all[len(all)-1]
		tunneled(args)
		all = append(all, connector(args, app, references{arns: map[string]string{tunnelToken: tokenARN}}))
		if sizeOf(t, app.Environment)+sizeOf(t, app.Secrets) <= variablesLimit && sizeOf(t, ca) <= caLimit {
			require.LessOrEqual(t, sizeOf(t, all), definitionLimit)
		}
		for i, one := range all {
			validContainer(t, one, all[:i])
		}
		require.True(t, slices.ContainsFunc(all, func(c container) bool { return c.Essential && c.Name == name }),
			"the app is essential")
	})
}

// What always fits: the variables are in a task twice, for the app and for what runs before it.
const (
	variablesLimit = 24 << 10
	caLimit        = 6 << 10
)

// sizeOf is the size of a value as the provider sends it, which escapes less than Go's marshaller.
func sizeOf(t *testing.T, value any) int {
	t.Helper()
	var text bytes.Buffer
	encoder := json.NewEncoder(&text)
	encoder.SetEscapeHTML(false)
	require.NoError(t, encoder.Encode(value))
	return text.Len()
}

var (
	containerName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,255}$`)
	parameterARN  = regexp.MustCompile(`^arn:aws:ssm:[a-z0-9-]+:[0-9]{12}:parameter/`)
)

// validContainer holds a container to what ECS asks of it, given those before it in the list. Source:
// https://docs.aws.amazon.com/AmazonECS/latest/APIReference/API_ContainerDefinition.html
func validContainer(t *testing.T, c container, before []container) {
	t.Helper()
	require.Regexp(t, containerName, c.Name)
	require.NotEmpty(t, c.Image)
	var names []string
	for _, v := range c.Environment {
		require.NotEmpty(t, v.Value, "%s: ECS drops it", v.Name)
		names = append(names, v.Name)
	}
	for _, s := range c.Secrets {
		require.Regexp(t, parameterARN, s.ValueFrom)
		names = append(names, s.Name)
	}
	slices.Sort(names)
	require.Equal(t, slices.Compact(slices.Clone(names)), names, "a variable that is there twice")
	for _, port := range c.PortMappings {
		assert.Equal(t, port.ContainerPort, port.HostPort, "awsvpc maps a port to itself")
		assert.True(t, 1 <= port.ContainerPort && port.ContainerPort <= 65535, "port %d", port.ContainerPort)
	}
	for _, needed := range c.DependsOn {
		i := slices.IndexFunc(before, func(other container) bool { return other.Name == needed.ContainerName })
		require.GreaterOrEqual(t, i, 0, "%s depends on %s, which is not before it", c.Name, needed.ContainerName)
		if needed.Condition == "HEALTHY" {
			require.NotNil(t, before[i].HealthCheck, "%s is never healthy", before[i].Name)
			continue
		}
		require.False(t, before[i].Essential, "ECS lets nothing wait for the end of an essential container")
	}
	for _, other := range before {
		require.NotEqual(t, other.Name, c.Name)
	}
	if h := c.HealthCheck; h != nil {
		assert.True(t, 5 <= h.Interval && h.Interval <= 300 && 2 <= h.Timeout && h.Timeout <= 60 && h.Timeout < h.Interval &&
			1 <= h.Retries && h.Retries <= 10 && 0 <= h.StartPeriod && h.StartPeriod <= 300, "%+v", h)
	}
	assert.True(t, 0 <= c.StopTimeout && c.StopTimeout <= 120, "Fargate stops a container after 120 seconds at most")
}
