package shim

import (
	"fmt"
	"net/http"
	"strings"

	"threa-infra/local/shim/authorization"
)

// Access is something that IAM would have had to allow, once for each client.
type Access struct {
	// Client is the first product that the client's User-Agent names: APN is the AWS provider, aws-cli the command line.
	Client string `json:"client"`
	authorization.Access
	// Unknown says why it is not known what IAM would decide on; the other fields are then empty.
	Unknown string `json:"unknown,omitempty"`
}

// accesses are all that there have been, in the order of their first time.
type accesses struct {
	list []Access
	seen map[string]bool
}

func newAccesses() accesses { return accesses{list: []Access{}, seen: map[string]bool{}} }

func (a *accesses) add(c *call) {
	client, _, _ := strings.Cut(c.request.UserAgent(), "/")
	found, err := c.access()
	if err != nil {
		a.once(Access{Client: client, Unknown: err.Error()})
		return
	}
	for _, one := range found {
		a.once(Access{Client: client, Access: one})
	}
}

func (a *accesses) once(one Access) {
	if key := fmt.Sprint(one); !a.seen[key] {
		a.seen[key] = true
		a.list = append(a.list, one)
	}
}

// serveAccesses lists what there has been, and with DELETE forgets it.
func (f *Shim) serveAccesses(w http.ResponseWriter, r *http.Request) {
	f.mu.Lock()
	defer f.mu.Unlock()
	writeJSON(w, f.accesses.list)
	if r.Method == http.MethodDelete {
		f.accesses = newAccesses()
	}
}
