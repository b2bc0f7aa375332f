package shim

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// faultCall is a call of a service of each protocol, as the SDK makes it. The call of ECS changes something.
func faultCall(t *testing.T, base, service string) *http.Request {
	t.Helper()
	body, path, header := "Action=DescribeThings&Version=1", "/", http.Header{}
	header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	switch service {
	case "ecs":
		body = "{}"
		header.Set("Content-Type", "application/x-amz-json-1.1")
		header.Set("X-Amz-Target", "AmazonEC2ContainerServiceV20141113.CreateThing")
	case "backup":
		body, path = "{}", "/things"
		header.Set("Content-Type", "application/json")
	}
	header.Set("Authorization",
		"AWS4-HMAC-SHA256 Credential=test/20260101/eu-central-1/"+service+"/aws4_request, SignedHeaders=host, Signature=0")
	request, err := http.NewRequest(http.MethodPost, base+path, strings.NewReader(body))
	require.NoError(t, err)
	request.Header = header
	return request
}

func setFaults(t *testing.T, c *client, p FaultPlan) {
	t.Helper()
	body, err := json.Marshal(p)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, c.do("POST", "/_local/faults", "", "", "", string(body)).status)
}

func faultReport(t *testing.T, c *client, method string) FaultReport {
	t.Helper()
	return decoded[FaultReport](t, c.local(method, "faults"))
}

// send returns status and body, or the error of a connection that was closed.
func send(request *http.Request) (int, string, error) {
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = response.Body.Close() }()
	var body bytes.Buffer
	_, err = body.ReadFrom(response.Body)
	return response.StatusCode, body.String(), err
}

func TestFaults_AnswerInTheServicesFormat(t *testing.T) {
	for service, format := range map[string]string{
		"ec2": "<Code>%s</Code>", "rds": "<Code>%s</Code>", "ecs": `"__type":"%s"`, "backup": `"__type":"%s"`,
	} {
		for kind, code := range map[FaultKind]string{FaultThrottle: "ThrottlingException", FaultError: "InternalFailure"} {
			c, moto := newShim(t, nil)
			setFaults(t, c, FaultPlan{Rate: 1, Kinds: []FaultKind{kind}})
			status, body, err := send(faultCall(t, c.base, service))
			require.NoError(t, err)
			assert.Equal(t, faultErrors[kind].status, status, service)
			assert.Contains(t, body, fmt.Sprintf(format, code), service)
			assert.Empty(t, moto.seen, "%s: the call is not carried out", service)
		}
	}
}

func TestFaults_LoseRequestsAndAnswers(t *testing.T) {
	for kind, carriedOut := range map[FaultKind]int{FaultLostRequest: 0, FaultLostAnswer: 1} {
		c, moto := newShim(t, map[string]string{"CreateThing": "{}"})
		setFaults(t, c, FaultPlan{Rate: 1, Kinds: []FaultKind{kind}})
		_, _, err := send(faultCall(t, c.base, "ecs"))
		require.Error(t, err, "the connection is closed without an answer")
		assert.Len(t, moto.got("CreateThing"), carriedOut, kind)
		assert.Equal(t, map[FaultKind]int{kind: 1}, faultReport(t, c, http.MethodGet).Injected)
	}
}

func TestFaults_SlowAndEndedPlansAnswer(t *testing.T) {
	c, moto := newShim(t, map[string]string{"CreateThing": `{"ok":true}`})
	setFaults(t, c, FaultPlan{Rate: 1, Kinds: []FaultKind{FaultSlow}, SlowMillis: 1})
	_, body, err := send(faultCall(t, c.base, "ecs"))
	require.NoError(t, err)
	assert.JSONEq(t, `{"ok":true}`, body)

	setFaults(t, c, FaultPlan{Rate: 1, Kinds: []FaultKind{FaultError}})
	faultReport(t, c, http.MethodDelete)
	for range 20 {
		status, _, err := send(faultCall(t, c.base, "ecs"))
		require.NoError(t, err)
		assert.Equal(t, http.StatusOK, status)
	}
	assert.Len(t, moto.got("CreateThing"), 21)
}

