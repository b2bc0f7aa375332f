package shim

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// runningTasks are the tasks that a service has, on Spot and on demand, by what it says.
func runningTasks(t *testing.T, c *client) []int {
	t.Helper()
	var out struct {
		Services []struct{ RunningCount, PendingCount int }
	}
	require.NoError(t, json.Unmarshal([]byte(c.json("ecs", "DescribeServices", `{}`).body), &out))
	require.Len(t, out.Services, 2)
	assert.Zero(t, out.Services[0].PendingCount+out.Services[1].PendingCount)
	return []int{out.Services[0].RunningCount, out.Services[1].RunningCount}
}

func TestSpotHasAsMuchRoomAsATestSays(t *testing.T) {
	service := func(provider string) string {
		return `{"desiredCount":2,"runningCount":2,"pendingCount":0,"capacityProviderStrategy":[{"capacityProvider":"` + provider + `"}]}`
	}
	c, _ := newShim(t, map[string]string{"DescribeServices": `{"services":[` + service("FARGATE_SPOT") + `,` + service("FARGATE") + `]}`})
	spot := func(method, body string) int { return c.do(method, "/_local/spot", "", "", "", body).status }

	assert.Equal(t, []int{2, 2}, runningTasks(t, c))
	require.Equal(t, http.StatusNoContent, spot("POST", `{"tasks":1}`))
	assert.Equal(t, []int{1, 2}, runningTasks(t, c), "on demand there is always room")
	require.Equal(t, http.StatusNoContent, spot("POST", `{"tasks":0}`))
	assert.Equal(t, []int{0, 2}, runningTasks(t, c))
	require.Equal(t, http.StatusNoContent, spot("DELETE", ""))
	assert.Equal(t, []int{2, 2}, runningTasks(t, c))

	assert.Equal(t, http.StatusBadRequest, spot("POST", `{"room":1}`))
	assert.Equal(t, http.StatusBadRequest, spot("POST", `{"tasks":-1}`))
	assert.Equal(t, http.StatusMethodNotAllowed, spot("PUT", ""))
}

func TestAStateMachineKeepsItsType(t *testing.T) {
	const arn = "arn:aws:states:eu-central-1:123456789012:stateMachine:m"
	c, _ := newShim(t, map[string]string{
		"CreateStateMachine":   `{"stateMachineArn":"` + arn + `"}`,
		"DescribeStateMachine": `{"stateMachineArn":"` + arn + `","type":"STANDARD"}`,
	})
	const definition = `"definition":"{\"QueryLanguage\":\"JSONata\",\"StartAt\":\"A\",\"States\":{\"A\":{\"Type\":\"Succeed\"}}}"`
	require.Equal(t, http.StatusOK, c.json("states", "CreateStateMachine", `{"type":"EXPRESS",`+definition+`}`).status)
	assert.Contains(t, c.json("states", "DescribeStateMachine", `{}`).body, `"type":"EXPRESS"`)
	require.Equal(t, http.StatusOK, c.json("states", "CreateStateMachine", `{`+definition+`}`).status)
	assert.Contains(t, c.json("states", "DescribeStateMachine", `{}`).body, `"type":"STANDARD"`)
	assert.JSONEq(t, `{"result":"OK","diagnostics":[]}`, c.json("states", "ValidateStateMachineDefinition", `{`+definition+`}`).body)
}
