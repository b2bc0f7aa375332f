package cost

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const root = "../.."

// bills returns the bills of configurations of this project.
func bills(t *testing.T, configurations ...string) []*Bill {
	t.Helper()
	bills, err := Compare(root, configurations, Usual)
	require.NoError(t, err)
	return bills
}

const (
	// balanced is prod behind a load balancer.
	balanced = "prod,ingress=loadBalancer,domainName=app.example.com,hostedZoneId=Z0123456789ABC"
	// atNight is a stack that is awake for 60 of the 168 hours of a week.
	atNight = "prod,sleepAt=20:00,wakeAt=08:00,awakeDays=MON-FRI"
)

// The amounts are calculated by hand from the prices that AWS publishes for eu-central-1.
func TestEstimate_StackFiles(t *testing.T) {
	want := map[string]map[Part]string{
		"prod": {
			Tasks:     "10.36", // 0.25 × 0.04656 + 0.5 × 0.00511 = 0.014195; × 730 = 10.36235
			Addresses: "3.65",  // 0.005 × 730
			Database:  "13.87", // 0.019 × 730
			Storage:   "2.74",  // 0.137 × 20
			Cache:     "13.14", // 0.018 × 730
			Images:    "0.10", Logs: "0.00", Alarms: "0.00", Dashboards: "0.00", Parameters: "0.00",
			"Total": "43.86",
		},
		"budget": {
			Tasks:     "2.54", // 0.25 × 0.0114 + 0.5 × 0.00125 = 0.003475; × 730 = 2.53675
			Addresses: "3.65",
			Database:  "13.87",
			Storage:   "2.74",
			Images:    "0.10", Logs: "0.00", Dashboards: "0.00", Parameters: "0.00",
			Alarms:  "0.10", // 11, 10 of them free
			"Total": "23.00",
		},
	}
	for _, bill := range bills(t, "prod", "budget") {
		amounts, sum := map[Part]string{"Total": bill.Total.String()}, Cents(0)
		for _, item := range bill.Items {
			amounts[item.Part] = item.Amount.String()
			sum += item.Amount
		}
		assert.Equal(t, want[bill.Configuration], amounts)
		assert.Equal(t, sum, bill.Total)
	}
}

func TestEstimate_Lines(t *testing.T) {
	for _, test := range []struct {
		configuration string
		part          Part
		amount, what  string
	}{
		{balanced, Balancer, "19.71", ""},         // 0.027 × 730
		{balanced, BalancerUse, "0.58", ""},       // 0.008 × 0.1 × 730 = 0.584
		{balanced, BalancerAddresses, "7.30", ""}, // 0.005 × 2 × 730
		{balanced, Alarms, "0.40", ""},            // 14, of which 10 are free

		// 0.31, as no price on Spot is known there, × (0.25 × 0.03238 + 0.5 × 0.00356) × 730
		{"budget,aws:region=us-east-1", Tasks, "2.23", ""},

		{"prod,containerInsights=true", Insights, "4.50", ""}, // (25 − 10) × 0.30
		{"prod,dbReadReplica=true", Replica, "16.61", ""},     // 0.019 × 730 + 20 × 0.137
		{"prod,multiAz=true", Storage, "5.48", "Multi-AZ"},
		{"prod,cacheEngine=valkey", Cache, "10.51", "Valkey"}, // 0.0144 × 730 = 10.512

		{atNight, Tasks, "3.70", "awake 60 ÷ 168 of the time"}, // 10.36235 × 60 ÷ 168
		{atNight, Addresses, "1.30", ""},                       // 3.65 × 60 ÷ 168
		{atNight, Database, "13.87", ""},
		{atNight, Storage, "2.74", ""},
		{atNight, Alarms, "0.20", ""},                                                     // two beyond the ten that are free
		{atNight + ",sleepDatabase=true", Database, "4.95", "awake 60 ÷ 168 of the time"}, // 13.87 × 60 ÷ 168
		{atNight + ",sleepDatabase=true", Storage, "2.74", ""},
		{atNight + ",awakeDays=MON-SUN,sleepAt=02:30", Tasks, "7.99", "awake 7770 ÷ 10080 of the time"},
		{atNight + ",awakeDays=MON,TUE", Tasks, "1.48", "awake 24 ÷ 168"}, // a list in a change

		// 730 × (0.25 × 0.03725 + 0.5 × 0.00409) = 8.290975, and 2 × 2.53675
		{"budget,desiredCount=3,onDemandBase=1", Tasks, "13.36", "1 × Fargate, 2 × Fargate Spot"},
		{"prod,desiredCount=2,minCount=1,maxCount=4", Tasks, "20.72", "autoscaling up to 4 not counted"},

		{"prod,minCount=1,maxCount=4", ScalingAlarms, "0.40", ""},                   // beyond the 10 that there are
		{"prod,minCount=1,maxCount=4,enableRedis=false", ScalingAlarms, "0.10", ""}, // the 11th
		{"prod,minCount=1,maxCount=4,scaleMemoryPercent=", ScalingAlarms, "0.20", ""},
	} {
		item, ok := bills(t, test.configuration)[0].Item(test.part)
		assert.True(t, ok, test.configuration)
		assert.Equal(t, test.amount, item.Amount.String(), "%s: %s", test.configuration, test.part)
		assert.Contains(t, item.What, test.what)
	}
	assert.Equal(t, "+27.99", bills(t, "prod", balanced)[1].Difference.Signed())
}

