// Package githubtest is a GitHub that knows the comments and issues of one repository, for tests.
package githubtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"sync"
	"testing"
)

// Entry is a comment, or an issue.
type Entry struct {
	ID          int             `json:"id"`
	Number      int             `json:"number"`
	Title       string          `json:"title"`
	Body        string          `json:"body"`
	State       string          `json:"state"`
	PullRequest json.RawMessage `json:"pull_request,omitempty"`
}

// GitHub is a server for the repository octo-org/threa, which takes the token "a-token".
type GitHub struct {
	URL string

	mu       sync.Mutex
	issues   []*Entry
	comments map[int][]*Entry
	writes   int
}

// New starts one.
func New(t testing.TB) *GitHub {
	t.Helper()
	g := &GitHub{comments: map[int][]*Entry{}}
	mux := http.NewServeMux()
	const repo = "/repos/octo-org/threa"
	mux.HandleFunc("GET "+repo+"/issues", func(w http.ResponseWriter, r *http.Request) { answer(w, page(r, g.open())) })
	mux.HandleFunc("POST "+repo+"/issues", func(w http.ResponseWriter, r *http.Request) {
		one := &Entry{Number: len(g.issues) + 1, State: "open"}
		read(r, one)
		g.issues, g.writes = append(g.issues, one), g.writes+1
		answer(w, one)
	})
	mux.HandleFunc("PATCH "+repo+"/issues/{n}", func(w http.ResponseWriter, r *http.Request) {
		one := g.issues[number(r, "n")-1]
		read(r, one)
		g.writes++
		answer(w, one)
	})
	mux.HandleFunc("GET "+repo+"/issues/{n}/comments", func(w http.ResponseWriter, r *http.Request) {
		answer(w, page(r, g.comments[number(r, "n")]))
	})
	mux.HandleFunc("POST "+repo+"/issues/{n}/comments", func(w http.ResponseWriter, r *http.Request) {
		n := number(r, "n")
		one := &Entry{ID: n*1000 + len(g.comments[n])}
		read(r, one)
		g.comments[n], g.writes = append(g.comments[n], one), g.writes+1
		answer(w, one)
	})
	mux.HandleFunc("PATCH "+repo+"/issues/comments/{id}", func(w http.ResponseWriter, r *http.Request) {
		id := number(r, "id")
		one := g.comments[id/1000][id%1000]
		read(r, one)
		g.writes++
		answer(w, one)
	})
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		g.mu.Lock()
		defer g.mu.Unlock()
		if r.Header.Get("Authorization") != "Bearer a-token" {
			http.Error(w, `{"message":"Bad credentials"}`, http.StatusUnauthorized)
			return
		}
		mux.ServeHTTP(w, r)
	}))
	t.Cleanup(server.Close)
	g.URL = server.URL
	return g
}

func (g *GitHub) open() []*Entry {
	return slices.DeleteFunc(slices.Clone(g.issues), func(one *Entry) bool { return one.State != "open" })
}

// Issues are all, closed ones too.
func (g *GitHub) Issues() []Entry { return g.list(func() []*Entry { return g.issues }) }

// Comments are those on an issue or a pull request.
func (g *GitHub) Comments(number int) []Entry {
	return g.list(func() []*Entry { return g.comments[number] })
}

// Add puts issues there.
func (g *GitHub) Add(issues ...Entry) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, one := range issues {
		one.Number, one.State = len(g.issues)+1, "open"
		g.issues = append(g.issues, &one)
	}
}

// Writes is how often something was written.
func (g *GitHub) Writes() int {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.writes
}

func (g *GitHub) list(entries func() []*Entry) []Entry {
	g.mu.Lock()
	defer g.mu.Unlock()
	var all []Entry
	for _, one := range entries() {
		all = append(all, *one)
	}
	return all
}

// page cuts a list as GitHub does.
func page(r *http.Request, all []*Entry) []*Entry {
	size, _ := strconv.Atoi(r.URL.Query().Get("per_page"))
	at, _ := strconv.Atoi(r.URL.Query().Get("page"))
	from := min((at-1)*size, len(all))
	return append([]*Entry{}, all[from:min(from+size, len(all))]...)
}

func number(r *http.Request, name string) int {
	n, err := strconv.Atoi(r.PathValue(name))
	if err != nil {
		panic(fmt.Sprintf("%s of %s is no number", name, r.URL.Path))
	}
	return n
}

func read(r *http.Request, into *Entry) {
	if err := json.NewDecoder(r.Body).Decode(into); err != nil {
		panic(err) // the client under test writes no JSON
	}
}

func answer(w http.ResponseWriter, v any) {
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(v) // a client that went away
}
