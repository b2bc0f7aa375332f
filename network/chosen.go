package network

import (
	"fmt"
	"strings"

	"threa-infra/internal/program"
)

// noteChoice logs which subnets of an existing VPC the program has chosen, and how to keep the choice. Otherwise the
// program may also use a subnet that is added to the VPC later.
func (d discovery) noteChoice(found *Found) error {
	for _, row := range []struct {
		key, users         string
		configured, chosen []string
	}{
		{"publicSubnetIds", "tasks", d.PublicSubnetIDs, found.publicSubnetIDs},
		{"privateSubnetIds", "database and cache", d.PrivateSubnetIDs, found.privateSubnetIDs},
	} {
		if len(row.configured) > 0 {
			continue
		}
		text := fmt.Sprintf("the subnets of %s for %s are %s. Later deployments may also use a subnet that is "+
			"added to the VPC. To keep these:", d.VPC, row.users, strings.Join(row.chosen, ", "))
		for i, id := range row.chosen {
			text += fmt.Sprintf("\n    pulumi config set --path '%s[%d]' %s", row.key, i, id)
		}
		if err := program.Note(d.ctx, text); err != nil {
			return err
		}
	}
	return nil
}
