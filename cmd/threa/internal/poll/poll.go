// Package poll waits until something outside this process reaches a state. Libraries for retries wait for an error to
// go away, and the waiters of the AWS SDK report no progress.
package poll

import (
	"context"
	"time"
)

// Until calls check immediately and then after every interval, until check reports true or fails, or ctx ends.
func Until(ctx context.Context, interval time.Duration, check func() (done bool, err error)) error {
	for {
		done, err := check()
		if done || err != nil {
			return err
		}
		select {
		case <-ctx.Done():
			return ctx.Err() //nolint:wrapcheck // callers compare it
		case <-time.After(interval):
		}
	}
}
