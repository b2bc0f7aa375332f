package shim

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// What AWS offers: instance classes, node types, quotas and images. moto accepts any and lists none.

// orderable matches the instance classes and node types of the families that RDS and ElastiCache sell for PostgreSQL 13
// and later, Redis OSS and Valkey. Not every family has every size that it matches. Sources:
// https://docs.aws.amazon.com/AmazonRDS/latest/UserGuide/Concepts.DBInstanceClass.Support.html and
// https://docs.aws.amazon.com/AmazonElastiCache/latest/dg/CacheNodes.SupportedTypes.html
var orderable = regexp.MustCompile(`^(db|cache)\.(t3|t4g|m5d?|m6gd?|m6id?|m7g|m7i|m8g|r5d?|r6gd?|r6id?|r7g|r7i|r8g)\.` +
	`(micro|small|medium|large|[0-9]*xlarge)$`)

func isOrderable(kind, name string) bool {
	return strings.HasPrefix(name, kind+".") && orderable.MatchString(name)
}

// orderableOption is an option of DescribeOrderableDBInstanceOptions.
type orderableOption struct {
	Class, Version string
	Zones          []string
}

// describeOrderable answers DescribeOrderableDBInstanceOptions, of which moto has only Aurora, for a class.
func describeOrderable(c *call) (*reply, error) {
	class := c.form.Get("DBInstanceClass")
	if class == "" {
		return nil, badRequest("InvalidParameterValue", "%s needs DBInstanceClass in the local AWS", c.name())
	}
	var options []orderableOption
	for _, version := range slices.Concat(postgresReleases...) {
		if c.form.Get("Engine") == "postgres" && isOrderable("db", class) {
			options = append(options, orderableOption{class, version, []string{c.region + "a", c.region + "b", c.region + "c"}})
		}
	}
	return c.queryReply("OrderableDBInstanceOptions", options)
}

func checkInstanceClass(c *call) error {
	if class := c.form.Get("DBInstanceClass"); c.form.Has("DBInstanceClass") && !isOrderable("db", class) {
		return badRequest("InvalidParameterCombination", "RDS does not support creating a DB instance with the following "+
			"combination: DBInstanceClass=%s, Engine=postgres", class)
	}
	return nil
}

// describeNodeOfferings answers DescribeReservedCacheNodesOfferings for a node type.
func describeNodeOfferings(c *call) (*reply, error) {
	nodeType := c.form.Get("CacheNodeType")
	if !isOrderable("cache", nodeType) {
		nodeType = ""
	}
	return c.queryReply("ReservedCacheNodesOfferings", nodeType)
}

// vpcQuota is AWS's default for the VPCs of a region.
const vpcQuota = 5

// describeQuota answers GetServiceQuota and GetAWSDefaultServiceQuota. The account has the default.
func describeQuota(_ *call, in struct{ ServiceCode, QuotaCode string }) (any, error) {
	if in.ServiceCode != "vpc" || in.QuotaCode != "L-F678F1CE" {
		return nil, badRequest("NoSuchResourceException", "The local AWS has only the quota of VPCs.")
	}
	return map[string]any{"Quota": map[string]any{
		"ServiceCode": in.ServiceCode, "ServiceName": "Amazon Virtual Private Cloud (Amazon VPC)", "QuotaCode": in.QuotaCode,
		"QuotaName": "VPCs per Region", "Value": vpcQuota, "Unit": "None", "Adjustable": true, "GlobalQuota": false,
		"QuotaArn": "arn:aws:servicequotas::" + accountID + ":vpc/L-F678F1CE",
	}}, nil
}

func (a *account) checkVPCQuota(c *call) error {
	vpcs, err := a.upstream.query(c, "ec2", "DescribeVpcs")
	if err == nil && len(vpcs.FindElements(".//vpcSet/item")) >= vpcQuota {
		err = badRequest("VpcLimitExceeded", "The maximum number of VPCs has been reached.")
	}
	return err
}

// LocalImage is the tag of an image that every repository has without a push: the app on this machine.
const LocalImage = "local"

// findLocalImage answers BatchGetImage for LocalImage. moto answers for any other image.
func findLocalImage(_ *call, in struct {
	RepositoryName string
	ImageIDs       []struct{ ImageTag string } `json:"imageIds"`
},
) (any, error) {
	if len(in.ImageIDs) != 1 || in.ImageIDs[0].ImageTag != LocalImage {
		return nil, nil
	}
	const platform = `{"platform":{"os":"linux","architecture":"%s"}}`
	manifest := fmt.Sprintf(`{"manifests":[`+platform+`,`+platform+`]}`, "amd64", "arm64")
	return map[string]any{"failures": []any{}, "images": []any{map[string]any{
		"repositoryName": in.RepositoryName, "imageId": in.ImageIDs[0], "imageManifest": manifest,
	}}}, nil
}

// checkListenerCertificate refuses a certificate that ACM lacks or has not issued.
func (a *account) checkListenerCertificate(c *call) error {
	arn := c.form.Get("Certificates.member.1.CertificateArn")
	if arn == "" {
		return nil
	}
	var out struct{ Certificate struct{ Status string } }
	in := map[string]any{"CertificateArn": arn}
	err := a.upstream.jsonOf(c, "acm", "CertificateManager.DescribeCertificate", in, &out)
	switch {
	case errors.Is(err, errRefused):
		return badRequest("CertificateNotFound", "Certificate '%s' not found", arn)
	case err == nil && out.Certificate.Status != "ISSUED":
		return badRequest("UnsupportedCertificate", "The certificate '%s' is not issued", arn)
	}
	return err
}

// checkNewTopic refuses the provider's first attempt to create a topic that exists. AWS returns such a topic, but
// Pulumi's AWS plugin looks it up first and refuses it; the Terraform provider, which stands for the plugin here, does
// not. Source: patches/0017-non-idempotent-sns-topic-creation.patch of pulumi-aws.
func (a *account) checkNewTopic(c *call) error {
	header := c.request.Header
	if !strings.Contains(header.Get("User-Agent"), "terraform-provider-aws/") ||
		!strings.HasPrefix(header.Get("Amz-Sdk-Request"), "attempt=1;") {
		return nil
	}
	topics, err := a.upstream.query(c, "sns", "ListTopics")
	if err != nil {
		return err
	}
	for _, topic := range topics.FindElements(".//TopicArn") {
		if strings.HasSuffix(topic.Text(), ":"+c.form.Get("Name")) {
			return badRequest("InvalidParameter", "SNS Topic (%s) already exists", c.form.Get("Name"))
		}
	}
	return nil
}
