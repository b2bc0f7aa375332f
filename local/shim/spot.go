package shim

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"
)

// SpotCapacity is the body of POST /_local/spot: how many tasks Spot has room for, in each service on it.
type SpotCapacity struct {
	Tasks int `json:"tasks"`
}

// spotRoom is how much capacity Spot has, as much as anybody wants unless a test says otherwise.
type spotRoom struct {
	mu    sync.Mutex
	limit *SpotCapacity
}

// serve takes a limit (POST) or lifts it (DELETE).
func (s *spotRoom) serve(w http.ResponseWriter, r *http.Request) {
	var limit *SpotCapacity
	switch r.Method {
	case http.MethodPost:
		limit = &SpotCapacity{}
		decoder := json.NewDecoder(io.LimitReader(r.Body, 1<<10))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(limit); err != nil || limit.Tasks < 0 {
			http.Error(w, fmt.Sprintf(`spot capacity: send {"tasks": 0} or more: %v`, err), http.StatusBadRequest)
			return
		}
	case http.MethodDelete:
	default:
		http.Error(w, "use POST or DELETE", http.StatusMethodNotAllowed)
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limit = limit
	w.WriteHeader(http.StatusNoContent)
}

// apply takes away the tasks of a service that Spot has no room for. ECS has placed none of them: none is pending.
func (s *spotRoom) apply(service map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.limit == nil || !onSpot(service) {
		return
	}
	running, ok := service["runningCount"].(json.Number)
	count, err := running.Int64()
	if !ok || err != nil {
		return
	}
	service["runningCount"] = min(count, int64(s.limit.Tasks))
}

// onSpot tells whether all tasks of a service are for Spot.
func onSpot(service map[string]any) bool {
	strategy, _ := service["capacityProviderStrategy"].([]any)
	for _, item := range strategy {
		if use, ok := item.(map[string]any); !ok || use["capacityProvider"] != "FARGATE_SPOT" {
			return false
		}
	}
	return len(strategy) > 0
}
