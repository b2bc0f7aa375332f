package session

import (
	"context"
	"fmt"
	"net/url"
	"strconv"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"threa-infra/cmd/threa/internal/deployment"
)

// Database is the address of the app's database and its login.
type Database struct {
	Host, Name, User string
	Port             int
	password         string
}

// findDatabase reads the app's DATABASE_URL from its SSM parameter. The error never quotes it.
func findDatabase(ctx context.Context, app *deployment.App) (*Database, error) {
	name := app.DatabaseParameter
	if name == "" {
		return nil, fmt.Errorf("%w: the stack has no database yet. Create it: pulumi up", deployment.ErrNotDeployed)
	}
	answer, err := app.SSM.GetParameter(ctx, &ssm.GetParameterInput{Name: &name, WithDecryption: aws.Bool(true)})
	if err != nil && strings.Contains(err.Error(), "AccessDenied") {
		return nil, fmt.Errorf("your AWS credentials lack the permission ssm:GetParameter on %s: %w", name, err)
	}
	if err != nil {
		return nil, fmt.Errorf("read the database URL: %w", err)
	}
	parsed, err := url.Parse(aws.ToString(answer.Parameter.Value))
	if err != nil || parsed.User == nil {
		return nil, fmt.Errorf("parameter %s is not a database URL", name)
	}
	port, err := strconv.Atoi(parsed.Port())
	if err != nil {
		return nil, fmt.Errorf("parameter %s is not a database URL: it has no port", name)
	}
	password, _ := parsed.User.Password()
	return &Database{
		Host: parsed.Hostname(), Port: port, Name: strings.TrimPrefix(parsed.Path, "/"),
		User: parsed.User.Username(), password: password,
	}, nil
}

// Environment returns the variables that make psql, or another client built on libpq, log in through a port of this
// machine and verify the database's certificate. See https://www.postgresql.org/docs/current/libpq-envars.html
func (d *Database) Environment(localPort int, certificates string) []string {
	return []string{
		"PGHOST=" + d.Host, "PGHOSTADDR=127.0.0.1", "PGPORT=" + strconv.Itoa(localPort), "PGDATABASE=" + d.Name,
		"PGUSER=" + d.User, "PGPASSWORD=" + d.password, "PGSSLMODE=verify-full", "PGSSLROOTCERT=" + certificates,
	}
}
