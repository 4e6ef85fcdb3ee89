package environment

import (
	"errors"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

var home = os.Getenv("HOME") // want `os.Getenv is used: each peer's machine has its own`

func read() {
	_, _ = os.ReadFile("x")               // want `os.ReadFile is used`
	_ = exec.Command("date")              // want `exec.Command is used`
	_, _ = http.Get("http://example.com") // want `http.Get is used`
	_, _ = net.LookupHost("x")            // want `net.LookupHost is used`
	_ = runtime.NumCPU()                  // want `runtime.NumCPU is used`
	_, _ = filepath.Abs(".")              // want `filepath.Abs is used`
	_ = os.Args                           // want `os.Args is used`
}

func fine(err error) string {
	if errors.Is(err, os.ErrNotExist) {
		return http.StatusText(http.StatusNotFound)
	}
	_ = net.ParseIP("127.0.0.1").String()
	return filepath.Join("a", "b")
}
