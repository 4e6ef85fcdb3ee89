// Package usage measures what a network's processes take of the machine: CPU
// time over a while, and memory.
package usage

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"slices"
	"text/tabwriter"
	"time"

	"github.com/prometheus/procfs"

	"henanchain/network/supervise"
)

// Process is what one process took.
type Process struct {
	Name string `json:"name"`
	Role string `json:"role"`
	// Cores is CPU seconds per second.
	Cores float64 `json:"cores"`
	// Bytes is its share of memory (PSS): pages that several processes have are
	// divided among them, so that the sum is what all of them take.
	Bytes uint64 `json:"bytes"`
}

// Report is what all of them took.
type Report struct {
	Seconds   float64   `json:"seconds"`
	Cores     float64   `json:"cores"`
	Bytes     uint64    `json:"bytes"`
	Processes []Process `json:"processes"`
}

// Measure watches the services that run, for a while. One that ends or starts
// meanwhile is left out. What takes most comes first.
func Measure(ctx context.Context, services []supervise.Status, span time.Duration) (*Report, error) {
	type watched struct {
		Process
		proc   procfs.Proc
		before float64
	}
	var all []watched
	for _, s := range services {
		if s.PID == 0 {
			continue
		}
		proc, err := procfs.NewProc(s.PID)
		if err != nil {
			continue
		}
		if stat, err := proc.Stat(); err == nil {
			all = append(all, watched{Process{Name: s.Name, Role: s.Role}, proc, stat.CPUTime()})
		}
	}
	began := time.Now()
	select {
	case <-ctx.Done():
		return nil, fmt.Errorf("measure the processes: %w", ctx.Err())
	case <-time.After(span):
	}
	seconds := time.Since(began).Seconds()
	r := &Report{Seconds: seconds}
	for _, w := range all {
		stat, err := w.proc.Stat()
		if err != nil {
			continue
		}
		memory, err := w.proc.ProcSMapsRollup()
		if err != nil {
			continue
		}
		w.Cores, w.Bytes = (stat.CPUTime()-w.before)/seconds, memory.Pss
		r.Cores, r.Bytes = r.Cores+w.Cores, r.Bytes+w.Bytes
		r.Processes = append(r.Processes, w.Process)
	}
	slices.SortFunc(r.Processes, func(a, b Process) int {
		return cmp.Or(cmp.Compare(b.Cores, a.Cores), cmp.Compare(b.Bytes, a.Bytes), cmp.Compare(a.Name, b.Name))
	})
	return r, nil
}

// Print writes the report for people.
func (r *Report) Print(out io.Writer) {
	w := tabwriter.NewWriter(out, 2, 4, 2, ' ', 0)
	fmt.Fprintln(w, "PROCESS\tROLE\tCORES\tMEMORY")
	for _, p := range r.Processes {
		fmt.Fprintf(w, "%s\t%s\t%.3f\t%s\n", p.Name, p.Role, p.Cores, megabytes(p.Bytes))
	}
	w.Flush()
	fmt.Fprintf(out, "\n%d processes took %.3f of a core and %s, over %.0f s\n", len(r.Processes), r.Cores, megabytes(r.Bytes), r.Seconds)
}

func megabytes(n uint64) string { return fmt.Sprintf("%d MB", (n+500_000)/1_000_000) }
