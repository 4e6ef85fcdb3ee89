package main

import (
	"fmt"
	"io"
	"text/tabwriter"
	"time"
)

// strike is one kill.
type strike struct {
	kind, name string
	at         time.Time
	// settled: all that waited then was answered within patience, and so was
	// something that was asked after it.
	settled bool
	// whole is when the killed process's work was done again by another, and the
	// gateway missed nothing; 0 where that took longer than patience.
	whole time.Duration
	// longest is the longest time that any caller waited from the kill on.
	longest time.Duration
}

// Line is what came of the kills of one kind.
type Line struct {
	Kind         string  `json:"kind"`
	Kills        int     `json:"kills"`
	Acknowledged int     `json:"acknowledged"` // operations, from the first kill of the kind on
	Lost         int     `json:"lost"`         // acknowledged, and not on the ledger
	Twice        int     `json:"twice"`        // on the ledger more than once
	Unanswered   int     `json:"unanswered"`   // asked again and again until long after the end, in vain
	Refused      int     `json:"refused"`      // answered with what no fault explains
	Untrue       int     `json:"untrue_receipts"`
	RecoveryMax  float64 `json:"recovery_max_s"` // the longest wait of any caller from a kill on
	RecoveryMean float64 `json:"recovery_mean_s"`
	WholeMax     float64 `json:"whole_max_s"` // until nothing was missing any more
}

// bar is what a recovery may take.
const bar = 10 * time.Second

func (l *Line) good() bool {
	return l.Lost+l.Twice+l.Unanswered+l.Refused+l.Untrue == 0 && l.RecoveryMax <= bar.Seconds() && l.WholeMax > 0
}

// Report is what a run came to.
type Report struct {
	Lines []Line `json:"kinds"`
	Good  bool   `json:"good"`
}

// report holds every write against the ledger and assigns it to the kill before
// its end, or, where it has none, before its beginning.
func (r *run) report(found book) *Report {
	lines := map[string]*Line{}
	out := &Report{Good: true}
	var order []string
	for i := range r.strikes {
		s := &r.strikes[i]
		l := lines[s.kind]
		if l == nil {
			l = &Line{Kind: s.kind}
			lines[s.kind], order = l, append(order, s.kind)
		}
		l.Kills++
		until := time.Now()
		if i+1 < len(r.strikes) {
			until = r.strikes[i+1].at
		}
		s.longest = r.journal.longest(s.at, until)
		l.RecoveryMax = max(l.RecoveryMax, s.longest.Seconds())
		l.RecoveryMean += s.longest.Seconds()
		whole := s.whole
		if whole == 0 {
			whole = patience
		}
		l.WholeMax = max(l.WholeMax, whole.Seconds())
	}
	shown := 0
	for _, w := range r.journal.all {
		f, why := found.hold(w)
		if why != "" && shown < 20 {
			shown++
			say("%s", why)
		}
		if l := lines[r.before(w)]; l != nil {
			l.count(f)
		} else if f.any() { // before the first kill: a fault all the same
			out.Good = false
		}
	}
	for _, kind := range order {
		l := lines[kind]
		l.RecoveryMean /= float64(l.Kills)
		out.Lines = append(out.Lines, *l)
		out.Good = out.Good && l.good()
	}
	return out
}

func (l *Line) count(f faults) {
	l.Acknowledged += f.acknowledged
	l.Lost += f.lost
	l.Twice += f.twice
	l.Unanswered += f.unanswered
	l.Refused += f.refused
	l.Untrue += f.untrue
}

// before is the kind of the last kill before a write's end.
func (r *run) before(w *write) string {
	at, kind := w.ended, ""
	if at.IsZero() {
		at = w.began
	}
	for _, s := range r.strikes {
		if s.at.Before(at) {
			kind = s.kind
		}
	}
	return kind
}

// longest is the longest that any write waited within a span of time.
func (j *journal) longest(from, until time.Time) time.Duration {
	j.mu.Lock()
	defer j.mu.Unlock()
	var longest time.Duration
	for _, w := range j.all {
		if !w.keyed || !w.began.Before(until) || !w.ended.IsZero() && w.ended.Before(from) {
			continue
		}
		began, ended := w.began, w.ended
		if began.Before(from) {
			began = from
		}
		if ended.IsZero() || ended.After(until) {
			ended = until
		}
		longest = max(longest, ended.Sub(began))
	}
	return longest
}

func (r *Report) print(out io.Writer) {
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(w, "killed\tkills\tacknowledged\tlost\ttwice\tunanswered\trefused\trecovery max s\tmean s\twhole again max s\t")
	for _, l := range r.Lines {
		fmt.Fprintf(w, "%s\t%d\t%d\t%d\t%d\t%d\t%d\t%.1f\t%.1f\t%.1f\t\n", l.Kind, l.Kills, l.Acknowledged, l.Lost, l.Twice, l.Unanswered, l.Refused,
			l.RecoveryMax, l.RecoveryMean, l.WholeMax)
	}
	w.Flush() //nolint:errcheck // it fails only as its writer does
}
