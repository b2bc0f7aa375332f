package shim

import (
	"fmt"
	"net/http"
	"strings"

	"threa-infra/local/shim/authorization"
)

// Authorization is a request that IAM would have had to authorize for a client.
type Authorization struct {
	// Client is the first product in the client's User-Agent: APN is the AWS provider, aws-cli the AWS CLI.
	Client string `json:"client"`
	authorization.Request
	// Unknown says why the call's requests are not known. The other fields are empty then.
	Unknown string `json:"unknown,omitempty"`
}

// authorizations holds each authorization once, in the order of the calls.
type authorizations struct {
	list []Authorization
	seen map[string]bool
}

func newAuthorizations() authorizations {
	return authorizations{list: []Authorization{}, seen: map[string]bool{}}
}

// authorizationsOf returns what IAM would have to authorize for a call, with the account as it is before the call.
func (s *Shim) authorizationsOf(c *call) []Authorization {
	client, _, _ := strings.Cut(c.request.UserAgent(), "/")
	requests, err := c.authorizationRequests()
	if err != nil {
		return []Authorization{{Client: client, Unknown: err.Error()}}
	}
	list := make([]Authorization, len(requests))
	for i, request := range requests {
		s.account.addStateKeys(c, &request)
		list[i] = Authorization{Client: client, Request: request}
	}
	return list
}

func (a *authorizations) add(entries []Authorization) {
	for _, entry := range entries {
		if key := fmt.Sprint(entry); !a.seen[key] {
			a.seen[key] = true
			a.list = append(a.list, entry)
		}
	}
}

// serveAuthorizations lists the authorizations. DELETE lists them for the last time.
func (s *Shim) serveAuthorizations(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	writeJSON(w, s.authorizations.list)
	if r.Method == http.MethodDelete {
		s.authorizations = newAuthorizations()
	}
}
