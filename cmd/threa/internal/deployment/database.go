package deployment

import (
	"context"
	"fmt"
	"net/url"
	"strconv"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
)

// Database is where the app's database is, and who may enter.
type Database struct {
	Host, Name, User string
	Port             int
	password         string
}

// FindDatabase reads the app's own DATABASE_URL from its parameter. The error never holds it.
func (a *App) FindDatabase(ctx context.Context) (*Database, error) {
	if a.DatabaseParameter == "" {
		return nil, fmt.Errorf("%w: the stack has no database yet; pulumi up makes one", ErrNotDeployed)
	}
	answer, err := a.SSM.GetParameter(ctx, &ssm.GetParameterInput{Name: &a.DatabaseParameter, WithDecryption: aws.Bool(true)})
	if err != nil {
		return nil, fmt.Errorf("read the address of the database: %w", permitted(err, "ssm:GetParameter on "+a.DatabaseParameter))
	}
	parsed, err := url.Parse(aws.ToString(answer.Parameter.Value))
	if err != nil || parsed.User == nil {
		return nil, fmt.Errorf("the parameter %s holds no URL of a database", a.DatabaseParameter)
	}
	port, err := strconv.Atoi(parsed.Port())
	if err != nil {
		return nil, fmt.Errorf("the parameter %s holds no URL of a database", a.DatabaseParameter)
	}
	password, _ := parsed.User.Password()
	return &Database{Host: parsed.Hostname(), Port: port, Name: parsed.Path[min(1, len(parsed.Path)):], User: parsed.User.Username(), password: password}, nil
}

// Environment has psql, or any other client that is built on libpq, log in through a port of this machine and verify that
// it is the database that answers. Source: https://www.postgresql.org/docs/current/libpq-envars.html
func (d *Database) Environment(local int, certificates string) []string {
	return []string{
		"PGHOST=" + d.Host, "PGHOSTADDR=127.0.0.1", "PGPORT=" + strconv.Itoa(local), "PGUSER=" + d.User, "PGPASSWORD=" + d.password,
		"PGDATABASE=" + d.Name, "PGSSLMODE=verify-full", "PGSSLROOTCERT=" + certificates,
	}
}
