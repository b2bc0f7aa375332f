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

// faultCall is a call of each kind of service, as the SDK makes it.
func faultCall(t *testing.T, base, service string) *http.Request {
	t.Helper()
	body, header := "Action=DescribeThings&Version=1", http.Header{}
	header.Set("Content-Type", "application/x-www-form-urlencoded; charset=utf-8")
	path, method := "/", http.MethodPost
	switch service {
	case "ecs":
		body = "{}"
		header.Set("Content-Type", "application/x-amz-json-1.1")
		header.Set("X-Amz-Target", "AmazonEC2ContainerServiceV20141113.CreateThing")
	case "backup":
		body, path = "{}", "/things"
		header.Set("Content-Type", "application/json")
	}
	header.Set("Authorization", "AWS4-HMAC-SHA256 Credential=test/20260101/eu-central-1/"+service+"/aws4_request, SignedHeaders=host, Signature=0")
	request, err := http.NewRequest(method, base+path, strings.NewReader(body))
	require.NoError(t, err)
	request.Header = header
	return request
}

func plan(t *testing.T, base string, p FaultPlan) {
	t.Helper()
	body, err := json.Marshal(p)
	require.NoError(t, err)
	response, err := http.Post(base+"/_local/faults", "application/json", bytes.NewReader(body))
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	require.Equal(t, http.StatusOK, response.StatusCode)
}

func faultReport(t *testing.T, base, method string) (r FaultReport) {
	t.Helper()
	request, err := http.NewRequest(method, base+"/_local/faults", nil)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { _ = response.Body.Close() }()
	require.NoError(t, json.NewDecoder(response.Body).Decode(&r))
	return r
}

// ask makes a call and returns status and body, or the error of a connection that was closed.
func ask(request *http.Request) (int, string, error) {
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, "", err
	}
	defer func() { _ = response.Body.Close() }()
	var body bytes.Buffer
	_, err = body.ReadFrom(response.Body)
	return response.StatusCode, body.String(), err
}

func TestEachServiceIsThrottledInItsOwnWords(t *testing.T) {
	for service, want := range map[string]struct {
		status int
		code   string
	}{
		"ec2":    {503, "<Code>RequestLimitExceeded</Code>"},
		"rds":    {400, "<Code>Throttling</Code>"},
		"ecs":    {400, `"__type":"ThrottlingException"`},
		"backup": {429, `"__type":"TooManyRequestsException"`},
	} {
		c, moto := newShim(t, nil)
		plan(t, c.base, FaultPlan{Rate: 1, Kinds: []FaultKind{FaultThrottle}})
		status, body, err := ask(faultCall(t, c.base, service))
		require.NoError(t, err)
		assert.Equal(t, want.status, status, service)
		assert.Contains(t, body, want.code, service)
		assert.Empty(t, moto.seen, "%s: a throttled call is not carried out", service)
	}
}

func TestAnInternalErrorIsOneThatClientsRepeat(t *testing.T) {
	for _, service := range []string{"ec2", "rds", "ecs", "backup"} {
		c, moto := newShim(t, nil)
		plan(t, c.base, FaultPlan{Rate: 1, Kinds: []FaultKind{FaultError}})
		status, body, err := ask(faultCall(t, c.base, service))
		require.NoError(t, err)
		assert.Equal(t, http.StatusInternalServerError, status, service)
		assert.Contains(t, body, "Internal", service)
		assert.Empty(t, moto.seen, service)
	}
}

func TestALostRequestIsNotCarriedOutAndALostAnswerIs(t *testing.T) {
	for kind, carriedOut := range map[FaultKind]int{FaultLostRequest: 0, FaultLostAnswer: 1} {
		c, moto := newShim(t, map[string]string{"CreateThing": "{}"})
		plan(t, c.base, FaultPlan{Rate: 1, Kinds: []FaultKind{kind}})
		_, _, err := ask(faultCall(t, c.base, "ecs"))
		require.Error(t, err, "the connection is closed without an answer")
		assert.Len(t, moto.got("CreateThing"), carriedOut, kind)
		assert.Equal(t, map[FaultKind]int{kind: 1}, faultReport(t, c.base, http.MethodGet).Injected)
	}
}

func TestASlowAnswerIsTheRightOne(t *testing.T) {
	c, _ := newShim(t, map[string]string{"CreateThing": `{"ok":true}`})
	plan(t, c.base, FaultPlan{Rate: 1, Kinds: []FaultKind{FaultSlow}, SlowMillis: 1})
	status, body, err := ask(faultCall(t, c.base, "ecs"))
	require.NoError(t, err)
	assert.Equal(t, http.StatusOK, status)
	assert.Contains(t, body, "ok")
}

