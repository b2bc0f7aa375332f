// Package github keeps one comment on a pull request, and one issue, up to date. Each begins with a mark that nobody sees
// and by which it is found again, so that it is changed and not written a second time.
package github

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"
	"time"
)

// Longest is how many characters GitHub takes in a comment or an issue. Source:
// https://docs.github.com/en/rest/issues/comments
const Longest = 65536

const perPage = 100 // the most that GitHub lists at once

// Client talks to one repository.
type Client struct {
	API        string // https://api.github.com
	Repository string // OWNER/NAME
	Token      string
	HTTP       *http.Client
}

// FromEnvironment is the client of a workflow's run, which has GITHUB_API_URL and GITHUB_REPOSITORY; GITHUB_TOKEN has to
// be handed to the step.
func FromEnvironment() (*Client, error) {
	c := &Client{
		API: os.Getenv("GITHUB_API_URL"), Repository: os.Getenv("GITHUB_REPOSITORY"), Token: os.Getenv("GITHUB_TOKEN"),
		HTTP: &http.Client{Timeout: 30 * time.Second},
	}
	if c.API == "" || c.Repository == "" || c.Token == "" {
		return nil, errors.New("this is for a step of a GitHub workflow: GITHUB_API_URL, GITHUB_REPOSITORY and GITHUB_TOKEN must be set")
	}
	return c, nil
}

// entry is a comment or an issue.
type entry struct {
	ID          int64           `json:"id"`
	Number      int             `json:"number"`
	Body        string          `json:"body"`
	PullRequest json.RawMessage `json:"pull_request"` // GitHub lists pull requests among the issues
}

func mark(about string) string { return "<!-- threa: " + about + " -->\n" }

// Comment writes the comment about something on a pull request, or changes the one that is there.
func (c *Client) Comment(ctx context.Context, pullRequest int, about, body string) error {
	list := fmt.Sprintf("issues/%d/comments", pullRequest)
	there, err := c.find(ctx, list, about)
	if err != nil {
		return err
	}
	text := map[string]string{"body": fit(mark(about) + body)}
	if there == nil {
		return c.call(ctx, http.MethodPost, list, text, nil)
	}
	return c.call(ctx, http.MethodPatch, fmt.Sprintf("issues/comments/%d", there.ID), text, nil)
}

// Issue opens the issue about something, or changes the body of the one that is open.
func (c *Client) Issue(ctx context.Context, about, title, body string) error {
	there, err := c.find(ctx, "issues", about)
	if err != nil {
		return err
	}
	body = fit(mark(about) + body)
	switch {
	case there == nil:
		return c.call(ctx, http.MethodPost, "issues", map[string]string{"title": title, "body": body}, nil)
	case there.Body == body:
		return nil
	}
	return c.call(ctx, http.MethodPatch, fmt.Sprintf("issues/%d", there.Number), map[string]string{"body": body}, nil)
}

// Close closes the issue about something with a last comment, where one is open.
func (c *Client) Close(ctx context.Context, about, comment string) error {
	there, err := c.find(ctx, "issues", about)
	if err != nil || there == nil {
		return err
	}
	issue := fmt.Sprintf("issues/%d", there.Number)
	if err := c.call(ctx, http.MethodPost, issue+"/comments", map[string]string{"body": comment}, nil); err != nil {
		return err
	}
	return c.call(ctx, http.MethodPatch, issue, map[string]string{"state": "closed", "state_reason": "completed"}, nil)
}

// find looks through a list, page by page, for the entry with a mark. Issues are listed open ones only.
func (c *Client) find(ctx context.Context, list, about string) (*entry, error) {
	for page := 1; ; page++ {
		var entries []entry
		if err := c.call(ctx, http.MethodGet, fmt.Sprintf("%s?per_page=%d&page=%d", list, perPage, page), nil, &entries); err != nil {
			return nil, err
		}
		for _, one := range entries {
			if strings.HasPrefix(one.Body, mark(about)) && one.PullRequest == nil {
				return &one, nil
			}
		}
		if len(entries) < perPage {
			return nil, nil //nolint:nilnil // there is none, which is no error
		}
	}
}

// fence is what stands around a plan: longer than what a plan could hold itself.
const fence = "````"

// fit cuts what GitHub would refuse.
func fit(body string) string {
	const cut = "\n\n… cut: the rest is in the run's log.\n"
	if len(body) <= Longest {
		return body
	}
	body = strings.ToValidUTF8(body[:Longest-len(cut)-len("\n"+fence)], "")
	if strings.Count(body, fence)%2 == 1 {
		body += "\n" + fence
	}
	return body + cut
}

// call makes a call of GitHub's REST API.
func (c *Client) call(ctx context.Context, method, path string, question, answer any) error {
	var body io.Reader
	if question != nil {
		text, err := json.Marshal(question)
		if err != nil {
			return fmt.Errorf("ask GitHub: %w", err)
		}
		body = bytes.NewReader(text)
	}
	request, err := http.NewRequestWithContext(ctx, method, c.API+"/repos/"+c.Repository+"/"+path, body)
	if err != nil {
		return fmt.Errorf("ask GitHub: %w", err)
	}
	request.Header.Set("Authorization", "Bearer "+c.Token)
	request.Header.Set("Accept", "application/vnd.github+json")
	request.Header.Set("X-GitHub-Api-Version", "2022-11-28")
	response, err := c.HTTP.Do(request)
	if err != nil {
		return fmt.Errorf("ask GitHub: %w", err)
	}
	defer func() { _ = response.Body.Close() }()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		return fmt.Errorf("read GitHub's answer: %w", err)
	}
	if response.StatusCode >= http.StatusBadRequest {
		return fmt.Errorf("GitHub refuses %s %s: %d: %s\n(the job needs the permission: issues or pull-requests: write)",
			method, path, response.StatusCode, text)
	}
	if answer == nil {
		return nil
	}
	if err := json.Unmarshal(text, answer); err != nil {
		return fmt.Errorf("read GitHub's answer: %w", err)
	}
	return nil
}
