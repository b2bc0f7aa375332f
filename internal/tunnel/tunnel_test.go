package tunnel

import (
	"encoding/base64"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var sample = Token{
	Account: "0123456789abcdef0123456789abcdef", Tunnel: "01234567-89ab-cdef-0123-456789abcdef",
	Secret: []byte("thirty-two bytes that are secret"),
}

func TestParse_ReadsCloudflaresFormat(t *testing.T) {
	// In another order, and with the region that some tokens have.
	text := base64.StdEncoding.EncodeToString([]byte(`{"t":"01234567-89ab-cdef-0123-456789abcdef",` +
		`"s":"dGhpcnR5LXR3byBieXRlcyB0aGF0IGFyZSBzZWNyZXQ=","a":"0123456789abcdef0123456789abcdef","e":"fed"}`))
	got, err := Parse(text)
	require.NoError(t, err)
	assert.Equal(t, sample, *got)
	again, err := Parse(sample.Text())
	require.NoError(t, err)
	assert.Equal(t, sample, *again)
	assert.Regexp(t, "^eyJ", sample.Text(), "by which messages describe it")
}

func TestParse_RefusesOthersUnshown(t *testing.T) {
	encode := func(json string) string { return base64.StdEncoding.EncodeToString([]byte(json)) }
	for name, text := range map[string]string{
		"nothing":               "",
		"the whole command":     "cloudflared service install " + sample.Text(),
		"a space at the end":    sample.Text() + " ",
		"cut off":               sample.Text()[:40],
		"the id of the tunnel":  sample.Tunnel,
		"base64 of something":   encode("s3cr3t"),
		"without an account":    encode(`{"t":"01234567-89ab-cdef-0123-456789abcdef","s":"czNjcjN0"}`),
		"a name for the tunnel": encode(`{"a":"0123","t":"threa","s":"czNjcjN0"}`),
		"without a secret":      encode(`{"a":"0123","t":"01234567-89ab-cdef-0123-456789abcdef"}`),
		"an unencoded secret":   encode(`{"a":"0123","t":"01234567-89ab-cdef-0123-456789abcdef","s":"s3cr3t!"}`),
	} {
		_, err := Parse(text)
		require.Error(t, err, name)
		assert.NotContains(t, err.Error(), "s3cr3t", name)
		assert.NotContains(t, err.Error(), "01234567", name)
	}
	assert.Equal(t, "[secret] [secret] [secret]", fmt.Sprintf("%v %+v %#v", sample, &sample, sample))
}