// fates are what becomes of the first calls under a plan.
func fates(t *testing.T, seed uint64) (all string, hit int) {
	t.Helper()
	c, _ := newShim(t, map[string]string{"CreateThing": "{}"})
	plan(t, c.base, FaultPlan{Seed: seed, Rate: 0.2, Kinds: []FaultKind{FaultThrottle, FaultError}})
	for range 200 {
		status, _, err := ask(faultCall(t, c.base, "ecs"))
		require.NoError(t, err)
		all += fmt.Sprint(status, " ")
	}
	for _, count := range faultReport(t, c.base, http.MethodGet).Injected {
		hit += count
	}
	return all, hit
}

func TestTheSeedDecidesWhichCallsAreHitAndTheRateHowMany(t *testing.T) {
	first, hit := fates(t, 1)
	again, _ := fates(t, 1)
	other, _ := fates(t, 2)
	assert.Equal(t, first, again)
	assert.NotEqual(t, first, other)
	assert.InDelta(t, 40, hit, 20, "a fifth of 200")
}

func TestARepeatedCallIsCounted(t *testing.T) {
	c, _ := newShim(t, map[string]string{"CreateThing": "{}"})
	plan(t, c.base, FaultPlan{Rate: 1, Kinds: []FaultKind{FaultThrottle}})
	for range 3 {
		_, _, err := ask(faultCall(t, c.base, "ecs"))
		require.NoError(t, err)
	}
	assert.Equal(t, 2, faultReport(t, c.base, http.MethodGet).Repeated)
}

// awaitHeld waits until a call is held.
func awaitHeld(t *testing.T, base, name string) {
	t.Helper()
	require.Eventually(t, func() bool { return faultReport(t, base, http.MethodGet).Held == name }, 10*time.Second, 5*time.Millisecond)
}

func TestAHeldCallGoesOnWhenThePlanEnds(t *testing.T) {
	for _, done := range []bool{false, true} {
		c, moto := newShim(t, map[string]string{"CreateThing": `{"ok":true}`})
		plan(t, c.base, FaultPlan{Hold: &Hold{Call: "ecs:CreateThing", Nth: 2, Done: done}})
		_, _, err := ask(faultCall(t, c.base, "ecs"))
		require.NoError(t, err, "only the second is held")

		answered := make(chan string, 1)
		held := faultCall(t, c.base, "ecs")
		go func() {
			_, body, err := ask(held)
			answered <- fmt.Sprint(body, err)
		}()
		awaitHeld(t, c.base, "ecs:CreateThing")
		carriedOut := map[bool]int{false: 1, true: 2}[done]
		assert.Len(t, moto.got("CreateThing"), carriedOut, "done=%v", done)
		faultReport(t, c.base, http.MethodDelete)
		assert.Contains(t, <-answered, `{"ok":true}`)
		assert.Len(t, moto.got("CreateThing"), 2)
	}
}

func TestWhatIsHeldBeforeItIsDoneIsNeverDoneOnceItsCallerIsGone(t *testing.T) {
	c, moto := newShim(t, map[string]string{"CreateThing": "{}"})
	plan(t, c.base, FaultPlan{Hold: &Hold{Nth: 1}})
	_, _, err := ask(faultCall(t, c.base, "rds"))
	require.NoError(t, err, "what only reads is not held")

	ctx, hangUp := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	held := faultCall(t, c.base, "ecs").WithContext(ctx)
	go func() {
		_, _, err := ask(held)
		ended <- err
	}()
	awaitHeld(t, c.base, "ecs:CreateThing")
	hangUp()
	require.Error(t, <-ended)
	awaitHeld(t, c.base, "")
	faultReport(t, c.base, http.MethodDelete)
	assert.Empty(t, moto.got("CreateThing"))
}

func TestAWrongPlanIsRefused(t *testing.T) {
	c, _ := newShim(t, nil)
	for body, want := range map[string]string{
		`{"rate":2}`:                          "from 0 to 1",
		`{"rate":0.2}`:                        "no kinds",
		`{"rate":0.2,"kinds":["earthquake"]}`: "must be one of",
		`{"slowMillis":60000}`:                "from 0 to 10000",
		`{"hold":{"nth":0}}`:                  "1 or more",
		`{"rats":1}`:                          "unknown field",
	} {
		response, err := http.Post(c.base+"/_local/faults", "application/json", strings.NewReader(body))
		require.NoError(t, err)
		var text bytes.Buffer
		_, err = text.ReadFrom(response.Body)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		assert.Equal(t, http.StatusBadRequest, response.StatusCode, body)
		assert.Contains(t, text.String(), want, body)
	}
}

func TestWithoutAPlanNothingGoesWrong(t *testing.T) {
	c, moto := newShim(t, map[string]string{"CreateThing": "{}"})
	plan(t, c.base, FaultPlan{Rate: 1, Kinds: []FaultKind{FaultError}})
	faultReport(t, c.base, http.MethodDelete)
	for range 20 {
		status, _, err := ask(faultCall(t, c.base, "ecs"))
		require.NoError(t, err)
		assert.Equal(t, http.StatusOK, status)
	}
	assert.Len(t, moto.got("CreateThing"), 20)
}
