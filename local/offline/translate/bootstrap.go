package translate

import "maps"

// bootstrap maps each pulumi-aws resource of the stack in the folder bootstrap to its Terraform resource. It is apart
// from the program: nothing looks there for what a killed run left behind.
var bootstrap = map[string]string{
	"aws:iam/openIdConnectProvider:OpenIdConnectProvider":    "aws_iam_openid_connect_provider",
	"aws:iam/policy:Policy":                                  "aws_iam_policy",
	"aws:kms/alias:Alias":                                    "aws_kms_alias",
	"aws:kms/key:Key":                                        "aws_kms_key",
	"aws:s3/bucketPolicy:BucketPolicy":                       "aws_s3_bucket_policy",
	"aws:s3/bucketPublicAccessBlock:BucketPublicAccessBlock": "aws_s3_bucket_public_access_block",
	"aws:s3/bucketServerSideEncryptionConfigurationV2:BucketServerSideEncryptionConfigurationV2": "aws_s3_bucket_server_side_encryption_configuration",
	"aws:s3/bucketV2:BucketV2":                     "aws_s3_bucket",
	"aws:s3/bucketVersioningV2:BucketVersioningV2": "aws_s3_bucket_versioning",
}

var bootstrapFunctions = map[string]string{"aws:s3/getObjects:getObjects": "aws_s3_objects"}

// resources and functions are what the local AWS knows.
var resources, functions = union(program, bootstrap), union(programFunctions, bootstrapFunctions)

func union(one, other map[string]string) map[string]string {
	all := maps.Clone(one)
	maps.Copy(all, other)
	return all
}
