package assumerole_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"threa-infra/internal/assumerole"
)

func TestWithoutSession(t *testing.T) {
	const user, role = "arn:aws:iam::1:user/bo", "arn:aws:sts::1:assumed-role/deploy"
	assert.Equal(t, user, assumerole.WithoutSession(user))
	assert.Equal(t, role, assumerole.WithoutSession(role+"/me"))
}
