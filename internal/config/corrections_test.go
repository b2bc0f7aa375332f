package config

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParse_FixIsWhatWasMeant(t *testing.T) {
	for _, typed := range [][3]string{
		{"enableRedis", "no", "false"}, {"useSpot", "Yes", "true"}, {"multiAz", "off", "false"},
		{"enableExec", "TRUE", "true"}, {"deletionProtection", "on", "true"}, {"cpuArchitecture", "ARM64", "arm64"},
		{"cpuArchitecture", "amd64", "x86_64"}, {"ingress", "LoadBalancer", "loadBalancer"},
		{"ingress", "somehow", "<value>"}, {"ingress", " ALB", "loadBalancer"}, {"useSpot", " Yes", "true"},
		// white space, quotes and case
		{"desiredCount", " 2", "2"}, {"desiredCount", "2\u00a0", "2"}, {"cpuArchitecture", " arm64", "arm64"},
		{"containerCpu", `"512"`, "512"}, {"dbInstanceClass", "db.t4g.small ", "db.t4g.small"},
		{"dbBackupRetentionDays", "30 ", "30"}, {"logRetentionDays", "365 ", "365"},
		{"cacheEngine", "“valkey”", "valkey"}, {"alarmEmail", "ops@corp.de ", "ops@corp.de"},
		{"restoreFromSnapshot", "threa-final-abc ", "threa-final-abc"}, {"aws:region", "US-East-1 ", "us-east-1"},
		{"dbName", "Shop", "shop"}, {"dbMaintenanceWindow", "Tue:05:00-Tue:06:00", "tue:05:00-tue:06:00"},
		{"migrateCommand", "bun run 'db:up' ", `'bun run '"'"'db:up'"'"''`}, {"vpcCidr", "10.9.0.0/16 ", "10.9.0.0/16"},
		{"scheduleTimeZone", "Asia/Tokyo ", "Asia/Tokyo"}, {"containerMemory", "1024 ", "1024"},
		// units
		{"dbAllocatedStorage", "1TB", "1024"}, {"dbMaxAllocatedStorage", "200 GiB", "200"},
		{"containerMemory", "1GB", "1024"}, {"containerMemory", "1024 MB", "1024"}, {"drainSeconds", "70s", "70"},
		{"logRetentionDays", "90 days", "90"}, {"containerCpu", "0.5", "512"}, {"containerCpu", "1 vCPU", "1024"},
		{"scaleCpuPercent", "70%", "70"}, {"dbEngineVersion", "16.4", "16"},
		// the nearest value, and a placeholder where there is none
		{"dbBackupRetentionDays", "36", "35"}, {"desiredCount", "101", "100"}, {"logRetentionDays", "10", "14"},
		{"logRetentionDays", "4000", "3653"}, {"containerMemory", "4096", "2048"}, {"logRetentionDays", "1 year", "<value>"},
		{"dbInstanceClass", "t4g.small", "<value>"}, {"appName", "shop_", "<value>"}, {"aws:region", "mars-1", "<value>"},
		{"dbAllocatedStorage", "30 MB", "<value>"}, {"restoreFromSnapshot", "threa_final", "<value>"},
	} {
		_, err := Parse(withoutRequired(t, map[string]string{typed[0]: typed[1]}))
		require.Error(t, err)
		assert.True(t, strings.HasSuffix(err.Error(), "pulumi config set "+typed[0]+" "+typed[2]), "%v", err)
	}
	v := values(t, map[string]string{"threa:dbUsername": "Hunter2 "})
	v.Secret["threa:dbUsername"] = true
	_, err := Parse(v)
	require.ErrorContains(t, err, "pulumi config set dbUsername <value>")
}

