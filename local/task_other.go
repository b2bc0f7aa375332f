//go:build !linux

package main

import (
	"context"
	"errors"
)

// task runs containers in namespaces, which only Linux has.
func (l *launcher) task(context.Context, []string) (int, error) {
	return 1, errors.New("task needs Linux: run it in a virtual machine or a container of Debian or Ubuntu")
}
