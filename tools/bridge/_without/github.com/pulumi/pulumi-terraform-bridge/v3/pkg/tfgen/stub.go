// Package tfgen leaves out the generators of schemas, SDKs and documentation.
package tfgen

import (
	"context"
	"errors"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/spf13/afero"
)

type (
	Language string

	GeneratorOptions struct {
		Package, Version            string
		Language                    Language
		ProviderInfo                tfbridge.ProviderInfo
		Root                        afero.Fs
		Sink                        diag.Sink
		XInMemoryDocs, SkipExamples bool
	}
	GenerateSchemaResult struct{ PackageSpec schema.PackageSpec }
	Generator            struct{}
)

const (
	Schema       Language = "schema"
	RegistryDocs Language = "registry-docs"
)

var errLeftOut = errors.New("this build of the bridge cannot generate a schema")

func NewGenerator(GeneratorOptions) (*Generator, error) { return nil, errLeftOut }

func (*Generator) Generate(context.Context) (*GenerateSchemaResult, error) { return nil, errLeftOut }

func GenerateSchema(tfbridge.ProviderInfo, diag.Sink) (schema.PackageSpec, error) {
	return schema.PackageSpec{}, errLeftOut
}
