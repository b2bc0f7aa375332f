package shim

import (
	"encoding/json"
	"fmt"
	"hash/fnv"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"
)

// FaultKind is a way in which AWS or the network fails a call.
type FaultKind string

// The kinds of faults. With a lost answer, the call is carried out and the client does not know.
const (
	FaultThrottle    FaultKind = "throttle"
	FaultError       FaultKind = "error"
	FaultLostRequest FaultKind = "lost-request"
	FaultLostAnswer  FaultKind = "lost-answer"
	FaultSlow        FaultKind = "slow"

	faultDenied FaultKind = "denied"
)

// FaultPlan chooses the calls that fail, from POST to DELETE of /_local/faults. Only tests set one.
type FaultPlan struct {
	// Seed chooses the calls that fail: the n-th call of a name has the same fate in every run with the same seed.
	Seed uint64 `json:"seed"`
	// Rate is the share of calls that fail, from 0 to 1.
	Rate float64 `json:"rate"`
	// Kinds are the faults to choose from.
	Kinds []FaultKind `json:"kinds"`
	// SlowMillis is the delay of a slow answer in milliseconds.
	SlowMillis int `json:"slowMillis"`
	// Deny names a call that IAM does not allow, such as "rds:DescribeDBInstances".
	Deny string `json:"deny,omitempty"`
	// Hold stops one call, so that its client can be killed at that point.
	Hold *Hold `json:"hold,omitempty"`
}

// Hold chooses the call to stop: the Nth call named Call since the plan began or, without a name, the Nth call that
// changes something. The call continues when the plan ends, unless its client is gone by then.
type Hold struct {
	Call string `json:"call,omitempty"` // such as "ec2:CreateVpc"
	Nth  int    `json:"nth"`            // from 1
	// Done stops the call after it has been carried out and before it is answered.
	Done bool `json:"done"`
}

// FaultReport is the answer of GET /_local/faults.
type FaultReport struct {
	Injected map[FaultKind]int `json:"injected"`       // number of calls by kind
	Repeated int               `json:"repeated"`       // number of failed calls that were repeated unchanged
	Held     string            `json:"held,omitempty"` // the call that is being held
}

// faults is the current plan, if any, and what it has done.
type faults struct {
	mu       sync.Mutex
	plan     FaultPlan
	ended    chan struct{} // closed when the plan ends
	seen     map[string]int
	changes  int
	injected map[FaultKind]int
	failed   map[uint64]int // failed calls that were not repeated yet, by their hash
	repeated int
	held     string
}

// fate is what happens to a call.
type fate struct {
	kind  FaultKind // "" for none
	slow  time.Duration
	hold  *Hold
	ended <-chan struct{}
}

func (f *faults) begin(plan FaultPlan) {
	f.end()
	f.mu.Lock()
	defer f.mu.Unlock()
	f.plan, f.ended = plan, make(chan struct{})
	f.seen, f.injected, f.failed = map[string]int{}, map[FaultKind]int{}, map[uint64]int{}
	f.changes, f.repeated = 0, 0
}

// end lets a held call continue. The counts stay until the next plan.
func (f *faults) end() {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended != nil {
		close(f.ended)
	}
	f.plan, f.ended = FaultPlan{}, nil
}

func (f *faults) report() FaultReport {
	f.mu.Lock()
	defer f.mu.Unlock()
	return FaultReport{Injected: maps.Clone(f.injected), Repeated: f.repeated, Held: f.held}
}

func (f *faults) setHeld(name string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.held = name
}

