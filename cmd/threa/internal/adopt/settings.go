package adopt

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"al.essio.dev/pkg/shellescape"
	"github.com/aws/aws-sdk-go-v2/aws"
	ecstypes "github.com/aws/aws-sdk-go-v2/service/ecs/types"

	"threa-infra/internal/config"
	"threa-infra/internal/naming"
)

// setting is a value of the configuration that the deployment needs.
type setting struct {
	key, value string
	options    []string // of pulumi config set
	hidden     bool     // the value is not printed: pulumi config set asks for it
}

func (s setting) String() string {
	words := append([]string{"config", "set"}, append(slices.Clone(s.options), s.key)...)
	if s.hidden {
		return "pulumi " + shellescape.QuoteCommand(words)
	}
	return "pulumi " + shellescape.QuoteCommand(append(words, s.value))
}

// configure compares the configuration with the deployment. It sets what differs, or refuses and prints it.
func (a *Adoption) configure(ctx context.Context, d *deployment) error {
	settings, problem := a.missing(ctx, d)
	if len(settings) == 0 {
		return problem
	}
	var lines []string
	for _, s := range settings {
		lines = append(lines, "    "+s.String())
	}
	if !a.Configure {
		return errors.Join(fmt.Errorf("the configuration of the stack differs from the deployment. Nothing was changed. Set these "+
			"keys, or have them set:  go run ./cmd/threa adopt --configure\n%s", strings.Join(lines, "\n")), problem)
	}
	a.Print("Setting the configuration of the stack:\n%s", strings.Join(lines, "\n"))
	for _, s := range settings {
		args := append([]string{"config", "set"}, s.options...)
		if _, err := a.pulumi(ctx, []byte(s.value), append(args, s.key)...); err != nil { // the value is in no argument
			return fmt.Errorf("set %s: %w", s.key, err)
		}
	}
	var err error
	if a.config, err = a.pulumi.Config(ctx, "--show-secrets"); err != nil {
		return err //nolint:wrapcheck // it says all
	}
	if settings, err = a.missing(ctx, d); err == nil && len(settings) > 0 {
		err = fmt.Errorf("the stack still has another value of %s after pulumi config set", settings[0].key)
	}
	return err
}

// missing returns the settings that differ from the deployment, and what only the user can set.
func (a *Adoption) missing(ctx context.Context, d *deployment) (missing []setting, problem error) {
	for _, s := range slices.Concat(a.databaseSettings(d), a.networkSettings(d), a.serviceSettings(d), cacheSettings(d)) {
		if s.value != "" && s.value != a.value(s.key) {
			missing = append(missing, s)
		}
	}
	for _, more := range []func(context.Context, *deployment) ([]setting, error){
		a.imageSettings, a.variableSettings, a.passwordSettings,
	} {
		settings, err := more(ctx, d)
		missing, problem = append(missing, settings...), errors.Join(problem, err)
	}
	return missing, problem
}

func number[T int32 | int](value T) string {
	if value == 0 {
		return ""
	}
	return strconv.Itoa(int(value))
}

func (a *Adoption) databaseSettings(d *deployment) []setting {
	db := d.database
	major, _, _ := strings.Cut(aws.ToString(db.EngineVersion), ".")
	return []setting{
		{key: "dbEngineVersion", value: major},
		{key: "dbName", value: aws.ToString(db.DBName)},
		{key: "dbUsername", value: aws.ToString(db.MasterUsername)},
		{key: "dbInstanceClass", value: aws.ToString(db.DBInstanceClass)},
		{key: "dbAllocatedStorage", value: a.storage(db.AllocatedStorage)},
		{key: "dbMaxAllocatedStorage", value: number(aws.ToInt32(db.MaxAllocatedStorage))},
		{key: "dbBackupRetentionDays", value: number(aws.ToInt32(db.BackupRetentionPeriod))},
		{key: "dbBackupWindow", value: aws.ToString(db.PreferredBackupWindow)},
		{key: "dbMaintenanceWindow", value: strings.ToLower(aws.ToString(db.PreferredMaintenanceWindow))},
		{key: "multiAz", value: strconv.FormatBool(aws.ToBool(db.MultiAZ))},
		{key: "dbReadReplica", value: strconv.FormatBool(slices.Contains(db.ReadReplicaDBInstanceIdentifiers, a.names.ReadReplica()))},
	}
}

// storage returns the size of the storage, or "" if it has grown from the configured size.
func (a *Adoption) storage(size *int32) string {
	configured, err := strconv.Atoi(a.value("dbAllocatedStorage"))
	if err == nil && configured <= int(aws.ToInt32(size)) && a.record != nil {
		return ""
	}
	return number(aws.ToInt32(size))
}

func (a *Adoption) networkSettings(d *deployment) []setting {
	for _, tag := range d.vpc.Tags {
		if tag.Key == naming.TagStack && tag.Value == a.names.Name {
			return []setting{{key: "vpc", value: config.VPCDedicated}, {key: "vpcCidr", value: d.vpc.CIDR}}
		}
	}
	if d.vpc.IsDefault {
		return []setting{{key: "vpc", value: config.VPCDefault}}
	}
	return []setting{{key: "vpc", value: d.vpc.ID}}
}

