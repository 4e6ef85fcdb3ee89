package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"os"
	"runtime"
	"slices"
	"text/tabwriter"
)

// tell prints what a run came to: a table, or JSON and the table to standard error.
func tell(report any, asJSON bool, table func(io.Writer)) error {
	if !asJSON {
		table(os.Stdout)
		return nil
	}
	table(os.Stderr)
	enc := json.NewEncoder(os.Stdout)
	enc.SetIndent("", "  ")
	return enc.Encode(report)
}

// figures are what one thing came to.
type figures struct {
	RecordsPerS float64 `json:"records_per_s"`
	P50         float64 `json:"p50_ms"`
	P99         float64 `json:"p99_ms"`
	Callers     int     `json:"callers"`
	Errors      int     `json:"errors"`
	// CPU is microseconds of CPU per record by process.
	CPU map[string]float64 `json:"cpu_us_per_record"`
	// Others is how many cores the machine spent on work that is not this.
	Others float64 `json:"others_cores"`
}

// cpu is how many times less CPU a record takes than one of raw: on a machine
// that does other work as well, a steadier figure than the ratio of the rates.
func (r *report) cpu() map[string]float64 {
	return map[string]float64{
		nRest: ratio(r.Raw.total(), r.Rest.total()), nBatch: ratio(r.Raw.total(), r.Batch.total()), nCeiling: ratio(r.Raw.total(), r.Ceiling.total()),
		nGet: ratio(r.Evaluate.total(), r.Get.total()), nVerify: ratio(r.Evaluate.total(), r.Verify.total()),
		nIndexed: ratio(r.Evaluate.total(), r.IndexedGet.total()), nIndexedVerify: ratio(r.Evaluate.total(), r.IndexedVerify.total()),
	}
}

// lagFigures are of the blocks that came while records were written.
type lagFigures struct {
	Blocks int     `json:"blocks"`
	P50    float64 `json:"p50_ms"`
	P99    float64 `json:"p99_ms"`
	Max    float64 `json:"max_ms"`
}

// report is what a run came to. The ratios are what the project is held to.
type report struct {
	Raw       figures `json:"raw"`
	RawSingle figures `json:"raw_single"`
	Rest      figures `json:"rest"`
	Batch     figures `json:"batch"`
	Ceiling   figures `json:"ceiling"`
	Single    figures `json:"single"`
	Evaluate  figures `json:"evaluate"`
	Get       figures `json:"get"`
	Verify    figures `json:"verify"`
	// IndexedGet and IndexedVerify are answered by the read model, Get and Verify by the peers.
	IndexedGet    figures            `json:"indexed_get"`
	IndexedVerify figures            `json:"indexed_verify"`
	Ratios        map[string]float64 `json:"ratios"`
	// Lag is how long after a peer the read model had a block, while records were written.
	Lag lagFigures `json:"index_lag"`
	// CPURatios are the same by CPU instead of time.
	CPURatios map[string]float64 `json:"cpu_ratios"`
	Machine   machine            `json:"machine"`
	// OnLedger is how many acknowledged records were found on the ledger, each once.
	OnLedger int `json:"acknowledged_on_ledger"`
}

type machine struct {
	Cores int    `json:"cores"`
	Load  string `json:"load_average"`
}

func (b *bench) report(held int) *report {
	r := &report{OnLedger: held, Machine: machine{runtime.NumCPU(), load()}}
	r.Raw, r.RawSingle, r.Rest, r.Batch = b.figures(nRaw), b.figures(nRawSingle), b.figures(nRest), b.figures(nBatch)
	r.Ceiling = b.figures(nCeiling)
	r.Single, r.Evaluate, r.Get, r.Verify = b.figures(nSingle), b.figures(nEvaluate), b.figures(nGet), b.figures(nVerify)
	r.IndexedGet, r.IndexedVerify = b.figures(nIndexed), b.figures(nIndexedVerify)
	r.Ratios = map[string]float64{
		"rest_raw": ratio(r.Rest.RecordsPerS, r.Raw.RecordsPerS), "batch_raw": ratio(r.Batch.RecordsPerS, r.Raw.RecordsPerS),
		"ceiling_raw":    ratio(r.Ceiling.RecordsPerS, r.Raw.RecordsPerS),
		"single_p50_raw": ratio(r.Single.P50, r.RawSingle.P50),
		"get_evaluate":   ratio(r.Get.RecordsPerS, r.Evaluate.RecordsPerS), "verify_evaluate": ratio(r.Verify.RecordsPerS, r.Evaluate.RecordsPerS),
		"indexed_get_evaluate": ratio(r.IndexedGet.RecordsPerS, r.Evaluate.RecordsPerS), "indexed_verify_evaluate": ratio(r.IndexedVerify.RecordsPerS, r.Evaluate.RecordsPerS),
	}
	r.CPURatios = r.cpu()
	slices.Sort(b.lags)
	r.Lag = lagFigures{len(b.lags), percentileOf(b.lags, 50), percentileOf(b.lags, 99), percentileOf(b.lags, 100)}
	return r
}

