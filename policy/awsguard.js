// Pulumi's own rules for AWS, all of them, advisory: the tests decide what stays open, by accepted.yaml.
const { AwsGuard } = require("@pulumi/awsguard");

new AwsGuard({ all: "advisory" });