func (a *Adoption) serviceSettings(d *deployment) []setting {
	settings := []setting{{key: "logRetentionDays", value: number(d.retention)}}
	if d.service == nil {
		return settings
	}
	architecture := "x86_64"
	if platform := d.definition.RuntimePlatform; platform != nil && platform.CpuArchitecture == ecstypes.CPUArchitectureArm64 {
		architecture = "arm64"
	}
	spot := slices.ContainsFunc(d.service.CapacityProviderStrategy, func(s ecstypes.CapacityProviderStrategyItem) bool {
		return aws.ToString(s.CapacityProvider) == "FARGATE_SPOT"
	})
	settings = append(settings,
		setting{key: "containerCpu", value: aws.ToString(d.definition.Cpu)},
		setting{key: "containerMemory", value: aws.ToString(d.definition.Memory)},
		setting{key: "cpuArchitecture", value: architecture},
		setting{key: "useSpot", value: strconv.FormatBool(spot)})
	if ports := d.app(a.names).PortMappings; len(ports) > 0 {
		settings = append(settings, setting{key: "containerPort", value: number(aws.ToInt32(ports[0].ContainerPort))})
	}
	running := number(d.service.DesiredCount)
	if running != cmp.Or(a.value("desiredCount"), a.value("minCount"), "1") && a.value("maxCount") == "" && a.value("sleepAt") == "" {
		settings = append(settings, setting{key: "desiredCount", value: running})
	}
	return settings
}

func cacheSettings(d *deployment) []setting {
	switch {
	case d.group != nil:
		g := d.group
		return []setting{
			{key: "enableRedis", value: "true"},
			{key: "redisNodeType", value: aws.ToString(g.CacheNodeType)},
			{key: "redisNodes", value: number(len(g.MemberClusters))},
			{key: "redisTls", value: strconv.FormatBool(aws.ToBool(g.TransitEncryptionEnabled))},
			{key: "cacheEngine", value: aws.ToString(g.Engine)},
		}
	case d.cluster != nil:
		return []setting{{key: "enableRedis", value: "true"}, {key: "redisNodeType", value: aws.ToString(d.cluster.CacheNodeType)}}
	}
	return []setting{{key: "enableRedis", value: "false"}}
}

// imageSettings returns the image that runs. Without imageTag, an up would stop all tasks.
func (a *Adoption) imageSettings(ctx context.Context, d *deployment) ([]setting, error) {
	if d.service == nil || d.service.DesiredCount == 0 {
		return nil, nil
	}
	configured := a.value("imageTag")
	if d.digest == "" {
		if configured != "" {
			return nil, nil
		}
		return nil, fmt.Errorf("the tasks run %s, but the repository %s does not have this image, and imageTag is not set. An up "+
			"would stop the tasks. Push the image, then:\n    pulumi config set imageTag <tag>", aws.ToString(d.app(a.names).Image),
			a.names.Name)
	}
	if configured == d.digest {
		return nil, nil
	}
	if configured != "" && !strings.HasPrefix(configured, "sha256:") {
		digest, err := a.digest(ctx, configured)
		if err != nil || digest == d.digest {
			return nil, err
		}
	}
	return []setting{{key: "imageTag", value: d.digest}}, nil
}

// variableSettings returns the variables of the app that the program does not set. Their values are not printed, because
// some teams have secrets in them.
func (a *Adoption) variableSettings(_ context.Context, d *deployment) (settings []setting, err error) {
	var plain, existing, stored map[string]any
	for key, target := range map[string]*map[string]any{
		"appEnvironment": &plain, "appSecrets": &existing, "appSecretValues": &stored,
	} {
		if text := a.value(key); text != "" && json.Unmarshal([]byte(text), target) != nil { // its error could quote a secret
			return nil, fmt.Errorf("read the stack's configuration: %s has the wrong type", key)
		}
	}
	known := func(name string) bool {
		return plain[name] != nil || existing[name] != nil || stored[name] != nil ||
			slices.Contains([]string{"NODE_ENV", "PORT", "DATABASE_URL", "REDIS_URL", "DATABASE_REPLICA_URL"}, name)
	}
	path := a.names.Parameter("")
	for _, secret := range d.app(a.names).Secrets {
		name, source := aws.ToString(secret.Name), aws.ToString(secret.ValueFrom)
		if arn, parameter, isARN := strings.Cut(source, ":parameter"); isARN && strings.HasPrefix(arn, "arn:") {
			source = parameter
		}
		own := strings.HasPrefix(source, path+naming.ParameterAppPrefix) // of appSecretValues, whose value only the user has
		switch {
		case known(name):
		case strings.HasPrefix(source, path) && !own:
			settings = append(settings, setting{key: "appSecrets." + name, value: source, options: []string{"--type", "string", "--path"}})
		default:
			a.Print("Not in the configuration: the secret %s of the app, which comes from %s. Set it, if the app still needs it:\n"+
				"    go run ./cmd/threa secrets set %s", name, source, name)
		}
	}
	if a.record != nil && a.record.ID != "" || d.tags[naming.TagManagedBy] == naming.ManagedBy {
		return settings, nil // this program sets variables of its own
	}
	for _, variable := range d.app(a.names).Environment {
		name, value := aws.ToString(variable.Name), aws.ToString(variable.Value)
		s := setting{key: "appEnvironment." + name, value: value, options: []string{"--type", "string", "--path"},
			hidden: true}
		if secretName.MatchString(name) || secretValue.MatchString(value) {
			s.key, s.options = "appSecretValues."+name, []string{"--secret", "--path"}
		}
		if !known(name) {
			settings = append(settings, s)
		}
	}
	return settings, nil
}

// secretName and secretValue match variables that may be secrets. The stack file gets those encrypted.
var (
	secretName  = regexp.MustCompile(`(?i)key|secret|token|passw|credential`)
	secretValue = regexp.MustCompile(`://[^/]*:[^/]*@`)
)
