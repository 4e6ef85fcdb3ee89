// Package failure gives each kind of trouble its own exit status, so that a
// script can tell a taken port from a full disk.
package failure

import (
	"errors"
	"fmt"
	"syscall"
)

// Exit statuses of the network program.
const (
	Other       = 1   // anything that has no number of its own
	Usage       = 2   // wrong command line
	Unhealthy   = 3   // status: something is not healthy, or nothing runs
	Port        = 4   // a port is taken
	Disk        = 5   // no disk space
	Toolchain   = 6   // Go is missing, or a build failed
	State       = 7   // the state folder is of another version, damaged, or not ours
	Busy        = 8   // another command is at work on the same state folder
	Topology    = 9   // topology.yaml is wrong
	NotThere    = 10  // no such node, channel, or city
	Refused     = 11  // the network refuses: a policy is not met, or what is asked for cannot be
	Differs     = 12  // plan: the topology and what runs are not the same
	Interrupted = 130 // Ctrl-C, as shells number it
)

// Error is a failure with its exit status.
type Error struct {
	Status  int
	message string
	cause   error
}

func (e *Error) Error() string {
	if e.cause != nil {
		return e.message + ": " + e.cause.Error()
	}
	return e.message
}

// Unwrap gives the cause.
func (e *Error) Unwrap() error { return e.cause }

// New makes a failure.
func New(status int, format string, args ...any) error {
	return &Error{Status: status, message: fmt.Sprintf(format, args...)}
}

// Wrap makes a failure of an error and of what was being done.
func Wrap(status int, cause error, format string, args ...any) error {
	return &Error{Status: status, message: fmt.Sprintf(format, args...), cause: cause}
}

// NoSpace tells whether a full disk, or a quota that is used up, is the cause.
func NoSpace(err error) bool { return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) }

// ExitStatus is the status that a program ends with after err.
func ExitStatus(err error) int {
	var f *Error
	switch {
	case err == nil:
		return 0
	case NoSpace(err):
		return Disk
	case errors.As(err, &f):
		return f.Status
	default:
		return Other
	}
}
