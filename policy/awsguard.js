// Pulumi's own rules for AWS, advisory: the tests decide what stays open, by accepted.yaml.
const { AwsGuard } = require("@pulumi/awsguard");

new AwsGuard({
  all: "advisory",
  // It asks AWS about each certificate, and fails for one that a preview has yet to create. ACM renews the certificates
  // of a stack.
  acmCertificateExpiration: "disabled",
});
