package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestRequireLocalEndpoint(t *testing.T) {
	for endpoint, want := range map[string]string{
		"http://127.0.0.1:4566":            "",
		"http://localhost:4566":            "",
		"http://[::1]:4566":                "",
		"":                                 "is not set",
		"127.0.0.1:4566":                   "is not set",
		"https://sts.amazonaws.com":        "serves the local AWS only",
		"http://127.0.0.1.example.com":     "serves the local AWS only",
		"http://10.0.0.1:4566":             "serves the local AWS only",
		"http://127.0.0.1@example.com:80/": "serves the local AWS only",
	} {
		err := requireLocalEndpoint(endpoint)
		if want == "" {
			require.NoError(t, err, endpoint)
			continue
		}
		require.Error(t, err, endpoint)
		assert.Contains(t, err.Error(), want, endpoint)
	}
}
