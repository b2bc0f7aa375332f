package bridge

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	healthpb "google.golang.org/grpc/health/grpc_health_v1"
)

func TestServeNothing_AnswersHealthChecks(t *testing.T) {
	address, err := serveNothing()
	require.NoError(t, err)
	conn, err := connect(address)
	require.NoError(t, err)
	defer func() { assert.NoError(t, conn.Close()) }()
	_, err = healthpb.NewHealthClient(conn).Check(t.Context(), &healthpb.HealthCheckRequest{})
	assert.NoError(t, err)
}
