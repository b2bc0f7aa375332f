package secrets

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/url"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// printable are the 95 printable characters of ASCII.
func printable() string {
	var all strings.Builder
	for c := byte(' '); c <= '~'; c++ {
		all.WriteByte(c)
	}
	return all.String()
}

// passwordOf takes the password out of a URL the way a client does.
func passwordOf(t testing.TB, text string) string {
	t.Helper()
	parsed, err := url.ParseRequestURI(text)
	require.NoError(t, err)
	password, set := parsed.User.Password()
	require.True(t, set, text)
	return password
}

func TestEscape_KeepsUnreservedCharacters(t *testing.T) {
	const unreserved = "AZaz09-._~"
	assert.Equal(t, unreserved, escape(unreserved), "an encoded letter would be right and unreadable")
	assert.Equal(t, "%C3%B6", escape("ö"), "bytes of UTF-8")
	assert.Equal(t, "%0A", escape("\n"), "two digits at all times")
}

// TestURLs_NodeReadsTheSameParts hands URLs to the parser that Node, Bun and the clients in JavaScript share.
func TestURLs_NodeReadsTheSameParts(t *testing.T) {
	type parts struct{ User, Password, Host, Port, Database, Query string }
	want := map[string]parts{}
	for _, c := range printable() + "é\t\n" {
		text := "a" + string(c) + "z"
		want[databaseURL(text, text+text, "db.example.com", text, 5433)] = parts{
			text,
			text + text,
			"db.example.com",
			"5433",
			"/" + text,
			"?sslmode=verify-full",
		}
		assert.Regexp(t, `^postgresql://[A-Za-z0-9._~%-]+:[A-Za-z0-9._~%-]+@db\.example\.com:5433/[A-Za-z0-9._~%-]+\?sslmode=`,
			databaseURL(text, text+text, "db.example.com", text, 5433), "some client fails on an unencoded %q", c)
		want[cacheURL(text, "cache.example.com", 6379)] = parts{"", text, "cache.example.com", "6379", "", ""}
	}
	const script = `const urls = JSON.parse(require("fs").readFileSync(0, "utf8"));
		console.log(JSON.stringify(Object.fromEntries(urls.map((text) => {
			const url = new URL(text), plain = decodeURIComponent;
			return [text, { User: plain(url.username), Password: plain(url.password), Host: url.hostname, Port: url.port,
				Database: plain(url.pathname), Query: url.search }];
		}))))`
	urls, err := json.Marshal(slices.Collect(maps.Keys(want)))
	require.NoError(t, err)
	node := exec.Command("node", "-e", script)
	node.Stdin, node.Stderr = bytes.NewReader(urls), os.Stderr
	out, err := node.Output()
	require.NoError(t, err, "the tests need Node.js on PATH")
	var got map[string]parts
	require.NoError(t, json.Unmarshal(out, &got))
	require.Equal(t, want, got)
}
