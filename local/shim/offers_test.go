package shim

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestOffers_RefuseUnknownTypes(t *testing.T) {
	c, m := rdsShim(t)
	for class, offered := range map[string]bool{
		"db.t4g.micro": true, "db.r7g.16xlarge": true, "db.t2.micro": false, "db.zz9.micro": false, "cache.t4g.micro": false,
	} {
		options := c.query("rds", "DescribeOrderableDBInstanceOptions", "Engine", "postgres", "DBInstanceClass", class)
		assert.Equal(t, offered, strings.Contains(options.body, "<EngineVersion>17.6</EngineVersion>"), class)
		if !offered {
			createInstance(c, "DBInstanceClass", class).refused(t, http.StatusBadRequest, "InvalidParameterCombination")
			c.query("rds", "ModifyDBInstance", "DBInstanceIdentifier", "threa", "DBInstanceClass", class).refused(t,
				http.StatusBadRequest, "InvalidParameterCombination")
		}
	}
	assert.Empty(t, m.got("CreateDBInstance"))
	for nodeType, offered := range map[string]bool{"cache.t4g.micro": true, "cache.zz9.micro": false} {
		offerings := c.query("elasticache", "DescribeReservedCacheNodesOfferings", "CacheNodeType", nodeType)
		assert.Equal(t, offered, strings.Contains(offerings.body, "<CacheNodeType>"+nodeType+"<"), nodeType)
	}
}

func TestQuotas_LimitVPCs(t *testing.T) {
	vpcs := "<R><vpcSet>"
	c, m := newShim(t, map[string]string{"CreateVpc": "<CreateVpcResponse/>"})
	for range vpcQuota {
		m.answers["DescribeVpcs"] = vpcs + "</vpcSet></R>"
		assert.Equal(t, http.StatusOK, c.query("ec2", "CreateVpc").status)
		vpcs += "<item/>"
	}
	m.answers["DescribeVpcs"] = vpcs + "</vpcSet></R>"
	c.query("ec2", "CreateVpc").refused(t, http.StatusBadRequest, "VpcLimitExceeded")

	const quota = `{"ServiceCode":"vpc","QuotaCode":"L-F678F1CE"}`
	assert.Contains(t, c.accepted("servicequotas", "GetServiceQuota", quota), `"Value":5`)
	assert.Contains(t, c.accepted("servicequotas", "GetAWSDefaultServiceQuota", quota), `"Value":5`)
	c.json("servicequotas", "GetServiceQuota", `{"ServiceCode":"ec2","QuotaCode":"L-1"}`).refused(t, http.StatusBadRequest,
		"NoSuchResourceException")
}

func TestImages_OnlyTheLocalOneIsAlwaysThere(t *testing.T) {
	c, _ := newShim(t, map[string]string{"BatchGetImage": `{"images":[],"failures":[{"failureCode":"ImageNotFound"}]}`})
	get := func(tag string) string {
		return c.accepted("ecr", "BatchGetImage", `{"repositoryName":"threa","imageIds":[{"imageTag":"`+tag+`"}]}`)
	}
	assert.Contains(t, get(LocalImage), "arm64")
	assert.Contains(t, get("v1"), "ImageNotFound")
}

func TestListeners_NeedAnIssuedCertificate(t *testing.T) {
	answers := map[string]string{"CreateListener": "<CreateListenerResponse/>"}
	c, _ := newShim(t, answers)
	create := func() answer {
		return c.query("elasticloadbalancing", "CreateListener", "Certificates.member.1.CertificateArn", "arn:x")
	}
	create().refused(t, http.StatusBadRequest, "CertificateNotFound")
	answers["DescribeCertificate"] = `{"Certificate":{"Status":"PENDING_VALIDATION"}}`
	create().refused(t, http.StatusBadRequest, "UnsupportedCertificate")
	answers["DescribeCertificate"] = `{"Certificate":{"Status":"ISSUED"}}`
	assert.Equal(t, http.StatusOK, create().status)
	assert.Equal(t, http.StatusOK, c.query("elasticloadbalancing", "CreateListener", "Port", "80").status)
}

func TestTopics_PluginRefusesExisting(t *testing.T) {
	c, m := newShim(t, map[string]string{"CreateTopic": "<R/>",
		"ListTopics": "<R><member><TopicArn>arn:aws:sns:eu-central-1:123456789012:threa-alarms</TopicArn></member></R>"})
	agent, first := [2]string{"User-Agent", "APN/1.0 HashiCorp/1.0 terraform-provider-aws/5.100.0"},
		[2]string{"Amz-Sdk-Request", "attempt=1; max=25"}
	for _, test := range []struct {
		headers [][2]string
		name    string
		refused bool
	}{
		{[][2]string{agent, first}, "threa-alarms", true},
		{[][2]string{agent, first}, "alarms", false},
		{[][2]string{agent, {"Amz-Sdk-Request", "attempt=2; max=25"}}, "threa-alarms", false},
		{[][2]string{first}, "threa-alarms", false},
	} {
		c.headers = test.headers
		answer := c.query("sns", "CreateTopic", "Name", test.name)
		if test.refused {
			answer.refused(t, http.StatusBadRequest, "SNS Topic (threa-alarms) already exists")
		} else {
			assert.Equal(t, http.StatusOK, answer.status, "%v", test)
		}
	}
	assert.Len(t, m.got("CreateTopic"), 3)
}