// TestParse_FixesOfLists expects the commands for a list in the order in which they work.
func TestParse_FixesOfLists(t *testing.T) {
	set := func(path, value string) string { return "pulumi config set --path '" + path + "' " + value }
	remove := func(path string) string { return "pulumi config rm --path '" + path + "'" }
	for _, test := range []struct {
		key, list string
		want      []string
	}{
		{"allowedCidrs", `["203.0.113.7","x","198.51.100.0/24","y"," '2001:db8::1' "]`, []string{
			set("allowedCidrs[4]", "2001:db8::1/128"), remove("allowedCidrs[3]"), remove("allowedCidrs[1]"),
			set("allowedCidrs[0]", "203.0.113.7/32")}},
		{"allowedCidrs", `["203.0.113.7","203.0.113.7/32"]`, []string{
			remove("allowedCidrs[1]"), set("allowedCidrs[0]", "203.0.113.7/32")}},
		{"allowedCidrs", `["x",null,["y"]]`, []string{remove("allowedCidrs[2]"), remove("allowedCidrs[1]")}},
		{"allowedCidrs", "[]", []string{"pulumi config rm allowedCidrs"}},
		{"allowedCidrs", "", []string{"pulumi config rm allowedCidrs"}},
		{"alarmTargets", `["x","Ops@example.com ","y"]`, []string{
			remove("alarmTargets[2]"), set("alarmTargets[1]", "Ops@example.com"), remove("alarmTargets[0]")}},
		{"alarmTargets", "ops@example.com", []string{
			"pulumi config rm alarmTargets; pulumi config set --path 'alarmTargets[0]' VALUE"}},
		{"taskPolicyArns", `["x"," arn:aws:iam::aws:policy/A","y"]`, []string{
			remove("taskPolicyArns[2]"), set("taskPolicyArns[1]", "arn:aws:iam::aws:policy/A"), remove("taskPolicyArns[0]")}},
		{"confirmReplacement", `["database"," Cache"]`, []string{
			set("confirmReplacement[1]", "cache"), remove("confirmReplacement[0]")}},
		{"requiredVariables", `["WORKOS-API-KEY","","A B","OK","9!"]`, []string{
			remove("requiredVariables[4]"), set("requiredVariables[2]", "A_B"), remove("requiredVariables[1]"),
			set("requiredVariables[0]", "WORKOS_API_KEY")}},
		{"availabilityZones", `["eu-central-1a","EU-central-1b "]`, []string{set("availabilityZones[1]", "eu-central-1b")}},
		{"publicSubnetIds", `[" subnet-01234567","'subnet-01234568'"]`, []string{
			set("publicSubnetIds[1]", "subnet-01234568") + "\n    " + set("publicSubnetIds[0]", "subnet-01234567")}},
	} {
		v := withoutRequired(t, map[string]string{test.key: test.list, "vpc": "dedicated"})
		if test.key != "availabilityZones" {
			v.Set["threa:vpc"] = "vpc-01234567" // where IPv6 is possible
		}
		_, err := Parse(v)
		var problems *Problems
		require.ErrorAs(t, err, &problems, "%s", test.list)
		var fixes []string
		for _, problem := range problems.List {
			fixes = append(fixes, problem.Fix)
		}
		assert.Equal(t, test.want, fixes, "%s %s", test.key, test.list)
	}
	v := withoutRequired(t, map[string]string{"allowedCidrs": `["s3cr3t"]`})
	v.Secret["threa:allowedCidrs"] = true
	_, err := Parse(v)
	require.ErrorContains(t, err, "threa:allowedCidrs is [secret]")
	assert.NotContains(t, err.Error(), "s3cr3t")
}

// TestParse_OneFixForAKey has keys that break two rules.
func TestParse_OneFixForAKey(t *testing.T) {
	for key, given := range map[string]map[string]string{
		"certificateArn":          set("certificateArn=hunter2"),
		"appSecretValues.MY-KEY":  set(`appSecretValues={"MY-KEY":""}`),
		"appEnvironment.LOG LVL":  set(`appEnvironment={"LOG LVL":""}`),
		"appSecrets.DATABASE_URL": set(`appSecrets={"DATABASE_URL":"my key"}`),
	} {
		v := withoutRequired(t, given)
		v.Secret["threa:appSecretValues"] = true
		_, err := Parse(v)
		var problems *Problems
		require.ErrorAs(t, err, &problems, key)
		require.Len(t, problems.List, 1, "%v", err)
		assert.Contains(t, problems.List[0].Fix, "pulumi config rm ")
	}
}
