package iamtest

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"
)

// FuzzLike holds the matching of wildcards against the one of regular expressions.
func FuzzLike(f *testing.F) {
	f.Fuzz(func(t *testing.T, pattern, text string) {
		if !utf8.ValidString(pattern) || !utf8.ValidString(text) || len(pattern) > 100 {
			return // a policy is JSON
		}
		expression := strings.NewReplacer(`\*`, ".*", `\?`, ".").Replace(regexp.QuoteMeta(pattern))
		require.Equal(t, regexp.MustCompile(`(?s)^`+expression+`$`).MatchString(text), like(pattern, text))
	})
}

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
