package preconditions

import (
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func run(t *testing.T, results ...error) (string, error) {
	t.Helper()
	var checks []func() error
	for _, result := range results {
		checks = append(checks, func() error { return result })
	}
	warnings, err := Run(checks...)
	return strings.Join(warnings, "\n"), err
}

func TestRun_ReportsAllProblems(t *testing.T) {
	first, second := errors.New("the image is missing.\n    push it"), errors.New("no such class")
	_, err := run(t, nil, first, errors.Join(second, nil, errors.New("no such zone")))
	require.ErrorContains(t, err, "the deployment has 3 problems, nothing was changed:\n\n"+
		"  the image is missing.\n    push it\n\n  no such class\n\n  no such zone")
	require.ErrorIs(t, err, second)
	_, err = run(t, first)
	require.ErrorContains(t, err, "the deployment has a problem, nothing was changed:\n\n  the image is missing.")
	_, err = run(t, nil, nil)
	require.NoError(t, err)
}

func TestRun_WarnsOfWhatIsNotChecked(t *testing.T) {
	warnings, err := run(t, errors.Join(Skip("whether the image exists", errors.New("no client")), errors.New("no zone")))
	require.ErrorContains(t, err, "the deployment has a problem")
	assert.NotContains(t, err.Error(), "image")
	assert.Equal(t, "not checked: whether the image exists: no client", warnings)
}

func TestUnanswered_SkipsWhatIsDenied(t *testing.T) {
	for text, skips := range map[string]bool{
		"AccessDeniedException: User: arn:… is not authorized to perform: acm:DescribeCertificate": true,
		"api error AccessDenied: ": true, "UnauthorizedOperation: You are not authorized": true,
		"api error ThrottlingException: Rate exceeded": false, "no such host": false,
	} {
		warnings, err := run(t, Unanswered("whether it exists", errors.New(text)))
		if skips {
			require.NoError(t, err, text)
			assert.Equal(t, "not checked: whether it exists: "+text+
				"\n    A role of bootstrap/ gets the permission with:  cd bootstrap && pulumi up", warnings)
		} else {
			require.ErrorContains(t, err, "find out whether it exists: "+text)
		}
	}
}

func TestTolerate_WarnsOfWhatIsDeployed(t *testing.T) {
	const note = "\n    This does not stop the deployment, because the stack "
	missing, skip := errors.New("no such image.\n    pulumi config rm imageTag"), Skip("whether it exists", assert.AnError)
	for _, row := range []struct {
		deployed bool
		err      error
		want     string
	}{
		{true, nil, "is already deployed with it."},
		{false, assert.AnError, "may already be deployed with it: " + assert.AnError.Error()},
		{false, nil, ""},
	} {
		deployed := func() (bool, error) { return row.deployed, row.err }
		warnings, err := run(t, Tolerate(errors.Join(missing, skip), deployed))
		assert.Contains(t, warnings, "not checked: whether it exists")
		if row.want != "" {
			require.NoError(t, err)
			assert.Contains(t, warnings, "no such image.\n    pulumi config rm imageTag"+note+row.want)
		} else {
			require.ErrorIs(t, err, missing)
			assert.NotContains(t, warnings, note)
		}
	}
	require.NoError(t, Tolerate(nil, func() (bool, error) { panic("nothing to ask") }))
}
