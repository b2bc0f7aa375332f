package adopt

import (
	"cmp"
	"context"
	"errors"
	"fmt"
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
	hidden     string   // where a value is that is not printed: pulumi config set asks for it
}

func (s setting) String() string {
	words := append([]string{"config", "set"}, append(slices.Clone(s.options), s.key)...)
	if s.hidden != "" {
		return "pulumi " + shellescape.QuoteCommand(words) + "  # its value in " + s.hidden
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
		options := "--configure"
		if a.TakeOver {
			options += " --take-over"
		}
		return errors.Join(fmt.Errorf("the configuration of the stack differs from the deployment. Nothing was changed. Set "+
			"these keys, or have them set:  go run ./cmd/threa adopt %s\n%s", options, strings.Join(lines, "\n")), problem)
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
		return err
	}
	if settings, err = a.missing(ctx, d); err == nil && len(settings) > 0 {
		err = fmt.Errorf("the stack still has another value of %s after pulumi config set", settings[0].key)
	}
	return err
}

// missing returns the settings that differ from the deployment, and what only the user can set.
func (a *Adoption) missing(ctx context.Context, d *deployment) (missing []setting, problem error) {
	settings := slices.Concat(a.databaseSettings(d), a.networkSettings(d), a.serviceSettings(d), cacheSettings(d))
	for _, s := range settings {
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
	hasReplica := slices.Contains(db.ReadReplicaDBInstanceIdentifiers, a.names.ReadReplica())
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
		{key: "dbReadReplica", value: strconv.FormatBool(hasReplica)},
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
	architecture, platform := "x86_64", d.definition.RuntimePlatform
	if platform != nil && platform.CpuArchitecture == ecstypes.CPUArchitectureArm64 {
		architecture = "arm64"
	}
	isSpot := func(s ecstypes.CapacityProviderStrategyItem) bool {
		return aws.ToString(s.CapacityProvider) == "FARGATE_SPOT"
	}
	settings = append(settings,
		setting{key: "containerCpu", value: aws.ToString(d.definition.Cpu)},
		setting{key: "containerMemory", value: aws.ToString(d.definition.Memory)},
		setting{key: "cpuArchitecture", value: architecture},
		setting{key: "useSpot", value: strconv.FormatBool(slices.ContainsFunc(d.service.CapacityProviderStrategy, isSpot))})
	if ports := d.app(a.names).PortMappings; len(ports) > 0 {
		settings = append(settings, setting{key: "containerPort", value: number(aws.ToInt32(ports[0].ContainerPort))})
	}
	// Autoscaling and a schedule set other counts than the configured one.
	running, owned := number(d.service.DesiredCount), a.value("maxCount") != "" || a.value("sleepAt") != ""
	if running != cmp.Or(a.value("desiredCount"), "1") && !owned {
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
		return []setting{
			{key: "enableRedis", value: "true"}, {key: "redisNodeType", value: aws.ToString(d.cluster.CacheNodeType)},
		}
	}
	return []setting{{key: "enableRedis", value: "false"}}
}
