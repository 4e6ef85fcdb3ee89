package operate

import (
	"fmt"

	"golang.org/x/sys/unix"

	"henanchain/network/failure"
)

// DiskReport is how full the disk of the state folder is. Its JSON form is stable.
type DiskReport struct {
	Path    string `json:"path"`
	Free    uint64 `json:"free"`  // bytes that the nodes can still write
	Total   uint64 `json:"total"` // bytes
	Healthy bool   `json:"healthy"`
	Detail  string `json:"detail,omitempty"`
}

// Below leastDisk the nodes are about to end: a peer's database alone writes
// files of some megabytes at once. Below soonDisk people are told.
const (
	leastDisk = 128 << 20
	soonDisk  = 1 << 30
)

// diskReport looks at the disk of a folder.
func diskReport(path string) DiskReport {
	r := DiskReport{Path: path, Healthy: true}
	var fs unix.Statfs_t
	if err := unix.Statfs(path, &fs); err != nil {
		r.Healthy, r.Detail = false, err.Error()
		return r
	}
	r.Free, r.Total = fs.Bavail*uint64(fs.Bsize), fs.Blocks*uint64(fs.Bsize)
	switch {
	case r.Free < leastDisk:
		r.Healthy = false
		r.Detail = fmt.Sprintf("the disk of %s is full (%d MB free): nodes end, and nothing is written; make room, then `network up`", path, r.Free>>20)
	case r.Free < soonDisk:
		r.Detail = fmt.Sprintf("only %d MB are free on the disk of %s: make room before the nodes end", r.Free>>20, path)
	}
	return r
}

// Failure is what keeps the network from being well, for an exit status; nil
// where nothing does.
func (r *Report) Failure() error {
	switch {
	case r.Healthy:
		return nil
	case !r.Disk.Healthy:
		return failure.New(failure.Disk, "%s", r.Disk.Detail)
	}
	return failure.New(failure.Unhealthy, "not all is healthy")
}
