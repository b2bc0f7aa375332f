package front

import (
	"encoding/json"
	"encoding/xml"
	"net/http"
	"net/url"
	"strings"
)

// cloudControlRule answers Cloud Control's GetResource, which moto does not have, for the types that the program looks up
// with it. Source: https://docs.aws.amazon.com/cloudcontrolapi/latest/APIReference/API_GetResource.html
type cloudControlRule struct{ upstream *upstream }

func (*cloudControlRule) after(*call, *reply) error { return nil }

func (*cloudControlRule) forget() {}

// awsTag is a tag as CloudFormation's types have it.
type awsTag struct{ Key, Value string }

func (r *cloudControlRule) before(c *call) (*reply, error) {
	var in struct{ TypeName, Identifier string }
	if err := c.decode(&in); err != nil || c.action != "GetResource" {
		return nil, err
	}
	find := map[string]func(*call, string) (bool, []awsTag, error){
		"AWS::CloudWatch::Alarm": r.alarm, "AWS::CloudWatch::Dashboard": r.dashboard, "AWS::Events::Rule": r.eventRule,
	}[in.TypeName]
	if find == nil {
		return nil, badRequest("UnsupportedActionException", "the local AWS cannot look up %s: add it to cloudcontrol.go", in.TypeName)
	}
	found, tags, err := find(c, in.Identifier)
	if err != nil {
		return nil, err
	}
	if !found {
		return nil, badRequest("ResourceNotFoundException", "Resource of type '%s' with identifier '%s' was not found.", in.TypeName, in.Identifier)
	}
	properties, err := json.Marshal(map[string]any{"Tags": tags})
	if err != nil {
		return nil, err
	}
	body, err := json.Marshal(map[string]any{
		"TypeName": in.TypeName, "ResourceDescription": map[string]string{"Identifier": in.Identifier, "Properties": string(properties)},
	})
	return &reply{status: http.StatusOK, contentType: "application/x-amz-json-1.0", body: body}, err
}

func (r *cloudControlRule) alarm(c *call, name string) (bool, []awsTag, error) {
	var described struct {
		ARN string `xml:"DescribeAlarmsResult>MetricAlarms>member>AlarmArn"`
	}
	if _, err := r.monitoring(c, &described, url.Values{"Action": {"DescribeAlarms"}, "AlarmNames.member.1": {name}}); err != nil {
		return false, nil, err
	}
	if described.ARN == "" {
		return false, nil, nil
	}
	var listed struct {
		Tags []awsTag `xml:"ListTagsForResourceResult>Tags>member"`
	}
	_, err := r.monitoring(c, &listed, url.Values{"Action": {"ListTagsForResource"}, "ResourceARN": {described.ARN}})
	return true, listed.Tags, err
}

func (r *cloudControlRule) dashboard(c *call, name string) (bool, []awsTag, error) {
	var ignored struct{}
	found, err := r.monitoring(c, &ignored, url.Values{"Action": {"GetDashboard"}, "DashboardName": {name}})
	return found, nil, err
}

// monitoring asks moto's CloudWatch, and tells whether it has what is asked for.
func (r *cloudControlRule) monitoring(c *call, out any, form url.Values) (bool, error) {
	form.Set("Version", "2010-08-01")
	answer, err := r.upstream.query(c, "monitoring", form)
	if err != nil || answer.status != http.StatusOK {
		return false, err
	}
	return true, xml.Unmarshal(answer.body, out)
}

func (r *cloudControlRule) eventRule(c *call, arn string) (bool, []awsTag, error) {
	var ignored struct{ Name string }
	name := arn[strings.LastIndex(arn, "/")+1:]
	found, err := r.upstream.jsonOf(c, "events", "AWSEvents.DescribeRule", map[string]string{"Name": name}, &ignored)
	if err != nil || !found {
		return false, nil, err
	}
	var listed struct{ Tags []awsTag }
	_, err = r.upstream.jsonOf(c, "events", "AWSEvents.ListTagsForResource", map[string]string{"ResourceARN": arn}, &listed)
	return true, listed.Tags, err
}
