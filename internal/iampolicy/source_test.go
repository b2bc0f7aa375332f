package iampolicy

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestSourceRegion(t *testing.T) {
	const frankfurt, virginia = `"arn:aws:ecs:eu-central-1:123456789012:*"`, `"arn:aws:ecs:us-east-1:123456789012:*"`
	statement := func(condition string) string {
		return `{"Effect":"Allow","Principal":{"Service":"ecs-tasks.amazonaws.com"},"Condition":{` + condition + `}}`
	}
	source := func(operator, arns string) string {
		return statement(`"` + operator + `":{"AWS:sourcearn":` + arns + `}`)
	}
	for name, row := range map[string]struct{ statements, want string }{
		"single statement":  {source("ArnLike", frankfurt), "eu-central-1"},
		"list of one":       {`[` + source("ArnEquals", `[`+virginia+`]`) + `]`, "us-east-1"},
		"same region twice": {`[` + source("ArnLike", virginia) + `,` + source("StringLike", virginia) + `]`, "us-east-1"},
		"with an account": {
			statement(`"ArnLike":{"aws:SourceArn":` + frankfurt + `},"StringEquals":{"aws:SourceAccount":"123456789012"}`),
			"eu-central-1",
		},
		"no condition":      {statement(""), ""},
		"only an account":   {statement(`"StringEquals":{"aws:SourceAccount":"123456789012"}`), ""},
		"two regions":       {source("ArnLike", `[`+frankfurt+`,`+virginia+`]`), ""},
		"two statements":    {`[` + source("ArnLike", frankfurt) + `,` + source("ArnLike", virginia) + `]`, ""},
		"one unconditional": {`[` + source("ArnLike", frankfurt) + `,` + statement("") + `]`, ""},
		"any region":        {source("ArnLike", `"arn:aws:ecs:*:123456789012:*"`), ""},
		"global service":    {source("ArnLike", `"arn:aws:s3:::bucket"`), ""},
		"not an ARN":        {source("StringLike", `"us-east-1"`), ""},
		"negated":           {source("ArnNotLike", frankfurt), ""},
		"account principal": {`{"Effect":"Allow","Principal":{"AWS":"123456789012"}}`, ""},
		"malformed":         {`{`, ""},
	} {
		assert.Equal(t, row.want, SourceRegion(`{"Version":"2012-10-17","Statement":`+row.statements+`}`), name)
	}
	assert.Empty(t, SourceRegion(""))
}
