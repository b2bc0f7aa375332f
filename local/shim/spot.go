package shim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"sync"
)

// SpotCapacity is the body of POST /_local/spot: how many tasks Spot has room for, in each service on it.
type SpotCapacity struct {
	Tasks int `json:"tasks"`
}

// spotCapacity is the capacity of Spot. It is unlimited unless a test limits it.
type spotCapacity struct {
	mu    sync.Mutex
	limit *SpotCapacity
}

// serve sets a limit (POST) or removes it (DELETE).
func (s *spotCapacity) serve(w http.ResponseWriter, r *http.Request) {
	var limit *SpotCapacity
	if r.Method != http.MethodDelete {
		limit = &SpotCapacity{}
		if err := json.NewDecoder(r.Body).Decode(limit); err != nil || limit.Tasks < 0 {
			http.Error(w, fmt.Sprintf(`spot capacity: send {"tasks": 0} or more: %v`, err), http.StatusBadRequest)
			return
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.limit = limit
	w.WriteHeader(http.StatusNoContent)
}

// apply removes the tasks of a service that Spot has no capacity for. ECS has placed none of them: none is pending.
func (s *spotCapacity) apply(service map[string]any) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.limit == nil || !onSpot(service) {
		return
	}
	running, _ := service["runningCount"].(json.Number)
	if count, err := running.Int64(); err == nil {
		service["runningCount"] = min(count, int64(s.limit.Tasks))
	}
}

// onSpot reports whether all tasks of a service run on Spot.
func onSpot(service map[string]any) bool {
	strategy, _ := service["capacityProviderStrategy"].([]any)
	for _, item := range strategy {
		if use, ok := item.(map[string]any); !ok || use["capacityProvider"] != "FARGATE_SPOT" {
			return false
		}
	}
	return len(strategy) > 0
}