func TestFaults_FollowSeedAndRate(t *testing.T) {
	fates := func(seed uint64) (statuses string, injected int) {
		c, _ := newShim(t, map[string]string{"CreateThing": "{}"})
		setFaults(t, c, FaultPlan{Seed: seed, Rate: 0.2, Kinds: []FaultKind{FaultThrottle, FaultError}})
		for range 200 {
			status, _, err := send(faultCall(t, c.base, "ecs"))
			require.NoError(t, err)
			statuses += fmt.Sprint(status, " ")
		}
		for _, count := range faultReport(t, c, http.MethodGet).Injected {
			injected += count
		}
		return statuses, injected
	}
	first, injected := fates(1)
	again, _ := fates(1)
	other, _ := fates(2)
	assert.Equal(t, first, again)
	assert.NotEqual(t, first, other)
	assert.InDelta(t, 40, injected, 20, "a fifth of 200")
}

// awaitHeld waits until a call is held, or none if name is "".
func awaitHeld(t *testing.T, c *client, name string) {
	t.Helper()
	require.Eventually(t, func() bool { return faultReport(t, c, http.MethodGet).Held == name }, 10*time.Second,
		5*time.Millisecond)
}

func TestHold_ContinuesWhenThePlanEnds(t *testing.T) {
	for done, carriedOut := range map[bool]int{false: 1, true: 2} {
		c, moto := newShim(t, map[string]string{"CreateThing": `{"ok":true}`})
		setFaults(t, c, FaultPlan{Hold: &Hold{Call: "ecs:CreateThing", Nth: 2, Done: done}})
		_, _, err := send(faultCall(t, c.base, "ecs"))
		require.NoError(t, err, "only the second call is held")

		answered := make(chan string, 1)
		held := faultCall(t, c.base, "ecs")
		go func() {
			_, body, err := send(held)
			answered <- fmt.Sprint(body, err)
		}()
		awaitHeld(t, c, "ecs:CreateThing")
		assert.Len(t, moto.got("CreateThing"), carriedOut, "done=%v", done)
		faultReport(t, c, http.MethodDelete)
		assert.Contains(t, <-answered, `{"ok":true}`)
		assert.Len(t, moto.got("CreateThing"), 2)
	}
}

func TestHold_DropsTheCallOfAKilledClient(t *testing.T) {
	c, moto := newShim(t, map[string]string{"CreateThing": "{}"})
	setFaults(t, c, FaultPlan{Hold: &Hold{Nth: 1}})
	_, _, err := send(faultCall(t, c.base, "rds"))
	require.NoError(t, err, "a call that only reads is not held")

	ctx, kill := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	held := faultCall(t, c.base, "ecs").WithContext(ctx)
	go func() {
		_, _, err := send(held)
		ended <- err
	}()
	awaitHeld(t, c, "ecs:CreateThing")
	kill()
	require.Error(t, <-ended)
	awaitHeld(t, c, "")
	faultReport(t, c, http.MethodDelete)
	assert.Empty(t, moto.got("CreateThing"))
}

func TestFaults_DenyCall(t *testing.T) {
	c, m := newShim(t, map[string]string{"DescribeDBInstances": "<R/>", "DescribeDBSnapshots": "<R/>"})
	c.do("POST", "/_local/faults", "", "", "application/json", `{"deny":"rds:DescribeDBInstances"}`)
	c.query("rds", "DescribeDBInstances").refused(t, http.StatusForbidden, "AccessDenied")
	assert.Empty(t, m.got("DescribeDBInstances"))
	assert.Equal(t, http.StatusOK, c.query("rds", "DescribeDBSnapshots").status)
}
