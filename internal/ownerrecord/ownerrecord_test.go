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