func (b *bench) figures(name string) figures {
	t := b.results[name]
	if t == nil || t.Records == 0 {
		return figures{}
	}
	f := figures{
		RecordsPerS: round(t.rate(), 1), P50: round(t.percentile(50), 1), P99: round(t.percentile(99), 1),
		Callers: b.callers[name], Errors: t.Errors, Others: round(t.Others/t.Seconds, 2), CPU: map[string]float64{},
	}
	for process, seconds := range t.CPU {
		if us := round(seconds*1e6/float64(t.Records), 1); us > 0 {
			f.CPU[process] = us
		}
	}
	return f
}

// total is microseconds of CPU per record, of all processes together.
func (f figures) total() (sum float64) {
	for _, us := range f.CPU {
		sum += us
	}
	return sum
}

func ratio(a, b float64) float64 {
	if b == 0 {
		return 0
	}
	return round(a/b, 3)
}

func round(x float64, digits int) float64 {
	p := math.Pow10(digits)
	return math.Round(x*p) / p
}

func (r *report) print(out io.Writer, b *bench) {
	names := []string{nRawSingle, nSingle, nRaw, nRest, nBatch, nCeiling, nEvaluate, nGet, nVerify, nIndexed, nIndexedVerify}
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "\trecords/s\tp50 ms\tp99 ms\tcallers\terrors\tothers' cores\t")
	for _, n := range names {
		if f := b.figures(n); f.Callers > 0 {
			fmt.Fprintf(w, "%s\t%.1f\t%.1f\t%.1f\t%d\t%d\t%.2f\t\n", n, f.RecordsPerS, f.P50, f.P99, f.Callers, f.Errors, f.Others)
		}
	}
	fmt.Fprintln(w)
	fmt.Fprintln(w, "CPU µs per record\traw\trest\tbatch\tceiling\tevaluate\tget\tverify\tindexed get\tindexed verify\t")
	for _, process := range b.busiest() {
		fmt.Fprintf(w, "%s\t", process)
		for _, n := range []string{nRaw, nRest, nBatch, nCeiling, nEvaluate, nGet, nVerify, nIndexed, nIndexedVerify} {
			fmt.Fprintf(w, "%.1f\t", b.figures(n).CPU[process])
		}
		fmt.Fprintln(w)
	}
	fmt.Fprint(w, "together\t")
	for _, n := range []string{nRaw, nRest, nBatch, nCeiling, nEvaluate, nGet, nVerify, nIndexed, nIndexedVerify} {
		fmt.Fprintf(w, "%.1f\t", b.figures(n).total())
	}
	fmt.Fprintln(w)
	w.Flush() //nolint:errcheck // it fails only as its writer does
	fmt.Fprintln(out)
	for _, line := range []struct{ name, bar string }{
		{"rest_raw", "at least 20"}, {"batch_raw", "at least 40"}, {"ceiling_raw", "what Fabric allows"}, {"single_p50_raw", "at most 1.1"}, {"get_evaluate", "at least 1"}, {"verify_evaluate", "at least 1"}, {"indexed_get_evaluate", "at least 10"}, {"indexed_verify_evaluate", "at least 10"},
	} {
		fmt.Fprintf(out, "%-24s %7.2f  (%s)\n", line.name, r.Ratios[line.name], line.bar)
	}
	fmt.Fprintf(out, "by CPU per record: rest %.1f, batch %.1f, ceiling %.1f times raw; get %.2f, verify %.2f, indexed get %.2f, indexed verify %.2f times evaluate\n",
		r.CPURatios[nRest], r.CPURatios[nBatch], r.CPURatios[nCeiling], r.CPURatios[nGet], r.CPURatios[nVerify], r.CPURatios[nIndexed], r.CPURatios[nIndexedVerify])
	fmt.Fprintf(out, "the read model behind the ledger while records are written: p50 %.0f ms, p99 %.0f ms (at most 500), longest %.0f ms, of %d blocks\n", r.Lag.P50, r.Lag.P99, r.Lag.Max, r.Lag.Blocks)
	fmt.Fprintf(out, "\n%d acknowledged records were found on the ledger, each once. %d cores, load average %s.\n", r.OnLedger, r.Machine.Cores, r.Machine.Load)
}

// busiest are the processes by the CPU that they took in all.
func (b *bench) busiest() []string {
	sum := map[string]float64{}
	for _, t := range b.results {
		for process, seconds := range t.CPU {
			sum[process] += seconds
		}
	}
	var names []string
	for name, seconds := range sum {
		if seconds >= 0.1 {
			names = append(names, name)
		}
	}
	slices.SortFunc(names, func(a, b string) int { return cmp.Compare(sum[b], sum[a]) })
	return names
}
