package ownerrecord

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestParse_ReadsWhatStringWrites(t *testing.T) {
	record := Record{Stack: "threa/prod", ID: "7f3a", Since: "2026-11-28T19:00:00Z",
		By: "arn:aws:iam::123456789012:user/anna"}
	assert.Equal(t, record, Parse(record.String()))
	assert.Equal(t, "stack threa/prod, created by arn:aws:iam::123456789012:user/anna at 2026-11-28T19:00:00Z",
		record.Describe())
}

func TestParse_KeepsTheStackOfAnOldRecord(t *testing.T) {
	assert.Equal(t, Record{Stack: "threa/prod"}, Parse("threa/prod"))
	assert.Equal(t, "stack threa/prod", Parse("threa/prod").Describe())
}

func TestRefuse_NamesTheWay(t *testing.T) {
	owned, adopted := Record{Stack: "threa/prod", ID: "7f3a"}, Record{Stack: "threa/prod", By: "user/bo"}
	assert.ErrorContains(t, owned.Refuse("threa", "", "Nothing was changed."), "pulumi login <backend>")
	assert.EqualError(t, adopted.Refuse("threa", "", "Nothing was changed."),
		"the AWS names threa and threa-… belong to stack threa/prod.\n    Its import is not complete. Nothing was changed.\n"+
			"    If it is your stack, complete the import:  go run ./cmd/threa adopt\n"+
			"    Otherwise give this stack other names:  pulumi config set environment <name>")
}
