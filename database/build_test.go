package database

import (
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/fixtures"
	"threa-infra/internal/mocks"
	"threa-infra/internal/naming"
)

const instanceToken = "aws:rds/instance:Instance"

func arguments(change func(*Args)) *Args {
	args := &Args{
		Names: naming.Stack{Name: "threa-staging", Region: mocks.Region}, Username: "app", DBName: "threa",
		Password:      pulumi.ToSecret(pulumi.String(fixtures.Password)).(pulumi.StringOutput),
		EngineVersion: "17", InstanceClass: "db.t4g.micro",
		AllocatedStorage: 20, MaxAllocatedStorage: 100,
		BackupRetention: 7, BackupWindow: "03:00-04:00", MaintenanceWindow: "mon:04:30-mon:05:30",
		FinalSnapshot: true,
		SubnetIDs:     pulumi.ToStringArray([]string{"subnet-a", "subnet-b"}), SecurityGroupID: pulumi.String("sg-db"),
		Tags: pulumi.StringMap{"Project": pulumi.String("threa")},
	}
	if change != nil {
		change(args)
	}
	return args
}

// outputs are the component's outputs by name.
type outputs map[string]any

func try(t *testing.T, args *Args, o mocks.Options) (*mocks.Recording, outputs, error) {
	t.Helper()
	out := outputs{}
	recording, err := mocks.Run(t, func(ctx *pulumi.Context) error {
		var err error
		if args.Found, err = Discover(ctx, args); err != nil {
			return err
		}
		db, err := New(ctx, "database", args)
		if err != nil {
			return err
		}
		list := map[string]pulumi.Output{
			"address": db.Address, "endpoint": db.Endpoint, "user": db.Username, "name": db.DBName, "snapshot": db.FinalSnapshot,
		}
		if db.Replica != nil {
			list["replica"] = db.Replica.Endpoint
		}
		for name, output := range list {
			awaited, err := mocks.Await(ctx, output)
			if err != nil {
				return err
			}
			out[name] = awaited.Value
		}
		return nil
	}, o)
	return recording, out, err
}

func mustBuild(t *testing.T, args *Args, aws *mocks.AWS) (*mocks.Recording, outputs) {
	t.Helper()
	recording, out, err := try(t, args, mocks.Options{AWS: aws})
	require.NoError(t, err)
	return recording, out
}

// recorded returns an account in which a property of the instance has a value.
func recorded(property string, value any) *mocks.AWS {
	return &mocks.AWS{Recorded: map[string]map[string]any{instanceToken: {property: value}}}
}

// Nothing has a price that the configuration does not ask for, and nothing replaces the instance.
func TestNew_MatchesGolden(t *testing.T) {
	for name, change := range map[string]func(*Args){
		"least": nil,
		"everything": func(a *Args) {
			a.MultiAZ, a.ReadReplica, a.DeletionProtection, a.EngineVersion = true, true, true, "16"
		},
	} {
		stack, out := mustBuild(t, arguments(change), nil)
		fixtures.Golden(t, name+".txt", stack.Describe())
		delete(out, "snapshot")
		want := outputs{"address": address, "endpoint": address + ":5432", "user": "app", "name": "threa"}
		if name == "everything" {
			want["replica"] = "threa-staging-replica.abc123.eu-central-1.rds.amazonaws.com:5432"
		}
		assert.Equal(t, want, out)
	}
}

const address = "threa-staging.abc123.eu-central-1.rds.amazonaws.com"

func TestFinalSnapshot_Name(t *testing.T) {
	tagged := mocks.Database("threa-staging", "17.6")
	tagged["tags"] = map[string]string{"FinalSnapshot": "threa-staging-final-0a1b"}
	for name, row := range map[string]struct {
		aws     *mocks.AWS
		preview bool
		want    string // pattern
	}{
		"new instance": {nil, false, "^threa-staging-final-[0-9a-f]{16}$"},
		"preview of a new instance, whose plan the update must follow": {nil, true, "^$"},
		"existing instance": {(&mocks.AWS{}).Add(instanceToken, tagged), true, "^threa-staging-final-0a1b$"},
		"imported instance": {running("17.6"), false, "^threa-staging-final-db-abc123$"},
	} {
		stack, out, err := try(t, arguments(nil), mocks.Options{AWS: row.aws, Preview: row.preview})
		require.NoError(t, err, name)
		instance := stack.Only(t, instanceToken)
		snapshot := instance.Text("finalSnapshotIdentifier")
		assert.Regexp(t, row.want, snapshot, name)
		assert.Equal(t, snapshot, instance.Text("tags.FinalSnapshot"), name)
		assert.Equal(t, "false", instance.Text("skipFinalSnapshot"), name)
		assert.NotContains(
			t,
			instance.Request.GetIgnoreChanges(),
			"finalSnapshotIdentifier",
			"a state without a name gets one",
		)
		if snapshot != "" {
			assert.Equal(t, snapshot, out["snapshot"], name)
		}
	}
	_, first := mustBuild(t, arguments(nil), nil)
	_, second := mustBuild(t, arguments(nil), nil)
	assert.NotEqual(t, first["snapshot"], second["snapshot"], "RDS refuses a name that exists")
	_, out := mustBuild(t, arguments(nil), recorded("finalSnapshotIdentifier", "threa-staging-final-2025"))
	assert.Equal(t, "threa-staging-final-2025", out["snapshot"], "the name in the state is the one that a destroy uses")
	stack, out := mustBuild(t, arguments(func(a *Args) { a.FinalSnapshot = false }), nil)
	assert.Equal(t, "true", stack.Only(t, instanceToken).Text("skipFinalSnapshot"))
	assert.Empty(t, out["snapshot"])
}

// RDS refuses other values above the limit, and any below.
func TestInstance_SetsPerformanceOfStripedStorage(t *testing.T) {
	for storage, want := range map[int][2]string{399: {"", ""}, 400: {"12000", "500"}, 1000: {"12000", "500"}} {
		stack, _ := mustBuild(t, arguments(func(a *Args) { a.AllocatedStorage, a.MaxAllocatedStorage = storage, 2000 }), nil)
		instance := stack.Only(t, instanceToken)
		assert.Equal(t, want, [2]string{instance.Text("iops"), instance.Text("storageThroughput")}, storage)
	}
}

func TestInstance_RefusesOtherPinnedValues(t *testing.T) {
	for _, row := range []struct {
		property string
		value    any
		want     []string
	}{
		{"username", "former", []string{
			`threa:dbUsername is "app", but the database was created with "former"`,
			"pulumi config set dbUsername former"}},
		{"dbName", "former", []string{
			`threa:dbName is "threa", but the database was created with "former"`,
			"pulumi config set dbName former"}},
		{"storageEncrypted", false, []string{"the storage of the database threa-staging is not encrypted",
			"aws rds copy-db-snapshot --region eu-central-1 --kms-key-id alias/aws/rds"}},
	} {
		_, _, err := try(t, arguments(nil), mocks.Options{AWS: recorded(row.property, row.value)})
		for _, text := range row.want {
			require.ErrorContains(t, err, text)
		}
	}
	mustBuild(t, arguments(nil), recorded("dbName", "")) // an instance without a first database
}

func TestNew_PreviewsNewDatabase(t *testing.T) {
	unborn := &mocks.AWS{Unknown: []string{instanceToken}}
	_, _, err := try(t, arguments(nil), mocks.Options{AWS: unborn, Preview: true})
	require.NoError(t, err)
}
