package iamtest

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// FuzzParse reads anything as a policy. What is read can be asked; what a denial names is denied, whatever else it says.
func FuzzParse(f *testing.F) {
	f.Fuzz(func(t *testing.T, document, action, resource, key, value string) {
		policies, err := Parse(document)
		if err != nil {
			require.Nil(t, policies)
			return
		}
		request := Request{Action: action, Resource: resource, Context: map[string]string{key: value}}
		allowed, err := policies.Allows(request)
		if err != nil {
			require.False(t, allowed)
			return
		}
		if allowed {
			require.NotEmpty(t, policies.Grants())
		}
		denied, err := Parse(document, policy(deny("*", "*")))
		require.NoError(t, err)
		allowed, err = denied.Allows(request)
		require.NoError(t, err)
		require.False(t, allowed)
	})
}
