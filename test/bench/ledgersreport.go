package main

import (
	"fmt"
	"io"
	"runtime"
	"text/tabwriter"

	"henanchain/test/bench/workload"
)

// ledgersReport is what the mode --ledgers came to.
type ledgersReport struct {
	Operations int        `json:"operations_per_transaction"`
	Rounds     int        `json:"rounds"`
	Plain      []loadCost `json:"plain"`
	Loads      []loadCost `json:"loads"`
	IdleCores  float64    `json:"idle_cores"` // taken off
	Machine    machine    `json:"machine"`
}

// loadCost is what one transaction costs.
type loadCost struct {
	Name     string             `json:"name"`
	Contract string             `json:"contract,omitempty"`
	Op       string             `json:"op,omitempty"`
	Everyday bool               `json:"everyday,omitempty"`  // the ledger's everyday operation, which the bar is for
	Keys     int                `json:"keys"`                // that one operation writes
	MS       float64            `json:"ms"`                  // from submission to commit
	CPU      float64            `json:"cpu_ms"`              // of peers, orderer and contracts
	Bytes    int                `json:"bytes_per_operation"` // in the block
	By       map[string]float64 `json:"cpu_ms_by_process"`
	// OfSmall and OfRecord compare with plain puts of 256 and of 640 bytes;
	// PerKey with a plain put of 640 bytes for each key.
	OfSmall  float64 `json:"times_plain_256,omitempty"`
	OfRecord float64 `json:"times_plain_640,omitempty"`
	PerKey   float64 `json:"times_plain_640_per_key,omitempty"`
}

// bar is what an everyday operation may cost, in plain puts.
const bar = 2.0

func (l *ledgers) report() *ledgersReport {
	r := &ledgersReport{Operations: l.run.Size, Rounds: l.bench.options.rounds, IdleCores: round(l.idle, 3), Machine: machine{runtime.NumCPU(), load()}}
	small, record := l.costOf(nPlainSmall), l.costOf(nPlainRecord)
	r.Plain = []loadCost{small, record}
	for _, w := range workload.All() {
		name := w.Contract + " " + w.Op
		if l.cost[name] == nil {
			continue
		}
		c := l.costOf(name)
		c.Contract, c.Op, c.Everyday, c.Keys = w.Contract, w.Op, w.First, w.Keys
		c.OfSmall, c.OfRecord = ratio(c.CPU, small.CPU), ratio(c.CPU, record.CPU)
		c.PerKey = ratio(c.CPU, record.CPU*float64(w.Keys))
		r.Loads = append(r.Loads, c)
	}
	return r
}

func (l *ledgers) costOf(name string) loadCost {
	t := l.cost[name]
	times := float64(len(t.Took))
	c := loadCost{Name: name, Keys: 1, MS: round(t.percentile(50), 0), CPU: round(1000*l.cpu(t)/times, 0), Bytes: l.bytes[name] / l.run.Size, By: map[string]float64{}}
	for process, seconds := range t.CPU {
		if ms := round(1000*seconds/times, 0); ms > 0 {
			c.By[process] = ms
		}
	}
	return c
}

func (r *ledgersReport) print(out io.Writer) {
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(w, "a transaction of %d\tkeys each\tbytes each\tms to commit\tCPU ms\ttimes 256 B\ttimes 640 B\tper key\tbar\t\n", r.Operations)
	for _, p := range r.Plain {
		fmt.Fprintf(w, "%s\t%d\t%d\t%.0f\t%.0f\t\t\t\t\t\n", p.Name, p.Keys, p.Bytes, p.MS, p.CPU)
	}
	for _, c := range r.Loads {
		verdict := ""
		if c.Everyday {
			verdict = fmt.Sprintf("at most %.0f", bar)
		}
		fmt.Fprintf(w, "%s\t%d\t%d\t%.0f\t%.0f\t%.2f\t%.2f\t%.2f\t%s\t\n", c.Name, c.Keys, c.Bytes, c.MS, c.CPU, c.OfSmall, c.OfRecord, c.PerKey, verdict)
	}
	w.Flush() //nolint:errcheck // it fails only as its writer does
	fmt.Fprintf(out, "\nCPU of the peers, the orderer and the contracts together, %.3f cores of rest taken off; means of %d rounds of %d transactions, plain puts twice in each. %d cores, load average %s.\n",
		r.IdleCores, r.Rounds, series, r.Machine.Cores, r.Machine.Load)
}
