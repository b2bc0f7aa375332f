package adopt

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/aws/aws-sdk-go-v2/aws"

	"threa-infra/internal/adoption"
	"threa-infra/internal/ownerrecord"
)

// importPlanned imports the resources of the plan that the state lacks, with their components. The owner record comes
// last: without it in the state, the program refuses an up after an import that was killed.
func (a *Adoption) importPlanned(ctx context.Context, p *plan) error {
	dir, err := os.MkdirTemp("", "threa-adopt-")
	if err != nil {
		return fmt.Errorf("create a folder for the import: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	a.Print("Importing …")
	for _, file := range p.imports(a.names.OwnerRecord()) {
		if err := a.importFile(ctx, file, filepath.Join(dir, "import.json")); err != nil {
			return fmt.Errorf("%w\n    In AWS, only the owner record was changed. Run the command again: it continues", err)
		}
	}
	return nil
}

func (a *Adoption) importFile(ctx context.Context, file importFile, name string) error {
	if len(file.Resources) == 0 {
		return nil
	}
	text, err := json.Marshal(file)
	if err == nil {
		err = os.WriteFile(name, text, 0o600)
	}
	if err != nil {
		return fmt.Errorf("write the resources to import: %w", err)
	}
	// pulumi import protects the resources, so that a destroy before the first up deletes nothing.
	_, err = a.pulumi(ctx, nil, "import", "--file", name, "--skip-preview", "--yes", "--generate-code=false",
		"--non-interactive")
	return err
}

// imports returns the files of pulumi import: the last one is for the owner record and its component.
func (p *plan) imports(record string) [2]importFile {
	ids := map[string]string{adoption.Key(parameters, ownerrecord.Resource): record}
	for urn, id := range p.ids {
		ids[key(urn)] = id
	}
	files := [2]importFile{{NameTable: p.file.NameTable}, {NameTable: p.file.NameTable}}
	for _, spec := range p.file.Resources {
		spec.ID = ids[spec.key()]
		i := 0
		if spec.Name == ownerrecord.Component || spec.Parent == ownerrecord.Component {
			i = 1
		}
		if spec.Component || spec.ID != "" {
			files[i].Resources = append(files[i].Resources, spec)
		}
	}
	return files
}

// check compares the stack and the database after the import with what they were before.
func (a *Adoption) check(ctx context.Context, before *deployment) error {
	out, err := a.pulumi(ctx, nil, "preview", "--json", "--non-interactive")
	if err != nil {
		return fmt.Errorf("preview the stack after the import: %w", err)
	}
	steps, err := parseSteps(out)
	if err != nil {
		return err
	}
	p := &plan{rows: readSteps(steps)}
	if err := p.refuse(); err != nil {
		return fmt.Errorf("do not run pulumi up: %w", err)
	}
	if a.state, err = a.pulumi.Resources(ctx); err != nil {
		return err
	}
	after := &deployment{}
	if err := a.findDatabase(ctx, after); err != nil {
		return fmt.Errorf("look up the database after the import: %w", err)
	}
	if identity(before) != identity(after) {
		return fmt.Errorf("the database was %s before the import and is %s now. Do not run pulumi up", identity(before),
			identity(after))
	}
	counts := map[action]int{}
	for _, row := range p.rows {
		counts[row.action]++
	}
	a.Print("Imported %d resources. The next up changes %d of them in place, replaces none that holds data, and "+
		"creates %d.\nThe database is the same: %s", len(a.inAWS()), counts[change], counts[create], identity(after))
	return nil
}

// identity tells one database instance from another.
func identity(d *deployment) string {
	db, host := d.database, ""
	if db.Endpoint != nil {
		host = aws.ToString(db.Endpoint.Address)
	}
	return fmt.Sprintf("%s, created %s, at %s", aws.ToString(db.DbiResourceId), created(db), host)
}
