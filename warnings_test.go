package main

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/config"
	"threa-infra/internal/fixtures"
	"threa-infra/internal/mocks"
)

func TestWarnings_NameWhatIsRarelyMeant(t *testing.T) {
	const certificate = "certificateArn=" + ownCertificate
	for _, row := range []struct {
		given []string
		want  string
	}{
		{nil, ""},
		{[]string{"desiredCount=2"}, "up to 2 tasks with ingress direct"},
		{[]string{"minCount=1", "maxCount=3"}, "up to 3 tasks with ingress direct"},
		{[]string{"desiredCount=2", "ingress=loadBalancer", certificate}, ""},
		{[]string{"confirmReplacement=[\"cache\"]"}, "pulumi config rm confirmReplacement"},
		{[]string{"desiredCount=2", "ingress=tunnel", "tunnelToken=" + fixtures.TunnelToken}, ""},
	} {
		cfg, err := config.Parse(config.Values{Project: "threa", Stack: "prod",
			Set:    fixtures.StackConfig(t, ".", "prod", with(set(row.given...))),
			Secret: map[string]bool{"threa:dbPassword": true, "threa:tunnelToken": true}})
		require.NoError(t, err)
		warning := strings.Join(warnings(cfg), "\n")
		assert.Equal(t, row.want == "", warning == "", "%v: %s", row.given, warning)
		assert.Contains(t, warning, row.want)
	}
	balanced := options(t, "prod", with(set("ingress=loadBalancer", certificate, `confirmReplacement=["cache"]`)))
	assert.Contains(t, mocks.MustRun(t, deploy, balanced).Warnings(), "pulumi config rm --stack prod confirmReplacement")
}
