// Package collect says how often the programs of this project collect garbage.
//
// Their live memory is small, a few megabytes in a contract's service, and what
// a batch needs is garbage when it is done: by Go's default rule such a program
// collects dozens of times a second and spends a sixth of its time on it.
package collect

import (
	"os"
	"runtime/debug"
)

const (
	// percent is how far memory may grow over what is live before it is collected.
	percent = 400
	// limit is where memory gets dear, and is collected as often as it takes.
	limit = 1 << 30
)

// Seldom lets memory grow further before it is collected, unless the
// environment says otherwise (GOGC, GOMEMLIMIT).
func Seldom() {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(percent)
	}
	if os.Getenv("GOMEMLIMIT") == "" {
		debug.SetMemoryLimit(limit)
	}
}