// choose decides the fate of a call and counts it.
func (f *faults) choose(c *call) fate {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.ended == nil {
		return fate{}
	}
	f.seen[c.name()]++
	content := fnv.New64a()
	_, _ = fmt.Fprintf(content, "%s %s", c.name(), c.body)
	if call := content.Sum64(); f.failed[call] > 0 {
		f.failed[call]--
		f.repeated++
	}
	if c.changes() {
		f.changes++
	}
	v := fate{ended: f.ended, slow: time.Duration(f.plan.SlowMillis) * time.Millisecond}
	if f.plan.Deny == c.name() {
		v.kind = faultDenied
		return v
	}
	hold := f.plan.Hold
	if hold != nil && (hold.Call == c.name() && hold.Nth == f.seen[c.name()] ||
		hold.Call == "" && c.changes() && hold.Nth == f.changes) {
		v.hold = hold
		return v
	}
	chance := fnv.New64a()
	_, _ = fmt.Fprintf(chance, "%d %s %d", f.plan.Seed, c.name(), f.seen[c.name()])
	// The last bits of a short text's FNV hash are well mixed, the first are not.
	draw := chance.Sum64() % 1_000_000
	if float64(draw) >= f.plan.Rate*1_000_000 {
		return v
	}
	v.kind = f.plan.Kinds[draw%uint64(len(f.plan.Kinds))]
	f.injected[v.kind]++
	if v.kind != FaultSlow {
		f.failed[content.Sum64()]++
	}
	return v
}

// changes reports whether a call may change something. The names of calls that do not begin with known verbs.
func (c *call) changes() bool {
	if c.protocol == protocolREST {
		return c.request.Method != http.MethodGet && c.request.Method != http.MethodHead
	}
	for _, verb := range []string{"Describe", "Get", "List", "Head", "BatchGet"} {
		if strings.HasPrefix(c.action, verb) {
			return false
		}
	}
	return true
}

// serve sets a plan (POST), ends it (DELETE), and reports what it has done.
func (f *faults) serve(w http.ResponseWriter, r *http.Request) {
	switch r.Method {
	case http.MethodDelete:
		f.end()
	case http.MethodPost:
		var plan FaultPlan
		if err := json.NewDecoder(r.Body).Decode(&plan); err != nil {
			http.Error(w, fmt.Sprintf("fault plan: %v", err), http.StatusBadRequest)
			return
		}
		f.begin(plan)
	}
	writeJSON(w, f.report())
}

// faultErrors are errors that every SDK repeats, and one that none repeats. Source:
// https://docs.aws.amazon.com/sdkref/latest/guide/feature-retry-behavior.html
var faultErrors = map[FaultKind]*awsError{
	FaultThrottle: {http.StatusBadRequest, "ThrottlingException", "Rate exceeded (injected by a test)"},
	FaultError:    {http.StatusInternalServerError, "InternalFailure", "Internal error (injected by a test)"},
	faultDenied:   {http.StatusForbidden, "AccessDeniedException", "Not authorized (injected by a test)"},
}

// inject answers a call with next, or fails it according to the plan.
func (f *faults) inject(w http.ResponseWriter, r *http.Request, next http.HandlerFunc) {
	c := callOf(r)
	v := f.choose(c)
	switch {
	case v.hold != nil:
		f.hold(w, r, v, next)
	case faultErrors[v.kind] != nil:
		faultErrors[v.kind].reply(c).write(w)
	case v.kind == FaultLostRequest:
		hangUp()
	case v.kind == FaultLostAnswer:
		next(httptest.NewRecorder(), r)
		hangUp()
	case v.kind == FaultSlow:
		select {
		case <-time.After(v.slow):
			next(w, r)
		case <-r.Context().Done():
		}
	default:
		next(w, r)
	}
}

// hold stops a call until its client is gone or the plan ends.
func (f *faults) hold(w http.ResponseWriter, r *http.Request, v fate, next http.HandlerFunc) {
	c := callOf(r)
	// A server notices that its client is gone only when it has read the body.
	if err := c.read(); err != nil {
		hangUp()
	}
	var answer *httptest.ResponseRecorder
	if v.hold.Done {
		answer = httptest.NewRecorder()
		next(answer, r)
	}
	f.setHeld(c.name())
	defer f.setHeld("")
	select {
	case <-r.Context().Done():
		return
	case <-v.ended:
	}
	if answer == nil {
		next(w, r)
		return
	}
	maps.Copy(w.Header(), answer.Header())
	w.WriteHeader(answer.Code)
	_, _ = w.Write(answer.Body.Bytes())
}

// hangUp closes the connection without an answer. For this panic, Go's server does that and logs nothing.
func hangUp() { panic(http.ErrAbortHandler) }
