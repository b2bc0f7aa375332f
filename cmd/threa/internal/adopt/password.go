package adopt

import (
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"

	"threa-infra/internal/naming"
)

// passwordSettings compares dbPassword with the password in the parameter with the database's URL: after the import,
// an up gives the database the password of the configuration.
func (a *Adoption) passwordSettings(_ context.Context, d *deployment) ([]setting, error) {
	parameter, configured := a.names.Parameter(naming.ParameterDatabaseURL), a.value("dbPassword")
	if d.url == "" {
		if configured != "" {
			return nil, nil // the user has set it
		}
		return nil, fmt.Errorf("dbPassword is not set, and the parameter %s, which would have it, does not exist.\n"+
			"    pulumi config set --secret dbPassword", parameter)
	}
	passwords := passwords(d.url, aws.ToString(d.database.MasterUsername))
	if len(passwords) > 0 && slices.Contains(passwords, configured) {
		return nil, nil
	}
	switch len(passwords) {
	case 1:
		return []setting{{key: "dbPassword", value: passwords[0], options: []string{"--secret"}, hidden: parameter}}, nil
	case 0:
		return nil, fmt.Errorf("the parameter %s is not a URL of the master user %s, so the password of the database is not "+
			"known. Write the URL to a file, then:\n"+
			"    aws ssm put-parameter --overwrite --region %s --name %[1]s --value file://<file>", parameter,
			aws.ToString(d.database.MasterUsername), a.names.Region)
	}
	return nil, fmt.Errorf("dbPassword is not the password in the parameter %s. It is not known whether that password "+
		"is percent-encoded. Set the password of the database:\n    pulumi config set --secret dbPassword", parameter)
}

// passwords returns the possible passwords in a URL of the database. The Terraform program did not encode the
// password. This program does, and adds sslmode=verify-full.
func passwords(text, user string) []string {
	text, options, _ := cutLast(text, "?sslmode=")
	_, rest, found := strings.Cut(text, "://")
	login, _, hasHost := cutLast(rest, "@")
	name, password, hasPassword := strings.Cut(login, ":")
	if plain, err := url.PathUnescape(name); err == nil {
		name = plain
	}
	if !found || !hasHost || !hasPassword || name != user || password == "" {
		return nil
	}
	decoded, err := url.PathUnescape(password)
	switch {
	case err != nil || decoded == password:
		return []string{password}
	case options == "verify-full":
		return []string{decoded}
	}
	return []string{password, decoded}
}

func cutLast(text, separator string) (before, after string, found bool) {
	if i := strings.LastIndex(text, separator); i >= 0 {
		return text[:i], text[i+len(separator):], true
	}
	return text, "", false
}
