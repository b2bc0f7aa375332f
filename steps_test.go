package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestTheOutputsSayWhatADestroyLeavesBehind(t *testing.T) {
	said := output(t, "survivesDestroy", options(t, "prod", running))
	assert.Regexp(t, `# snapshot threa-final-[0-9a-f]{16} with all data, about 0.10 USD .* aws rds delete-db-snapshot --region eu-central-1 --db-snapshot-identifier threa-final-`, said)
	assert.Contains(t, said, "aws ssm delete-parameter --region eu-central-1 --name /threa/workos-api-key")
	assert.Contains(t, said, "--name /threa/workos-cookie-password")

	assert.Equal(t, "[]", output(t, "survivesDestroy", options(t, "prod", map[string]string{"threa:finalSnapshot": "false"})))
}
