package database

import (
	"maps"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
	"threa-infra/internal/mocks/awssdk/rds"
)

// checkClass looks up the database of an account and checks the configured class.
func checkClass(t *testing.T, aws *mocks.AWS, args *Args, zones ...string) error {
	t.Helper()
	var checked error
	mocks.MustRun(t, func(ctx *pulumi.Context) error {
		found, err := Discover(ctx, args)
		if err == nil && args.NeedsClass(found) {
			checked = args.CheckClass(ctx.Context(), found, rds.Client{AWS: aws}, zones)
		}
		return err
	}, mocks.Options{AWS: aws})
	return checked
}

// offering returns an account in which RDS offers options.
func offering(options ...mocks.Item) *mocks.AWS {
	return (&mocks.AWS{}).Add(rds.Orderable, options...)
}

func option(version, storage string, changes ...string) mocks.Item {
	item := rds.OrderableClass("db.t4g.micro", version, storage, "a", "b")
	for _, change := range changes {
		item[change] = true
	}
	return item
}

func TestCheckClass(t *testing.T) {
	plain, multiAZ := arguments(nil), arguments(func(a *Args) { a.MultiAZ = true })
	large := arguments(func(a *Args) { a.InstanceClass = "db.m5.large" })
	denied := &mocks.AWS{Refused: []string{"rds:DescribeOrderableDBInstanceOptions"}}
	upgrade := func(offered string) *mocks.AWS {
		return running("17.6", "18.1").Add(rds.Orderable, option(offered, "gp3"))
	}
	const b, c = "eu-central-1b", "eu-central-1c"
	for name, row := range map[string]struct {
		aws   *mocks.AWS
		args  *Args
		zones []string
		want  string // no error if empty
	}{
		"offered on the second page": {offering(option("16.10", "gp3"), option("17.6", "gp3")), plain, nil, ""},
		"an unknown class": {offering(), plain, nil,
			`threa:dbInstanceClass is "db.t4g.micro", which RDS does not offer for PostgreSQL in eu-central-1`},
		"for another version": {offering(option("16.10", "gp3")), plain, nil,
			"which RDS does not offer for PostgreSQL 17 with encrypted gp3 storage in eu-central-1"},
		"with other storage": {offering(option("17.6", "io1")), plain, nil, "with encrypted gp3 storage"},
		"without encryption": {offering(option("17.6", "gp3", "unencrypted")), plain, nil, "with encrypted gp3"},
		"without a standby":  {offering(option("17.6", "gp3", "singleZone")), multiAZ, nil, "with a standby in"},
		"in one zone":        {offering(option("17.6", "gp3")), plain, []string{b, c}, ""},
		"in too few zones": {offering(option("17.6", "gp3")), multiAZ, []string{b, c},
			"needs 2 of them.\n    List the classes:"},
		"in none of the zones":   {offering(option("17.6", "gp3")), plain, []string{c}, "needs 1 of them"},
		"without permission":     {denied, plain, nil, "not checked"},
		"the running class":      {running("17.6").Add(rds.Orderable), plain, nil, ""},
		"a new standby for it":   {running("17.6").Add(rds.Orderable), multiAZ, nil, "does not offer"},
		"another class":          {running("17.6").Add(rds.Orderable), large, nil, "does not offer"},
		"for an upgrade":         {upgrade("18.2"), version("18"), nil, "does not offer for PostgreSQL 18.1"},
		"offered for the target": {upgrade("18.1"), version("18"), nil, ""},
	} {
		aws := row.aws
		args := *row.args
		args.Names.Region = mocks.Region
		err := checkClass(t, aws, &args, row.zones...)
		if row.want == "" {
			require.NoError(t, err, name)
		} else {
			require.ErrorContains(t, err, row.want, name)
		}
	}
}

// db.t4g.micro accepts 84 connections, db.t4g.small 168 and db.t4g.medium 337. The default, one task on db.t4g.micro,
// warns only in the run that changes the class to it.
func TestConnections_WarnBeforeTheyRunOut(t *testing.T) {
	micro := func(change mocks.Item) *mocks.AWS {
		item := mocks.Database("threa-staging", "17.6")
		maps.Copy(item, change)
		return (&mocks.AWS{}).Add(instanceToken, item)
	}
	small := micro(mocks.Item{"dbInstanceClass": "db.t4g.small"})
	for _, row := range []struct {
		aws         *mocks.AWS
		tasks       int
		class, want string
	}{
		{nil, 2, "db.t4g.small", "2 task(s), and as many new ones during a deployment, may open 200 connections to the " +
			"database (50 each), but db.t4g.small accepts about 168 and refuses the others.\n" +
			"    pulumi config set --stack prod dbInstanceClass db.t4g.medium"},
		{small, 2, "db.t4g.small", "may open 200 connections"}, {small, 3, "db.t4g.medium", ""},
		{small, 1, "db.t4g.micro", "1 task(s), and as many new ones during a deployment, may open 100 connections"},
		{nil, 1, "db.t4g.micro", ""}, {micro(nil), 1, "db.t4g.micro", ""}, {small, 1, "db.t4g.small", ""},
		{nil, 0, "db.t4g.micro", ""}, {nil, 100, "db.z1d.large", ""}, {nil, 101, "db.t4g.micro", "refuses the others."},
	} {
		stack, _ := mustBuild(t, arguments(func(a *Args) { a.Tasks, a.InstanceClass = row.tasks, row.class }), row.aws)
		assert.NotContains(t, stack.Warnings(), "<")
		if row.want == "" {
			assert.Empty(t, stack.Warnings())
		} else {
			assert.Contains(t, stack.Warnings(), row.want)
		}
	}
}

func TestNew_ExplainsTheFreePlan(t *testing.T) {
	const want = "pulumi config set --stack prod dbBackupRetentionDays 1"
	first, _ := mustBuild(t, arguments(nil), nil)
	assert.Contains(t, first.Notes(), want)
	short, _ := mustBuild(t, arguments(func(a *Args) { a.BackupRetention = 1 }), nil)
	assert.NotContains(t, short.Notes(), want)
	later, _ := mustBuild(t, arguments(nil), running("17.6"))
	assert.NotContains(t, later.Notes(), want)
}

// RDS upgrades a replica together with its source and refuses to change it meanwhile.
func TestUpgrade_RefusesReplica(t *testing.T) {
	aws := running("17.6", "18.1").Add(instanceToken, mocks.Database("threa-staging-replica", "17.6"))
	checkRefused(t, version("18"), aws, "the database has a read replica", "Delete the replica first",
		"pulumi config set dbEngineVersion 17 && pulumi config set dbReadReplica false && pulumi up")
	stack, _ := mustBuild(t, arguments(func(a *Args) { a.ReadReplica = true }), aws)
	assert.Len(t, stack.OfType(instanceToken), 2, "the same version")
}
