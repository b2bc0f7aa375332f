// Package steps runs the steps of a builder.
package steps

// Run calls the steps in order and returns the first error.
func Run(steps ...func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}
