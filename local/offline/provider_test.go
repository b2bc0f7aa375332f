package offline

import (
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// binary is where terraform init puts the provider.
var binary = filepath.Join(".terraform", "providers", "registry.terraform.io", "hashicorp", "aws", providerVersion,
	runtime.GOOS+"_"+runtime.GOARCH, "terraform-provider-aws_v"+providerVersion+"_x5")

func TestFindProvider(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	t.Setenv(providerVariable, "")
	dir := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, binary)), 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(dir, binary), nil, 0o755))
	path, err := FindProvider(dir)
	require.NoError(t, err)
	assert.Equal(t, filepath.Join(dir, binary), path)

	named := filepath.Join(t.TempDir(), "provider")
	t.Setenv(providerVariable, named)
	_, err = FindProvider(dir)
	require.ErrorContains(t, err, "find terraform-provider-aws in "+providerVariable)
	require.NoError(t, os.WriteFile(named, nil, 0o755))
	path, err = FindProvider(dir)
	require.NoError(t, err)
	assert.Equal(t, named, path)
}

func TestFetchProvider(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	t.Setenv(providerVariable, "")
	bin, dir := t.TempDir(), filepath.Join(t.TempDir(), "terraform")
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	terraform := filepath.Join(bin, "terraform")
	require.NoError(t, os.WriteFile(terraform, []byte("#!/bin/sh\necho 'Error: no such host'; exit 1\n"), 0o755))
	_, err := FetchProvider(t.Context(), dir)
	require.ErrorContains(t, err, "install Terraform")
	require.ErrorContains(t, err, "no such host")

	script := "#!/bin/sh\nmkdir -p " + filepath.Dir(binary) + " && touch " + binary + "\n"
	require.NoError(t, os.WriteFile(terraform, []byte(script), 0o755))
	path, err := FetchProvider(t.Context(), dir)
	require.NoError(t, err)
	assert.Equal(t, filepath.Join(dir, binary), path)
}
