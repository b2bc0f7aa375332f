package cron

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestExpressionsAreReadAsAWSReadsThem(t *testing.T) {
	weekdays, every := []int{1, 2, 3, 4, 5}, []int{0, 1, 2, 3, 4, 5, 6}
	for text, want := range map[string]Expression{
		"cron(0 20 ? * MON-FRI *)":             {[]int{0}, []int{20}, weekdays},
		"cron(30 7 ? * 2-6 *)":                 {[]int{30}, []int{7}, weekdays},
		"cron(0 8,18 ? * SUN,WED *)":           {[]int{0}, []int{8, 18}, []int{0, 3}},
		"cron(0 20 * * ? *)":                   {[]int{0}, []int{20}, every},
		"cron(0 20 ? * * *)":                   {[]int{0}, []int{20}, every},
		"cron(0/20 9-17/4 ? * SAT *)":          {[]int{0, 20, 40}, []int{9, 13, 17}, []int{6}},
		"cron(*/30 0 ? 1-12 SAT *)":            {[]int{0, 30}, []int{0}, []int{6}},
		"cron(0 20 15 * ? *)":                  {[]int{0}, []int{20}, nil}, // once a month
		"cron(0 20 L * ? *)":                   {[]int{0}, []int{20}, nil},
		"cron(0 20 15W,LW JAN,JUN-AUG ? *)":    {[]int{0}, []int{20}, nil},
		"cron(0 20 ? * FRIL *)":                {[]int{0}, []int{20}, nil},
		"cron(0 20 ? * MON#2,6#5 *)":           {[]int{0}, []int{20}, nil},
		"cron(0 20 ? DEC MON-FRI *)":           {[]int{0}, []int{20}, nil},
		"cron(0 20 ? * MON-FRI 2026-2027)":     {[]int{0}, []int{20}, nil},
		"cron(0 20 1-31 1,2,3-12 ? 1970-2199)": {[]int{0}, []int{20}, every},
	} {
		e, err := Parse(text)
		require.NoError(t, err, text)
		assert.Equal(t, want, *e, text)
	}
}

func TestWhatAWSRefusesIsRefusedWithTheField(t *testing.T) {
	for text, want := range map[string]string{
		"0 20 ? * MON-FRI *":         "it is not cron(",
		"cron(0 20 ? * MON-FRI)":     "it is not cron(",
		"cron(0  20 ? * MON-FRI *)":  "it is not cron(",
		"cron(0 20 ? * MON-FRI *) ":  "it is not cron(",
		"rate(1 hour)":               "it is not cron(",
		"cron(60 20 ? * MON-FRI *)":  "minutes",
		"cron(0 24 ? * MON-FRI *)":   "hours",
		"cron(0 20-8 ? * MON-FRI *)": "hours",
		"cron(0 08 ? * MON-FRI *)":   "hours",
		"cron(0 */0 ? * MON-FRI *)":  "hours",
		"cron(0 20 ? 0 MON-FRI *)":   "month",
		"cron(0 20 ? * FRI-MON *)":   "day of week",
		"cron(0 20 ? * 0-6 *)":       "day of week",
		"cron(0 20 ? * mon *)":       "day of week",
		"cron(0 20 ? * MON#6 *)":     "day of week",
		"cron(0 20 32 * ? *)":        "day of month",
		"cron(0 20 32W * ? *)":       "day of month",
		"cron(0 20 ? * MON 1969)":    "year",
		"cron(0 20 * * * *)":         "one of day of month and day of week has to be ?",
		"cron(0 20 ? * ? *)":         "one of day of month and day of week has to be ?",
		"cron(0 20 1 * MON *)":       "one of day of month and day of week has to be ?",
		"cron(, 20 ? * MON *)":       "minutes",
	} {
		_, err := Parse(text)
		assert.ErrorContains(t, err, want, text)
	}
}

// FuzzAnyTextIsReadOrRefused holds what is read to the ranges of the fields.
func FuzzAnyTextIsReadOrRefused(f *testing.F) {
	for _, text := range []string{"cron(0 20 ? * MON-FRI *)", "cron(*/7 1-5/2,9 L * ? 2030)", "cron(0 20 ? * 6#3 *)", "cron()"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		e, err := Parse(text)
		if err != nil {
			return
		}
		require.NotEmpty(t, e.Minutes)
		require.NotEmpty(t, e.Hours)
		for _, at := range e.weekly() {
			require.GreaterOrEqual(t, at, 0)
			require.Less(t, at, Week)
		}
	})
}

func TestTheHoursAwakeAreThoseBetweenWakingAndSleeping(t *testing.T) {
	for _, one := range []struct {
		name, sleep, wake string
		hours             int
	}{
		{"office hours", "cron(0 20 ? * MON-FRI *)", "cron(0 8 ? * MON-FRI *)", 5 * 12},
		{"nights of all days", "cron(0 22 ? * * *)", "cron(0 6 * * ? *)", 7 * 16},
		{"past midnight", "cron(0 2 ? * * *)", "cron(0 18 ? * * *)", 7 * 8},
		{"weekends only", "cron(0 20 ? * FRI *)", "cron(0 8 ? * MON *)", 4*24 + 12},
		{"put to sleep again and again", "cron(0 20-23 ? * MON-FRI *)", "cron(0 8 ? * MON-FRI *)", 5 * 12},
		{"woken while awake", "cron(0 20 ? * MON-FRI *)", "cron(0 8,12 ? * MON-FRI *)", 5 * 12},
		{"asleep all but Sunday", "cron(0 0 ? * MON *)", "cron(0 0 ? * SUN *)", 24},
	} {
		minutes, weekly := Awake(parse(t, one.sleep), parse(t, one.wake))
		assert.True(t, weekly, one.name)
		assert.Equal(t, one.hours*60, minutes, one.name)
	}
	_, weekly := Awake(parse(t, "cron(0 20 L * ? *)"), parse(t, "cron(0 8 ? * * *)"))
	assert.False(t, weekly)
}

func TestTwoSchedulesClashWhenTheyStrikeAtOnce(t *testing.T) {
	assert.True(t, Clash(parse(t, "cron(0 8,20 ? * MON *)"), parse(t, "cron(0 8 ? * * *)")))
	assert.False(t, Clash(parse(t, "cron(0 20 ? * MON *)"), parse(t, "cron(0 8 ? * * *)")))
}

func parse(t *testing.T, text string) *Expression {
	t.Helper()
	e, err := Parse(text)
	require.NoError(t, err)
	return e
}
