package github

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/github/githubtest"
)

func connect(t *testing.T) (*Client, *githubtest.GitHub) {
	t.Helper()
	server := githubtest.New(t)
	return &Client{API: server.URL, Repository: "octo-org/threa", Token: "a-token", HTTP: http.DefaultClient}, server
}

func TestACommentIsChangedAndNeverRepeated(t *testing.T) {
	c, server := connect(t)
	for range 250 { // more than GitHub lists at once
		require.NoError(t, c.call(t.Context(), http.MethodPost, "issues/7/comments", map[string]string{"body": "looks good"}, nil))
	}
	for _, body := range []string{"first", "second", "third"} {
		require.NoError(t, c.Comment(t.Context(), 7, "preview of prod", body))
	}
	require.NoError(t, c.Comment(t.Context(), 7, "preview of staging", "of another stack"))
	comments := server.Comments(7)
	require.Len(t, comments, 252)
	assert.Equal(t, "<!-- threa: preview of prod -->\nthird", comments[250].Body)
	assert.Equal(t, "<!-- threa: preview of staging -->\nof another stack", comments[251].Body)
	assert.Empty(t, server.Comments(8))
}

func TestAnIssueIsOpenedOnceChangedAndClosed(t *testing.T) {
	c, server := connect(t)
	server.Add(githubtest.Entry{Body: mark("drift of prod") + "of a pull request", PullRequest: json.RawMessage(`{}`)})

	require.NoError(t, c.Close(t.Context(), "drift of prod", "gone"), "nothing to close")
	require.NoError(t, c.Issue(t.Context(), "drift of prod", "Drift", "one"))
	require.NoError(t, c.Issue(t.Context(), "drift of prod", "Drift", "two"))
	before := server.Writes()
	require.NoError(t, c.Issue(t.Context(), "drift of prod", "Drift", "two"))
	assert.Equal(t, before, server.Writes(), "what has not changed is not written again")
	require.NoError(t, c.Close(t.Context(), "drift of prod", "gone"))

	issues := server.Issues()
	require.Len(t, issues, 2)
	assert.Equal(t, "open", issues[0].State, "the pull request stays as it is")
	assert.Equal(t, githubtest.Entry{Number: 2, Title: "Drift", Body: mark("drift of prod") + "two", State: "closed"}, issues[1])
	assert.Equal(t, "gone", server.Comments(2)[0].Body)

	require.NoError(t, c.Issue(t.Context(), "drift of prod", "Drift", "again"))
	assert.Len(t, server.Issues(), 3, "a closed one is not opened again")
}

func TestWhatIsTooLongForGitHubIsCut(t *testing.T) {
	c, server := connect(t)
	require.NoError(t, c.Comment(t.Context(), 1, "plan", "````\n"+strings.Repeat("é", Longest)))
	body := server.Comments(1)[0].Body
	assert.LessOrEqual(t, len(body), Longest)
	assert.True(t, strings.HasSuffix(body, "é\n````\n\n… cut: the rest is in the run's log.\n"), body[len(body)-80:])
}

func TestARefusalIsAnErrorThatSaysWhatIsMissing(t *testing.T) {
	c, _ := connect(t)
	c.Token = "wrong"
	err := c.Comment(t.Context(), 1, "plan", "text")
	require.ErrorContains(t, err, "GitHub refuses GET issues/1/comments?per_page=100&page=1: 401")
	require.ErrorContains(t, err, "pull-requests: write")
	assert.NotContains(t, err.Error(), "wrong", "the token stays secret")

	for _, name := range []string{"GITHUB_API_URL", "GITHUB_REPOSITORY", "GITHUB_TOKEN"} {
		t.Setenv(name, "")
	}
	_, err = FromEnvironment()
	require.ErrorContains(t, err, "GITHUB_TOKEN must be set")
}
