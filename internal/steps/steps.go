// Package steps runs the steps of a builder, names the one that failed, and starts lookups before their step.
package steps

import (
	"fmt"
	"sync"
)

// Run calls the steps in order and returns the first error.
func Run(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// Wrap adds what failed, such as "create VPC", to an error. It returns nil if err is nil.
func Wrap(err error, format string, args ...any) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf(format+": %w", append(args, err)...)
}

// Start calls look in the background. The returned function waits for the result.
func Start[T any](look func() (T, error)) (wait func() (T, error)) {
	wait = sync.OnceValues(look)
	go func() { _, _ = wait() }()
	return wait
}
