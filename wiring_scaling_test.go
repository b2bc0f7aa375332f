package main

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/assert"
)

// The program compares the tag with the configuration while the app sleeps. Source of what a tag's value may hold:
// https://docs.aws.amazon.com/AmazonECS/latest/developerguide/ecs-using-tags.html
func TestTheServiceSaysWhatMayNotChangeWhileItSleeps(t *testing.T) {
	night := map[string]string{"threa:sleepSchedule": "cron(0 20 ? * * *)", "threa:wakeSchedule": "cron(0 7 ? * * *)"}
	database := map[string]string{"threa:sleepDatabase": "true"}
	bounds := map[string]string{"threa:minCount": "1", "threa:maxCount": "3"}
	fixed := map[string]string{"threa:minCount": "2", "threa:maxCount": "2"}
	for want, keys := range map[string][]map[string]string{
		"autoscaling":                            {bounds},
		"schedule":                               {night},
		"schedule and database":                  {night, database, {"threa:desiredCount": "2"}},
		"schedule for 2 tasks":                   {night, fixed},
		"schedule for 1 to 3 tasks and database": {night, database, bounds},
	} {
		given := maps.Clone(running)
		for _, more := range keys {
			maps.Copy(given, more)
		}
		got := up(t, "prod", given).Named(t, "aws:ecs/service:Service", "compute-service").Text("tags.CountedBy")
		assert.Equal(t, want, got)
		assert.Regexp(t, `^[\p{L}\p{N} +\-=._:/@]*$`, got)
	}
}
