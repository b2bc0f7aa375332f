package compute

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"threa-infra/internal/mocks"
	"threa-infra/internal/mocks/awssdk/ecr"
	"threa-infra/internal/naming"
)

const (
	single = `{"config":{"digest":"sha256:c0"},"layers":[]}`
	digest = "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
)

// checkImage looks for an image in an account. config is the configuration of every image.
func checkImage(t *testing.T, aws *mocks.AWS, config, tag, architecture string) error {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if config == "" {
			w.WriteHeader(http.StatusForbidden)
		}
		_, _ = io.WriteString(w, config)
	}))
	defer server.Close()
	names := naming.Stack{Name: "threa", Region: mocks.Region}
	return CheckImage(t.Context(), ecr.Client{AWS: aws, ImageConfig: server.URL}, names, tag, architecture)
}

// The URL of a layer has a signature, which must not be in a log.
func TestCheckImage_HidesTheSignature(t *testing.T) {
	server := httptest.NewServer(nil)
	server.Close()
	account := (&mocks.AWS{}).Add(ecr.Image, mocks.Item{"reference": "single", "manifest": single})
	for _, url := range []string{server.URL + "?X-Amz-Signature=s3cret", "://?X-Amz-Signature=s3cret"} {
		err := CheckImage(t.Context(), ecr.Client{AWS: account, ImageConfig: url},
			naming.Stack{Name: "threa", Region: mocks.Region}, "single", "arm64")
		require.ErrorContains(t, err, "not checked: whether")
		assert.NotContains(t, err.Error(), "s3cret")
	}
}

func TestCheckImage(t *testing.T) {
	account := (&mocks.AWS{}).Add(ecr.Image,
		mocks.Item{"reference": "both"}, mocks.Item{"reference": digest},
		mocks.Item{"reference": "amd", "manifest": strings.Replace(ecr.Index, "arm64", "amd64", 1)},
		mocks.Item{"reference": "single", "manifest": single}, mocks.Item{"reference": "unknown", "manifest": "{}"},
		mocks.Item{"reference": "broken", "manifest": "<html>"},
	)
	denied := &mocks.AWS{Refused: []string{"ecr:BatchGetImage"}}
	partial := &mocks.AWS{Existing: account.Existing, Refused: []string{"ecr:GetDownloadUrlForLayer"}}
	const arm, amd = `{"architecture":"arm64","os":"linux","config":{}}`, `{"architecture":"amd64","os":"linux"}`
	for name, row := range map[string]struct {
		aws                       *mocks.AWS
		tag, architecture, config string
		want                      string // no error if empty
	}{
		"for both architectures":          {account, "both", "arm64", "", ""},
		"by digest":                       {account, digest, "x86_64", "", ""},
		"for one, with an attestation":    {account, "amd", "x86_64", "", ""},
		"without an index":                {account, "single", "arm64", arm, ""},
		"a manifest without architecture": {account, "unknown", "arm64", "", ""},
		"another architecture": {account, "amd", "arm64", "",
			`the image amd of threa:imageTag is built for linux/amd64, linux/amd64, but threa:cpuArchitecture is "arm64"`},
		"another one without an index": {account, "single", "arm64", amd, "Build it again:\n    go run ./cmd/threa deploy"},
		"a configuration that cannot be read": {account, "single", "arm64", "",
			"not checked: whether the repository threa has the image single for linux/arm64: read the image's configuration"},
		"a broken manifest": {account, "broken", "arm64", "", "not checked: whether"},
		"no such tag": {account, "v2", "x86_64", "",
			`threa:imageTag is "v2", but the repository threa has no such image. Push it, or choose another one:
    aws ecr describe-images --region eu-central-1 --repository-name threa`},
		"no such repository":                  {(&mocks.AWS{}).Add(ecr.Image), "v2", "x86_64", "", "does not exist yet"},
		"no permission":                       {denied, "both", "x86_64", "", "not checked: whether"},
		"no permission for the configuration": {partial, "single", "x86_64", "", "not checked: whether"},
	} {
		t.Run(name, func(t *testing.T) {
			err := checkImage(t, row.aws, row.config, row.tag, row.architecture)
			if row.want == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, row.want)
			}
		})
	}
}
