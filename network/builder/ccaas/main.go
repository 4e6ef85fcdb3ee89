// Command ccaas is the peer's external builder for chaincode as a service: a
// package of type "ccaas" holds no code, only where a contract's service
// listens and how to know it. The peer calls one program three times, under the
// names detect, build and release, as Fabric's external builder API says.
//
// It is a program and not a shell script so that it also runs in an image that
// holds no shell, and so that it reads JSON as JSON.
package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Exit statuses. The peer takes any status but 0 from detect as "not mine".
const (
	exitFailed = 1
	exitUsage  = 2
)

func main() {
	os.Exit(run(filepath.Base(os.Args[0]), os.Args[1:], os.Getenv, os.Stderr))
}

// run performs the step that the program was called as. Its name may also be
// the first argument.
func run(step string, args []string, getenv func(string) string, stderr io.Writer) int {
	steps := map[string]struct {
		args  string
		count int
		do    func(args []string) error
	}{
		"detect":  {"SOURCE METADATA", 2, func(a []string) error { return detect(a[1]) }},
		"build":   {"SOURCE METADATA OUTPUT", 3, func(a []string) error { return build(a[0], a[2], getenv(configVariable)) }},
		"release": {"OUTPUT RELEASE", 2, func(a []string) error { return release(a[0], a[1]) }},
	}
	if _, ok := steps[step]; !ok && len(args) > 0 {
		step, args = args[0], args[1:]
	}
	s, ok := steps[step]
	if !ok {
		fmt.Fprintf(stderr, "ccaas: %q is no step of a builder: call this program as detect, build or release\n", step)
		return exitUsage
	}
	if len(args) != s.count {
		fmt.Fprintf(stderr, "ccaas %s: %d folders were given: it takes %s\n", step, len(args), s.args)
		return exitUsage
	}
	if err := s.do(args); err != nil {
		fmt.Fprintf(stderr, "ccaas %s: %v\n", step, err)
		return exitFailed
	}
	return 0
}
