package policy

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// conversions are the conversions that rows of internal/resources name.
var conversions = map[string]func(any) (any, error){
	"json":            parseJSON,
	"bucketRules":     always(bucketRules),
	"containers":      containers,
	"aliasTarget":     always(aliasTarget),
	"awsvpc":          awsvpc,
	"certificates":    always(func(arn any) any { return list(map[string]any{"CertificateArn": arn}) }),
	"list":            always(list),
	"listenerActions": always(listenerActions),
	"metricQueries":   always(metricQueries),
	"pairs":           always(func(value any) any { return pairs("Name", value) }),
	"parameterMap":    always(parameterMap),
	"scheme":          always(scheme),
	"text":            always(func(value any) any { return fmt.Sprint(value) }),
}

// convert converts the value of a property. Without a conversion its keys get capital letters, and tags become a list.
func convert(property, conversion string, value any) (any, error) {
	switch {
	case conversion == "" && property == "tags":
		return pairs("Key", value), nil
	case conversion == "":
		return capitalizeKeys(value), nil
	case conversions[conversion] == nil:
		return nil, fmt.Errorf("there is no conversion %q", conversion)
	}
	return conversions[conversion](value)
}

func always(convert func(any) any) func(any) (any, error) {
	return func(value any) (any, error) { return convert(value), nil }
}

func list(value any) any { return []any{value} }

// each converts the elements of a list.
func each(value any, convert func(any) any) []any {
	elements, _ := value.([]any)
	converted := make([]any, len(elements))
	for i := range elements {
		converted[i] = convert(elements[i])
	}
	return converted
}

func capitalizeKeys(value any) any {
	switch value := value.(type) {
	case []any:
		return each(value, capitalizeKeys)
	case map[string]any:
		object := map[string]any{}
		for key, element := range value {
			object[capitalize(key)] = capitalizeKeys(element)
		}
		return object
	}
	return value
}

// pairs converts a map to a list of objects with a key and a value.
func pairs(key string, value any) any {
	object, _ := value.(map[string]any)
	converted := []any{}
	for _, name := range slices.Sorted(maps.Keys(object)) {
		converted = append(converted, map[string]any{key: name, "Value": object[name]})
	}
	return converted
}

// parseJSON converts a text with JSON.
func parseJSON(value any) (any, error) {
	var document any
	if err := json.Unmarshal([]byte(fmt.Sprint(value)), &document); err != nil {
		return nil, fmt.Errorf("parse JSON: %w", err)
	}
	return document, nil
}

// containers converts container definitions. Docker labels and the options of a log driver keep their names.
func containers(value any) (any, error) {
	definitions, err := parseJSON(value)
	return each(definitions, func(definition any) any {
		container := capitalizeKeys(definition).(map[string]any)
		original := definition.(map[string]any)
		logs := original["logConfiguration"].(map[string]any)
		container["LogConfiguration"].(map[string]any)["Options"] = logs["options"]
		if labels, ok := original["dockerLabels"]; ok {
			container["DockerLabels"] = labels
		}
		return container
	}), err
}

// awsvpc converts a network configuration. Its only switch is a word in CloudFormation.
func awsvpc(value any) (any, error) {
	network, _ := capitalizeKeys(value).(map[string]any)
	public, ok := network["AssignPublicIp"].(bool)
	if !ok {
		return nil, fmt.Errorf("assignPublicIp is missing in %v", value)
	}
	network["AssignPublicIp"] = map[bool]string{true: "ENABLED", false: "DISABLED"}[public]
	return network, nil
}

// parameterMap converts a list of database parameters to a map, which has no apply method.
func parameterMap(value any) any {
	object := map[string]any{}
	each(value, func(element any) any {
		parameter := element.(map[string]any)
		object[fmt.Sprint(parameter["name"])] = parameter["value"]
		return nil
	})
	return object
}

// metricQueries converts the queries of an alarm. CloudFormation separates a metric from its statistic.
func metricQueries(value any) any {
	return each(value, func(element any) any {
		query := capitalizeKeys(element).(map[string]any)
		metric, ok := element.(map[string]any)["metric"].(map[string]any)
		if !ok {
			return query
		}
		delete(query, "Metric")
		query["MetricStat"] = map[string]any{"Stat": metric["stat"], "Period": metric["period"], "Metric": map[string]any{
			"Namespace": metric["namespace"], "MetricName": metric["metricName"],
			"Dimensions": pairs("Name", metric["dimensions"]),
		}}
		return query
	})
}

// bucketRules converts the encryption rules of a bucket.
func bucketRules(value any) any {
	return each(value, func(rule any) any {
		algorithm := rule.(map[string]any)["applyServerSideEncryptionByDefault"].(map[string]any)["sseAlgorithm"]
		return map[string]any{"ServerSideEncryptionByDefault": map[string]any{"SSEAlgorithm": algorithm}}
	})
}

func scheme(internal any) any {
	return map[any]string{true: "internal", false: "internet-facing"}[internal]
}

// listenerActions converts the actions of a listener. CloudFormation has another name for the redirect.
func listenerActions(value any) any {
	return each(value, func(element any) any {
		action := capitalizeKeys(element).(map[string]any)
		if redirect, ok := action["Redirect"]; ok {
			delete(action, "Redirect")
			action["RedirectConfig"] = redirect
		}
		return action
	})
}

// aliasTarget converts the only alias of a DNS record.
func aliasTarget(value any) any {
	alias := value.([]any)[0].(map[string]any)
	return map[string]any{
		"DNSName": alias["name"], "HostedZoneId": alias["zoneId"], "EvaluateTargetHealth": alias["evaluateTargetHealth"],
	}
}
