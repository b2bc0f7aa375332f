package cost

import (
	"fmt"
	"go/constant"
	"go/token"
	"go/types"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const root = "../.."

// bills makes the bills of configurations of this project.
func bills(t *testing.T, configurations ...string) []*Bill {
	t.Helper()
	all, err := Compare(root, configurations, Usual)
	require.NoError(t, err)
	return all
}

// The figures are worked out by hand from the prices that AWS publishes for eu-central-1.
func TestTheBillsOfTheStackFilesAreThoseWorkedOutByHand(t *testing.T) {
	byHand := map[string]map[Part]string{
		"prod": {
			Tasks:     "10.36", // 0.25 × 0.04656 + 0.5 × 0.00511 = 0.014195; × 730 = 10.36235
			Addresses: "3.65",  // 0.005 × 730
			Database:  "13.87", // 0.019 × 730
			Storage:   "2.74",  // 0.137 × 20
			Cache:     "13.14", // 0.018 × 730
			Images:    "0.10",
			Logs:      "0.00", Alarms: "0.00", Dashboards: "0.00", Parameters: "0.00",
		},
		"budget": {
			Tasks:     "2.54", // 0.25 × 0.0114 + 0.5 × 0.00125 = 0.003475; × 730 = 2.53675
			Addresses: "3.65",
			Database:  "13.87",
			Storage:   "2.74",
			Images:    "0.10",
			Logs:      "0.00", Alarms: "0.00", Dashboards: "0.00", Parameters: "0.00",
		},
	}
	totals := map[string]string{"prod": "43.86", "budget": "22.90"}
	for _, bill := range bills(t, "prod", "budget") {
		lines := map[Part]string{}
		for _, item := range bill.Items {
			lines[item.Part] = item.Amount.String()
		}
		assert.Equal(t, byHand[bill.Configuration], lines)
		assert.Equal(t, totals[bill.Configuration], bill.Total.String())
	}
}

// balancedProd is prod behind a load balancer.
const balancedProd = "prod,ingress=loadBalancer,domainName=app.example.com,hostedZoneId=Z0123456789ABC"

func TestALoadBalancerCostsItsHoursItsUseItsAddressesAndItsAlarms(t *testing.T) {
	both := bills(t, "prod", balancedProd)
	for part, want := range map[Part]string{
		Balancer:          "19.71", // 0.027 × 730
		BalancerUse:       "0.58",  // 0.008 × 0.1 × 730 = 0.584
		BalancerAddresses: "7.30",  // 0.005 × 2 × 730
		Alarms:            "0.40",  // 14, of which 10 are free
	} {
		item, _ := both[1].Item(part)
		assert.Equal(t, want, item.Amount.String(), part)
	}
	assert.Equal(t, "+27.99", both[1].Difference.Signed())
	text, err := Write(both, Options{Format: "text", Assumed: Usual})
	require.NoError(t, err)
	assert.Contains(t, text, "1 GB of images, 0.1 capacity units of a load balancer, and no other stack")
}

func TestALoadBalancerHasAnAddressInEveryZone(t *testing.T) {
	file := "config:\n  threa:ingress: loadBalancer\n  threa:domainName: app.example.com\n  threa:hostedZoneId: Z1\n"
	for more, want := range map[string]string{
		"": "2, one in each zone",
		"  threa:availabilityZones: [eu-central-1a, eu-central-1b, eu-central-1c]\n": "3, one in each zone",
		"  threa:vpc: default\n": "2, one in each zone, assumed",
	} {
		all, err := Compare(project(t, file+more), []string{"mine"}, Usual)
		require.NoError(t, err)
		item, _ := all[0].Item(BalancerAddresses)
		assert.Equal(t, want, item.What)
	}
}

// many are configurations in which every kind of line and every price is used.
var many = []string{
	"prod", "budget", "prod,multiAz=true,dbInstanceClass=db.t4g.small,dbAllocatedStorage=33", "prod,containerInsights=true,cacheEngine=valkey",
	balancedProd, "prod,useSpot=true,desiredCount=3", "prod,cpuArchitecture=arm64,containerCpu=512,containerMemory=1024", "prod,desiredCount=0",
	"prod,useSpot=true,onDemandBase=1,minCount=2,maxCount=4", "prod,enableRedis=false,minCount=1,maxCount=4", atNight + ",sleepDatabase=true,multiAz=true",
}

// every adds the same configurations in every region.
func every(configurations []string) []string {
	var all []string
	for region := range known.Regions {
		for _, one := range configurations {
			all = append(all, one+",aws:region="+region)
		}
	}
	return all
}

func TestEveryCalculationThatIsShownGivesTheAmountBesideIt(t *testing.T) {
	worked := map[Part]int{}
	all, err := Compare(root, every(many), Assumptions{LogsGB: 17, ImagesGB: 3})
	require.NoError(t, err)
	for _, bill := range all {
		sum := Cents(0)
		for _, item := range bill.Items {
			sum += item.Amount
			if strings.HasSuffix(item.Calculation, " free") {
				assert.Zero(t, item.Amount, "%v", item)
				continue
			}
			worked[item.Part]++
			expression := strings.NewReplacer("×", "*", "−", "-", "÷", "/1.0/").Replace(item.Calculation)
			result, err := types.Eval(token.NewFileSet(), nil, token.NoPos, expression+"+0.0")
			require.NoError(t, err, expression)
			dollars, _ := constant.Float64Val(result.Value)
			assert.InDelta(t, dollars, float64(item.Amount)/100, 0.005000001, "%s: %s", bill.Configuration, expression)
		}
		assert.Equal(t, sum, bill.Total)
	}
	for _, part := range []Part{Tasks, Addresses, Balancer, BalancerUse, BalancerAddresses, Insights, Database, Storage, Cache, Images, Logs, Parameters} {
		assert.Positive(t, worked[part], part)
	}
}

// atNight is a stack that sleeps 108 of the 168 hours of a week.
const atNight = "prod,sleepAt=20:00,wakeAt=08:00,awakeDays=MON-FRI"

func TestWhatSleepsIsCountedForTheHoursAwake(t *testing.T) {
	all := bills(t, atNight, atNight+",sleepDatabase=true", atNight+",awakeDays=MON-SUN,sleepAt=02:30")
	for i, want := range []map[Part]string{
		{Tasks: "3.70", Addresses: "1.30", Database: "13.87", Storage: "2.74"}, // 10.36235 × 60 ÷ 168; 3.65 × 60 ÷ 168
		{Tasks: "3.70", Addresses: "1.30", Database: "4.95", Storage: "2.74"},  // 13.87 × 60 ÷ 168
		{Tasks: "7.99", Addresses: "2.81", Database: "13.87", Storage: "2.74"}, // × 7770 ÷ 10080
	} {
		for part, amount := range want {
			item, _ := all[i].Item(part)
			assert.Equal(t, amount, item.Amount.String(), "%s: %s", all[i].Configuration, part)
		}
	}
	tasks, _ := all[0].Item(Tasks)
	assert.Contains(t, tasks.What, "awake 60 ÷ 168 of the time")
	tasks, _ = all[2].Item(Tasks)
	assert.Contains(t, tasks.What, "awake 7770 ÷ 10080 of the time")
	alarms, _ := all[0].Item(Alarms)
	assert.Equal(t, "0.20", alarms.Amount.String(), "two beyond the ten that are free")
}

func TestATaskOfTheBaseCostsWhatItCostsOnDemand(t *testing.T) {
	bill := bills(t, "budget,desiredCount=3,onDemandBase=1")[0]
	tasks, _ := bill.Item(Tasks)
	assert.Equal(t, "13.36", tasks.Amount.String()) // 730 × (0.25 × 0.03725 + 0.5 × 0.00409) = 8.290975, and 2 × 2.53675
	assert.Contains(t, tasks.What, "1 × Fargate, 2 × Fargate Spot")
}

func TestTheAlarmsThatAutoscalingMakesAreCounted(t *testing.T) {
	for configuration, want := range map[string]string{
		"prod,minCount=1,maxCount=4":                     "0.40", // 4 beyond the 10 that there are
		"prod,minCount=1,maxCount=4,enableRedis=false":   "0.10", // the 11th
		"prod,minCount=1,maxCount=4,scaleMemoryPercent=": "0.20",
	} {
		item, has := bills(t, configuration)[0].Item(ScalingAlarms)
		assert.True(t, has)
		assert.Equal(t, want, item.Amount.String(), configuration)
	}
}

func TestHalvesOfACentAreRoundedUp(t *testing.T) {
	for text, want := range map[string]string{"0.004999": "0.00", "0.005": "0.01", "10.36235": "10.36", "2.535": "2.54", "1234.999": "1235.00"} {
		assert.Equal(t, want, cents(evaluate(text)).String())
	}
	assert.Equal(t, "57.02", Cents(4386).Percent(130).String())
	assert.Equal(t, []string{"−0.05", "+0.05", "0.00"}, []string{Cents(-5).Signed(), Cents(5).Signed(), Cents(0).Signed()})
}

func TestARegionHasAllPricesOrNone(t *testing.T) {
	for _, prices := range known.Regions {
		names := slices.Sorted(maps.Keys(prices))
		names = slices.DeleteFunc(names, func(name string) bool { return strings.HasPrefix(name, "Fargate Spot") })
		reference := slices.Sorted(maps.Keys(known.Regions["us-east-1"]))
		assert.Equal(t, reference, names)
	}
	_, err := Compare(root, []string{"prod,aws:region=eu-west-1"}, Usual)
	assert.ErrorContains(t, err, "there are no prices for eu-west-1: internal/cost/prices.yaml has those of eu-central-1 and us-east-1")
}

func TestWhatHasNoPriceIsMissingAndNotGuessed(t *testing.T) {
	all := bills(t, "prod", "prod,dbInstanceClass=db.m5.large")
	assert.Equal(t, []string{"RDS db.m5.large hour"}, all[1].Missing())
	assert.Equal(t, "29.99", all[1].Total.String(), "without the instance")
	assert.Nil(t, all[1].Difference)
	text, err := Write(all, Options{Format: "text", Assumed: Usual})
	require.NoError(t, err)
	for _, part := range []string{"no price", "unknown", "more than 29.99", "Missing in internal/cost/prices.yaml, and in the total: RDS db.m5.large hour."} {
		assert.Contains(t, text, part)
	}
}

func TestNumbersFromMemoryAreMarkedWhereverTheyCount(t *testing.T) {
	bill := bills(t, "prod,multiAz=true,containerInsights=true,useSpot=true")[0]
	for _, item := range bill.Items {
		from := map[Part]bool{Tasks: true, Insights: true, Database: true, Storage: true, Logs: true, Alarms: true, Dashboards: true}
		assert.Equal(t, from[item.Part], len(item.Unchecked) > 0, item.Part)
	}
	assert.Equal(t, known.Unchecked, intersect(known.Unchecked, bill.Unchecked()), "each is named below the table")
	text, err := Write([]*Bill{bill}, Options{Format: "text", Assumed: Usual})
	require.NoError(t, err)
	assert.Contains(t, text, bill.Total.String()+"*")
	for _, name := range known.Unchecked {
		assert.Contains(t, text, name)
	}
}

// intersect keeps the order of the first list.
func intersect(list, with []string) []string {
	return slices.DeleteFunc(slices.Clone(list), func(one string) bool { return !slices.Contains(with, one) })
}

func TestAnotherStackFileOfTheUserIsReadAsTheEngineReadsIt(t *testing.T) {
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
	assert.Equal(t, 4, parameters.Count, "owner, two URLs and the secret")
	assert.Equal(t, bill.Total, bill.Today)
}

func TestWhatCannotBeReadIsNamedWithAWayOut(t *testing.T) {
	folder := project(t, "config: {threa:dbInstanceClass: {secure: v1:abc}}")
	for configuration, want := range map[string]string{
		"mine":                   "threa:dbInstanceClass is encrypted in Pulumi.mine.yaml: say its value, threa cost mine,dbInstanceClass=<value>",
		"staging":                "Pulumi.staging.yaml does not exist. Stacks with a file: mine",
		"mine,multiAz":           `"multiAz" in "mine,multiAz" is no change of a key: write prod,multiAz=true`,
		"mine,dbInstanceClass=x": `threa:dbInstanceClass is "x"`,
		"mine,dbInstanceClass=db.t4g.micro,dbPassword=in-the-clear": "threa:dbPassword is unencrypted",
	} {
		_, err := Compare(folder, []string{configuration}, Usual)
		assert.ErrorContains(t, err, want)
	}
	_, err := Compare(folder, []string{"mine,dbInstanceClass=db.t4g.micro"}, Usual)
	assert.NoError(t, err, "the way out")
}

func ExampleBill_Summary() {
	all, err := Compare(root, []string{"prod"}, Usual)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(all[0].Summary())
	// Output: 43.86 USD once imageTag is set, 29.85 until then (eu-central-1, prices of 2026-11; go run ./cmd/threa cost prod)
}
