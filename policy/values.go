package policy

import "fmt"

// references are the texts that stand for a resource elsewhere: its ID and its ARN, as the tests' make-believe AWS
// makes them.
func (k kind) references(r Resource) map[string]any {
	all := map[string]any{}
	ref := map[string]any{"Ref": r.logical()}
	if k.byID {
		all[r.Name+"-id"] = ref
	}
	if k.refARN != nil {
		all[k.refARN(r.Inputs)] = ref
	}
	if k.getARN != nil {
		all[k.getARN(r.Inputs)] = map[string]any{"Fn::GetAtt": []any{r.logical(), "Arn"}}
	}
	return all
}

func always(f func(any) any) func(any) (any, error) {
	return func(value any) (any, error) { return f(value), nil }
}

// awsvpc writes the one switch that is a word in CloudFormation.
func awsvpc(value any) (any, error) {
	network, ok := capitals(value).(map[string]any)
	public, isBool := network["AssignPublicIp"].(bool)
	if !ok || !isBool {
		return nil, fmt.Errorf("%v does not say whether tasks get public addresses", value)
	}
	network["AssignPublicIp"] = map[bool]string{true: "ENABLED", false: "DISABLED"}[public]
	return network, nil
}

// containers reads container definitions. The options of a log driver are the driver's own and stay as they are.
func containers(value any) (any, error) {
	definitions, err := parsed(value)
	if err != nil {
		return nil, err
	}
	list, ok := definitions.([]any)
	if !ok {
		return nil, fmt.Errorf("%v is no list", definitions)
	}
	return each(list, func(one any) any {
		container := capitals(one).(map[string]any)
		options := one.(map[string]any)["logConfiguration"].(map[string]any)["options"]
		container["LogConfiguration"].(map[string]any)["Options"] = options
		return container
	}), nil
}

// parameters turns a list of database parameters into the map that CloudFormation takes, which has no apply method.
func parameters(value any) (any, error) {
	list, ok := value.([]any)
	if !ok {
		return nil, fmt.Errorf("%v is no list", value)
	}
	all := map[string]any{}
	for _, one := range list {
		parameter, _ := one.(map[string]any)
		all[fmt.Sprint(parameter["name"])] = parameter["value"]
	}
	return all, nil
}

// queries writes what an alarm looks at: CloudFormation keeps what a metric is apart from what is taken of it.
func queries(value any) any {
	list, _ := value.([]any)
	return each(list, func(one any) any {
		query, _ := capitals(one).(map[string]any)
		metric, is := one.(map[string]any)["metric"].(map[string]any)
		if !is {
			return query
		}
		delete(query, "Metric")
		query["MetricStat"] = map[string]any{"Stat": metric["stat"], "Period": metric["period"], "Metric": map[string]any{
			"Namespace": metric["namespace"], "MetricName": metric["metricName"], "Dimensions": pairs("Name")(metric["dimensions"]),
		}}
		return query
	})
}

func certificates(arn any) any { return []any{map[string]any{"CertificateArn": arn}} }

func scheme(internal any) any {
	if internal == true {
		return "internal"
	}
	return "internet-facing"
}

// actions writes what a listener does. The redirect has another name in CloudFormation.
func actions(value any) any {
	list, _ := capitals(value).([]any)
	for _, one := range list {
		action, _ := one.(map[string]any)
		if redirect, there := action["Redirect"]; there {
			delete(action, "Redirect")
			action["RedirectConfig"] = redirect
		}
	}
	return list
}

// aliasTarget is the only alias of a record.
func aliasTarget(value any) any {
	list, _ := value.([]any)
	alias, _ := list[0].(map[string]any)
	return map[string]any{"DNSName": alias["name"], "HostedZoneId": alias["zoneId"], "EvaluateTargetHealth": alias["evaluateTargetHealth"]}
}
