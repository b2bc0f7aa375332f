//go:build !linux

package main

import (
	"context"
	"errors"
)

// task needs Linux namespaces.
func (l *launcher) task(context.Context, []string) (int, error) {
	return 1, errors.New("task needs Linux. Run it in a virtual machine with Debian or Ubuntu")
}
