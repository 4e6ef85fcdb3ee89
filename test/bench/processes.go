package main

import (
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"

	"henanchain/network/supervise"
)

// processes are the network's and this one, with the CPU time of each.
type processes struct{ pids map[string]int }

const (
	loadGenerator = "load generator"
	hertz         = 100 // USER_HZ on every Linux that Go runs on
)

// findProcesses finds those of some roles alone, or everything that runs and
// this process.
func findProcesses(c *supervise.Client, roles ...string) (*processes, error) {
	all, err := c.Services()
	if err != nil {
		return nil, err
	}
	p := &processes{pids: map[string]int{}}
	if len(roles) == 0 {
		p.pids[loadGenerator] = os.Getpid()
	}
	for _, s := range all {
		if s.PID != 0 && (len(roles) == 0 || slices.Contains(roles, s.Role)) {
			p.pids[s.Name] = s.PID
		}
	}
	return p, nil
}

// usage is CPU seconds at one moment.
type usage struct {
	by    map[string]float64
	total float64 // of the whole machine, idle time left out
}

func (p *processes) read() (*usage, error) {
	u := &usage{by: map[string]float64{}}
	for name, pid := range p.pids {
		fields, err := statFields(fmt.Sprintf("/proc/%d/stat", pid), ") ")
		if err != nil || len(fields) < 13 {
			return nil, fmt.Errorf("CPU time of %s: %w", name, err)
		}
		u.by[name] = ticks(fields[11:13]...)
	}
	fields, err := statFields("/proc/stat", "cpu ")
	if err != nil || len(fields) < 8 {
		return nil, fmt.Errorf("CPU time of the machine: %w", err)
	}
	u.total = ticks(fields[0], fields[1], fields[2], fields[5], fields[6], fields[7])
	return u, nil
}

func statFields(path, after string) ([]string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	line, _, _ := strings.Cut(string(data), "\n")
	_, rest, _ := strings.Cut(line, after)
	return strings.Fields(rest), nil
}

func ticks(fields ...string) float64 {
	sum := 0
	for _, f := range fields {
		n, _ := strconv.Atoi(f) //nolint:errcheck // the kernel writes numbers
		sum += n
	}
	return float64(sum) / hertz
}

func (u *usage) since(before *usage) map[string]float64 {
	out := map[string]float64{}
	for name, seconds := range u.by {
		out[name] = seconds - before.by[name]
	}
	return out
}

// others is what no process of the network used.
func (u *usage) others(before *usage) float64 {
	rest := u.total - before.total
	for _, seconds := range u.since(before) {
		rest -= seconds
	}
	return max(rest, 0)
}

// load is the machine's load average over the last minute.
func load() string {
	data, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return "unknown"
	}
	first, _, _ := strings.Cut(string(data), " ")
	return first
}