func TestEstimate_LoadBalancerZones(t *testing.T) {
	file := "config:\n  threa:ingress: loadBalancer\n  threa:domainName: app.example.com\n  threa:hostedZoneId: Z1\n"
	for more, want := range map[string]string{
		"": "2, one in each zone",
		"  threa:availabilityZones: [eu-central-1a, eu-central-1b, eu-central-1c]\n": "3, one in each zone",
		"  threa:vpc: default\n": "2, one in each zone, assumed",
	} {
		bills, err := Compare(project(t, file+more), []string{"mine"}, Usual)
		require.NoError(t, err)
		item, _ := bills[0].Item(BalancerAddresses)
		assert.Equal(t, want, item.What)
	}
}

func TestCents_Rounding(t *testing.T) {
	for calculation, want := range map[string]string{
		"0.004999": "0.00", "0.005": "0.01", "10.36235": "10.36", "2.535": "2.54", "1234.999": "1235.00",
		"3 × (2 − 0.5) ÷ 4 + 1": "2.13",
	} {
		assert.Equal(t, want, cents(evaluate(calculation)).String())
	}
	assert.Equal(t, "57.02", Cents(4386).Percent(130).String())
	assert.Equal(t, []string{"−0.05", "+0.05", "0.00"}, []string{Cents(-5).Signed(), Cents(5).Signed(), Cents(0).Signed()})
}

func TestLoad_EncryptedValues(t *testing.T) {
	folder := project(t, `
config:
  threa:dbPassword: {secure: v1:abc}
  threa:alarmEmail: {secure: v1:def}
  threa:appSecretValues:
    WORKOS_API_KEY: {secure: v1:ghi}
  threa:appEnvironment: {LEVEL: 3}
  threa:requiredVariables: []
  threa:imageTag: "1.10"
  threa:desiredCount: 2
`)
	cfg, err := load(folder, "mine")
	require.NoError(t, err)
	assert.Equal(t, "1.10", cfg.Container.ImageTag)
	assert.Equal(t, map[string]string{"LEVEL": "3"}, cfg.Container.Environment)
	bill, err := Estimate(cfg, Usual)
	require.NoError(t, err)
	parameters, _ := bill.Item(Parameters)
	assert.Equal(t, 5, parameters.Count, "owner record, three URLs and the secret")
	assert.Equal(t, bill.Total, bill.Today)
}

func TestLoad_Errors(t *testing.T) {
	folder := project(t, "config: {threa:dbInstanceClass: {secure: v1:abc}}")
	for configuration, want := range map[string]string{
		"mine": "threa:dbInstanceClass is encrypted in Pulumi.mine.yaml. Pass its value: threa cost " +
			"mine,dbInstanceClass=<value>",
		"staging":                "Pulumi.staging.yaml does not exist. Stacks with a file: mine",
		"mine,multiAz":           `"multiAz" in "mine,multiAz" does not change a key. Example: prod,multiAz=true`,
		"mine,dbInstanceClass=x": `threa:dbInstanceClass is "x"`,
		"mine,dbInstanceClass=db.t4g.micro,multiAz=on": `threa:multiAz is "on": must be true or false
    go run ./cmd/threa cost mine,dbInstanceClass=db.t4g.micro,multiAz=true`,
		"mine,multiAZ=true,dbInstanceClass=db.t4g.micro": `threa:multiAZ is set: no such key; did you mean multiAz?
    go run ./cmd/threa cost mine,dbInstanceClass=db.t4g.micro`,
		"mine,dbInstanceClass=db.t4g.micro,monthlyBudget=50": `threa:monthlyBudget is "50": requires alarmEmail
    go run ./cmd/threa cost mine,dbInstanceClass=db.t4g.micro,monthlyBudget=50,alarmEmail=you@example.com`,
		"mine,dbInstanceClass=db.t4g.micro,dbPassword=plain-text": "threa:dbPassword is unencrypted",
	} {
		_, err := Compare(folder, []string{configuration}, Usual)
		assert.ErrorContains(t, err, want)
	}
	_, err := Compare(folder, []string{"mine,dbInstanceClass=db.t4g.micro"}, Usual)
	assert.NoError(t, err, "the command in the message fixes it")
}

func ExampleBill_Summary() {
	bills, err := Compare(root, []string{"prod"}, Usual)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(bills[0].Summary())
	// Output: 43.86 USD once imageTag is set, 29.85 until then (eu-central-1, prices of 2026-11; go run ./cmd/threa cost prod)
}
