//go:build linux

package stores

import (
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
	"threa-infra/internal/naming"
	"threa-infra/secrets"
)

// allowed are the characters that RDS takes in a password: printable ones of ASCII but these four. Source:
// https://docs.aws.amazon.com/AmazonRDS/latest/APIReference/API_CreateDBInstance.html (MasterUserPassword)
func allowed() string {
	var all strings.Builder
	for c := '!'; c <= '~'; c++ {
		if !strings.ContainsRune(`/"@ `, c) {
			all.WriteRune(c)
		}
	}
	return all.String()
}

// passwords has every allowed character first, inside and last, and more by chance, from the shortest to the longest.
func passwords() []string {
	random := rand.New(rand.NewPCG(8, 128))
	some := func(length int) string {
		text := make([]byte, length)
		for i := range text {
			text[i] = allowed()[random.IntN(len(allowed()))]
		}
		return string(text)
	}
	list := []string{some(8), some(128)}
	for _, c := range allowed() {
		list = append(list, string(c)+some(3)+string(c)+some(3)+string(c))
	}
	for range 30 {
		list = append(list, some(8+random.IntN(121)))
	}
	return list
}

// urls are the parameters DATABASE_URL that the program stores: of each password with a user of its own.
func urls(t *testing.T, users, passwords []string, port int) []string {
	t.Helper()
	stack := mocks.MustRun(t, func(ctx *pulumi.Context) error {
		for i, password := range passwords {
			secret := pulumi.ToSecret(pulumi.String(password)).(pulumi.StringOutput)
			user := secrets.User{Name: pulumi.String(users[i]), Password: secret}
			if _, err := secrets.New(ctx, users[i], &secrets.Args{
				Names: naming.Stack{Name: users[i]},
				Database: secrets.Database{
					Master: user, App: user, Address: pulumi.String(databaseName), DBName: pulumi.String("threa"), Port: port,
				},
			}); err != nil {
				return err
			}
		}
		return nil
	}, mocks.Options{})
	list := make([]string, len(users))
	for i, user := range users {
		list[i] = stack.Named(t, "aws:ssm/parameter:Parameter", user+"-database-url").Text("value")
	}
	return list
}

func TestPostgres_EveryPasswordInEveryClient(t *testing.T) {
	t.Parallel()
	c := start(t, Spec{Database: database()})
	port, err := strconv.Atoi(c.port(databaseName + ":5432"))
	require.NoError(t, err)
	all := passwords()
	users := make([]string, len(all))
	var create strings.Builder
	for i, password := range all {
		users[i] = fmt.Sprintf("user%d", i)
		fmt.Fprintf(&create, "CREATE ROLE %s LOGIN;\nALTER ROLE %s PASSWORD %s;\n", users[i], users[i], literal(password))
	}
	trust := []string{withCA, "PGSSLROOTCERT=/ca/rds.pem"}
	master := c.databaseURL("threa", password, databaseName, "verify-full")
	require.Empty(t, c.run(create.String(), trust, "psql", "-Xq", "-v", "ON_ERROR_STOP=1", "-d", master))

	list := urls(t, users, all, port)
	require.Len(t, list, 2+len(allowed())+30)
	strangers := strings.Replace(list[0], users[0], users[1], 1)
	input := strings.Join(append(list, strangers), "\n") + "\n"

	byBun := strings.Split(strings.TrimSpace(c.run(input, trust, "bun", "login.ts")), "\n")
	require.Len(t, byBun, len(list)+1, "%s", byBun)
	byPsql := strings.Split(strings.TrimSpace(c.run(input, trust, "sh", "-c",
		`while read -r url; do psql -XAtqw -d "$url" -c "select current_user" </dev/null 2>&1 | tail -n 1; done`)), "\n")
	require.Len(t, byPsql, len(list)+1, "%s", byPsql)
	for i, user := range users {
		assert.Equal(t, user+" "+user, byBun[i], "pg and Bun.sql with the password %s", all[i])
		assert.Equal(t, user, byPsql[i], "psql with the password %s", all[i])
	}
	assert.Equal(t, 2, strings.Count(byBun[len(list)], "password authentication failed"),
		"the password of another is refused")
	assert.Contains(t, byPsql[len(list)], "password authentication failed")
}
