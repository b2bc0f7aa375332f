// Package steps runs the steps of a builder and names the one that failed.
package steps

import "fmt"

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
