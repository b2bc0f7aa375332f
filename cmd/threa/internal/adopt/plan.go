package adopt

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/pulumi/pulumi/sdk/v3/go/common/apitype"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"

	"threa-infra/internal/adoption"
	"threa-infra/internal/ownerrecord"
)

// step is a step of a preview.
type step struct {
	Op             apitype.OpType
	URN            string
	NewState       *apitype.ResourceV3
	DiffReasons    []string
	ReplaceReasons []string
}

// action is what an up does to a resource after the import.
type action string

const (
	keep    action = "imported as it is"
	change  action = "imported, then changed in place"
	create  action = "created"
	replace action = "replaced"
	remove  action = "deleted"
)

// planned is a resource of the plan.
type planned struct {
	apitype.ResourceV3
	action     action
	properties []string // that change
}

// plan is what the import and the next up do.
type plan struct {
	rows []*planned
	ids  map[string]string // import ids by URN
	file importFile        // of everything that the state lacks
}

// importFile is the file of pulumi import. Source: https://www.pulumi.com/docs/iac/guides/migration/import/
type importFile struct {
	NameTable map[string]string `json:"nameTable,omitempty"`
	Resources []importSpec      `json:"resources"`
}

type importSpec struct {
	Type        string `json:"type"`
	Name        string `json:"name"`
	LogicalName string `json:"logicalName,omitempty"`
	ID          string `json:"id,omitempty"`
	Parent      string `json:"parent,omitempty"`
	Provider    string `json:"provider,omitempty"`
	Version     string `json:"version,omitempty"`
	Component   bool   `json:"component,omitempty"`
}

func (s importSpec) key() string {
	return adoption.Key(s.Type, cmp.Or(s.LogicalName, s.Name))
}

// key identifies the resource with a URN, as importSpec.key does.
func key(urn string) string {
	return adoption.Key(string(resource.URN(urn).Type()), resource.URN(urn).Name())
}

// plan previews the stack until no more resources are found: the id of a rule needs that of its group.
func (a *Adoption) plan(ctx context.Context, d *deployment) (*plan, error) {
	dir, err := os.MkdirTemp("", "threa-adopt-")
	if err != nil {
		return nil, fmt.Errorf("create a folder for the plan: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	a.Print("Planning …")
	p := &plan{ids: map[string]string{}}
	for {
		steps, file, err := a.preview(ctx, dir, p.ids)
		if err != nil {
			return nil, err
		}
		if len(p.ids) == 0 {
			p.file = file
		}
		found, err := a.findIDs(ctx, d, steps)
		if err != nil {
			return nil, err
		}
		added := false
		for urn, id := range found {
			if p.ids[urn] == "" {
				p.ids[urn], added = id, true
			}
		}
		if !added {
			p.rows = readSteps(steps)
			for _, row := range p.rows {
				row.ID = resource.ID(cmp.Or(string(row.ID), p.ids[string(row.URN)])) // a preview leaves it out
			}
			return p, nil
		}
	}
}

// preview previews the stack with the resources imported.
func (a *Adoption) preview(ctx context.Context, dir string, ids map[string]string) ([]step, importFile, error) {
	content := adoption.Plan{Name: a.names.Name, IDs: map[string]string{}}
	for urn, id := range ids {
		content.IDs[key(urn)] = id
	}
	var file importFile
	text, err := json.Marshal(content)
	planFile, imports := filepath.Join(dir, "plan.json"), filepath.Join(dir, "import.json")
	if err == nil {
		err = os.WriteFile(planFile, text, 0o600)
	}
	if err != nil {
		return nil, file, fmt.Errorf("write the plan: %w", err)
	}
	out, err := a.Pulumi(adoption.Variable+"="+planFile)(ctx, nil, "preview", "--json", "--non-interactive",
		"--import-file", imports)
	if err != nil {
		return nil, file, fmt.Errorf("plan the import: %w", err)
	}
	steps, err := parseSteps(out)
	if err == nil {
		text, err = os.ReadFile(imports)
	}
	if err == nil {
		err = json.Unmarshal(text, &file)
	}
	if err != nil {
		return nil, file, fmt.Errorf("read the plan: %w", err)
	}
	return steps, file, nil
}

func parseSteps(preview []byte) ([]step, error) {
	var parsed struct{ Steps []step }
	if err := json.Unmarshal(preview, &parsed); err != nil {
		return nil, fmt.Errorf("read the preview: %w", err)
	}
	return parsed.Steps, nil
}

// readSteps returns a row for each resource in AWS. A resource can have two steps: its import and its change.
func readSteps(steps []step) []*planned {
	var rows []*planned
	byURN := map[string]*planned{}
	for _, s := range steps {
		urn := resource.URN(s.URN)
		if !strings.HasPrefix(string(urn.Type()), "aws:") {
			continue
		}
		row := byURN[s.URN]
		if row == nil {
			row = &planned{action: keep}
			row.URN, row.Type = urn, urn.Type()
			byURN[s.URN], rows = row, append(rows, row)
		}
		if s.NewState != nil {
			row.ResourceV3 = *s.NewState
		}
		switch s.Op {
		case apitype.OpCreate:
			row.action = create
		case apitype.OpUpdate:
			row.action, row.properties = change, s.DiffReasons
		case apitype.OpDelete:
			row.action = remove
		case apitype.OpReplace, apitype.OpCreateReplacement, apitype.OpImportReplacement:
			row.action = replace
			if len(s.ReplaceReasons) > 0 {
				row.properties = s.ReplaceReasons
			}
		}
	}
	return rows
}

// resources returns the resources that the state has after the import.
func (p *plan) resources() []apitype.ResourceV3 {
	var list []apitype.ResourceV3
	for _, row := range p.rows {
		if row.action != create && row.ID != "" {
			list = append(list, row.ResourceV3)
		}
	}
	return list
}

// recordProperties returns the description and the tags of the owner record.
func (p *plan) recordProperties() (description string, tags map[string]string) {
	tags = map[string]string{}
	for _, row := range p.rows {
		if row.URN.Name() != ownerrecord.Resource {
			continue
		}
		description, _ = row.Inputs["description"].(string)
		values, _ := row.Inputs["tags"].(map[string]any)
		for key, value := range values {
			tags[key], _ = value.(string)
		}
	}
	return description, tags
}
