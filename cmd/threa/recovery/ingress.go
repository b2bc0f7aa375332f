package recovery

import (
	"context"
	"errors"
	"strings"

	"threa-infra/internal/awsquery"
)

// What leads users to the tasks. Source of calls and answers:
// https://docs.aws.amazon.com/elasticloadbalancing/latest/APIReference/ and https://docs.aws.amazon.com/acm/latest/APIReference/

const (
	certificates = "aws:acm/certificate:Certificate"
	targetGroups = "aws:lb/targetGroup:TargetGroup"
)

const loadBalancing = "elasticloadbalancing"

func findLoadBalancer(ctx context.Context, api *API, _ *state, inputs object) (string, error) {
	wanted, err := known(inputs, "name")
	if err != nil {
		return "", err
	}
	var answer struct {
		ARN string `xml:"DescribeLoadBalancersResult>LoadBalancers>member>LoadBalancerArn"`
	}
	err = api.Query(ctx, loadBalancing, "DescribeLoadBalancers", map[string]string{"Names.member.1": wanted}, &answer)
	var refused *awsquery.Error
	if errors.As(err, &refused) && strings.Contains(refused.Message, "LoadBalancerNotFound") {
		return "", nil
	}
	return answer.ARN, err
}

// findListener takes the one on a port, of which a load balancer has no second.
func findListener(ctx context.Context, api *API, _ *state, inputs object) (string, error) {
	balancer, err := known(inputs, "loadBalancerArn")
	if err != nil {
		return "", err
	}
	var answer struct {
		Listeners []struct {
			ARN  string `xml:"ListenerArn"`
			Port string
		} `xml:"DescribeListenersResult>Listeners>member"`
	}
	err = api.Query(ctx, loadBalancing, "DescribeListeners", map[string]string{"LoadBalancerArn": balancer}, &answer)
	for _, one := range answer.Listeners {
		if one.Port == inputs.text("port") {
			return one.ARN, err
		}
	}
	return "", err
}

// targetGroup is a group of targets as AWS describes it.
type targetGroup struct {
	ARN  string `xml:"TargetGroupArn"`
	Name string `xml:"TargetGroupName"`
	VPC  string `xml:"VpcId"`
	Port string
}

// findTargetGroup takes one that begins and is tagged as it should, and that the state does not know.
func findTargetGroup(ctx context.Context, api *API, there *state, inputs object) (string, error) {
	vpc, err := known(inputs, "vpcId")
	if err != nil {
		return "", err
	}
	parameters := map[string]string{}
	for {
		var answer struct {
			Groups []targetGroup `xml:"DescribeTargetGroupsResult>TargetGroups>member"`
			Next   string        `xml:"DescribeTargetGroupsResult>NextMarker"`
		}
		if err := api.Query(ctx, loadBalancing, "DescribeTargetGroups", parameters, &answer); err != nil {
			return "", err
		}
		for _, one := range answer.Groups {
			if one.VPC != vpc || one.Port != inputs.text("port") || !strings.HasPrefix(one.Name, inputs.text("namePrefix")) ||
				there.has(targetGroups, one.ARN) {
				continue
			}
			if same, err := api.hasTags(ctx, one.ARN, inputs.object("tags")); same || err != nil {
				return one.ARN, err
			}
		}
		if answer.Next == "" {
			return "", nil
		}
		parameters["Marker"] = answer.Next
	}
}

func (a *API) hasTags(ctx context.Context, arn string, wanted object) (bool, error) {
	var answer struct {
		Tags []tag `xml:"DescribeTagsResult>TagDescriptions>member>Tags>member"`
	}
	err := a.Query(ctx, loadBalancing, "DescribeTags", map[string]string{"ResourceArns.member.1": arn}, &answer)
	return err == nil && hasTags(asObject(answer.Tags), wanted), err
}

// findCertificate takes one for the name with the stack's tags that the state does not know.
func findCertificate(ctx context.Context, api *API, there *state, inputs object) (string, error) {
	domain, err := known(inputs, "domainName")
	if err != nil {
		return "", err
	}
	question := map[string]any{}
	for {
		var answer struct {
			CertificateSummaryList []struct{ CertificateArn, DomainName string }
			NextToken              string
		}
		if err := api.ACM(ctx, "ListCertificates", question, &answer); err != nil {
			return "", err
		}
		for _, one := range answer.CertificateSummaryList {
			if one.DomainName != domain || there.has(certificates, one.CertificateArn) {
				continue
			}
			var of struct{ Tags []tag }
			err := api.ACM(ctx, "ListTagsForCertificate", map[string]any{"CertificateArn": one.CertificateArn}, &of)
			if err != nil || hasTags(asObject(of.Tags), inputs.object("tags")) {
				return one.CertificateArn, err
			}
		}
		if answer.NextToken == "" {
			return "", nil
		}
		question["NextToken"] = answer.NextToken
	}
}
