package main

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/config"
	"threa-infra/internal/mocks"
)

func TestWarnings_SeveralTasksNeedBalancing(t *testing.T) {
	const certificate = "certificateArn=" + ownCertificate
	for _, row := range []struct {
		given []string
		want  string
	}{
		{nil, ""},
		{[]string{"desiredCount=2"}, "up to 2 tasks with ingress direct"},
		{[]string{"minCount=1", "maxCount=3"}, "up to 3 tasks with ingress direct"},
		{[]string{"desiredCount=2", "ingress=loadBalancer", certificate}, ""},
		{[]string{"desiredCount=2", "ingress=tunnel", "tunnelToken=" + mocks.TunnelToken}, ""},
	} {
		cfg, err := config.Parse(config.Values{Project: "threa", Stack: "prod",
			Set:    mocks.StackConfig(t, ".", "prod", with(set(row.given...))),
			Secret: map[string]bool{"threa:dbPassword": true, "threa:tunnelToken": true}})
		require.NoError(t, err)
		warning := unbalanced(cfg)
		assert.Equal(t, row.want == "", warning == "", "%v: %s", row.given, warning)
		assert.Contains(t, warning, row.want)
	}
	up(t, "prod", with(set("desiredCount=2")))
}
