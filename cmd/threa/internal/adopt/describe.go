package adopt

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	rdstypes "github.com/aws/aws-sdk-go-v2/service/rds/types"
)

// describe returns which deployment AWS has, who manages it, and what of it the program cannot import.
func (a *Adoption) describe(d *deployment) string {
	db, names := d.database, a.names
	lines := []string{
		fmt.Sprintf("Deployment %s in account %s, %s, with the tags %s:", names.Name, names.AccountID, names.Region,
			formatTags(d.tags)),
		fmt.Sprintf("    database  PostgreSQL %s on %s, %s, created %s", aws.ToString(db.EngineVersion),
			aws.ToString(db.DBInstanceClass), aws.ToString(db.DbiResourceId), created(db)),
	}
	if d.service != nil {
		task := d.definition
		lines = append(lines, fmt.Sprintf("    service   %d task(s) with %s CPU units and %s MiB, image %s",
			d.service.DesiredCount, aws.ToString(task.Cpu), aws.ToString(task.Memory), aws.ToString(d.app(names).Image)))
	}
	switch {
	case d.group != nil:
		lines = append(lines, fmt.Sprintf("    cache     %d node(s) on %s", len(d.group.MemberClusters),
			aws.ToString(d.group.CacheNodeType)))
	case d.cluster != nil:
		lines = append(lines, "    cache     one node on "+aws.ToString(d.cluster.CacheNodeType))
	}
	for _, secret := range d.app(names).Secrets {
		name, source := aws.ToString(secret.Name), aws.ToString(secret.ValueFrom)
		if !slices.Contains(ofProgram, name) && a.ownParameter(source) == "" {
			lines = append(lines, fmt.Sprintf("    secret    %s comes from %s. If the stack does not have it yet:  "+
				"go run ./cmd/threa secrets set %[1]s", name, source))
		}
	}
	return strings.Join(lines, "\n")
}

func created(db *rdstypes.DBInstance) string {
	return aws.ToTime(db.InstanceCreateTime).UTC().Format("2006-01-02 15:04:05 UTC")
}

func formatTags(tags map[string]string) string {
	var list []string
	for _, key := range slices.Sorted(maps.Keys(tags)) {
		list = append(list, key+"="+tags[key])
	}
	return cmp.Or(strings.Join(list, ", "), "(none)")
}
