package shim

import (
	"strings"

	"threa-infra/local/shim/authorization"
)

// addStateKeys adds the condition keys of a request that AWS reads from the resource, as it is before the call: the
// permissions boundary of a role. A resource that moto does not have yet has none.
func (a *account) addStateKeys(c *call, r *authorization.Request) {
	switch r.Action {
	case "iam:AttachRolePolicy", "iam:PutRolePolicy":
		role := r.Resource[strings.LastIndex(r.Resource, "/")+1:]
		answer, err := a.upstream.query(c, "iam", "GetRole", "RoleName", role)
		if err != nil {
			return
		}
		if boundary := answer.FindElement(".//PermissionsBoundaryArn"); boundary != nil {
			r.Set("iam:PermissionsBoundary", boundary.Text())
		}
	}
}
