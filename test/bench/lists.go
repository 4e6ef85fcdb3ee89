package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/url"
	"runtime"
	"strconv"
	"text/tabwriter"
	"time"
)

// listsBar is what the 99th percentile of any list's pages may take.
const listsBar = 50 * time.Millisecond

const (
	pagesOfEach     = 200 // of each list in each round
	pagesOfQuestion = 5   // then another question of its kind
)

// list is one kind of question for records; words stand in for %s.
type list struct {
	name, query string
	words       func(r *rand.Rand) string
}

// lists are what callers ask for: with and without filters, in every order. The
// words are those of the deposits that this program makes.
var lists = []list{
	{"all", "", nil},
	{"all, by id from some id on", "sort=id&start=%s", func(r *rand.Rand) string { return fmt.Sprintf("%08x", r.Uint32()) }},
	{"all, the newest first", "sort=-created", nil},
	{"all, by the last change", "sort=-updated", nil},
	{"all, by a date", "sort=collectedAt", nil},
	{"of one depositor", "depositorKey=" + depositorKey, nil},
	{"of one depositor and kind, by a date", "dataType=1&sort=-collectedAt&depositorKey=" + depositorKey, nil},
	{"of one status, by id", "status=ANCHORED&sort=id", nil},
	{"by words of a name", "name=%s", func(*rand.Rand) string { return url.QueryEscape("购销合同") }},
	{"by a name's number", "name=%s", func(r *rand.Rand) string { return url.QueryEscape("合同-" + strconv.Itoa(r.IntN(1000))) }},
	{"of a stretch of days and one kind", "dataType=1&collectedAt.from=2026-02-20&collectedAt.to=2026-03-%s", func(r *rand.Rand) string { return strconv.Itoa(10 + r.IntN(20)) }},
	{"of a document's digest", "fileHash=%s", func(r *rand.Rand) string { return fmt.Sprintf("%064x", r.Uint64()) }},
	{"of a depositor that is not there", "depositorKey=%s", func(r *rand.Rand) string { return fmt.Sprintf("%064x", r.Uint64()) }},
	{"a status that no record has, of one kind", "status=SUBMITTED&dataType=1", nil},
}

// listsReport is what pages of lists took over REST.
type listsReport struct {
	Records int           `json:"records"` // of the city, of the type that is listed
	Lists   []listFigures `json:"lists"`
	Worst   float64       `json:"worst_p99_ms"`
	Bar     float64       `json:"bar_p99_ms"`
	Machine machine       `json:"machine"`
}

type listFigures struct {
	Name  string  `json:"name"`
	Pages int     `json:"pages"`
	P50   float64 `json:"p50_ms"`
	P99   float64 `json:"p99_ms"`
	Max   float64 `json:"max_ms"`
}

// runLists measures how long the gateway takes for a page of each kind of list of
// the city's evidence, as one caller reads it, cursor after cursor.
func runLists(ctx context.Context, b *bench) error {
	d := b.door()
	held, err := heldOf(ctx, d)
	if err != nil || held == 0 {
		return errors.Join(errors.New("there are no deposits to list; --only batch makes some"), err)
	}
	took := make([]tally, len(lists))
	r := rand.New(rand.NewPCG(1, 2))
	for round := range b.options.rounds {
		for i := range lists {
			if err := lists[i].pages(ctx, d, r, &took[i]); err != nil {
				return fmt.Errorf("%s: %w", lists[i].name, err)
			}
		}
		say("round %d of %d", round+1, b.options.rounds)
	}
	report := &listsReport{Records: held, Bar: float64(listsBar.Milliseconds()), Machine: machine{runtime.NumCPU(), load()}}
	for i := range lists {
		f := listFigures{lists[i].name, len(took[i].Took), round(took[i].percentile(50), 1), round(took[i].percentile(99), 1), round(took[i].percentile(100), 1)}
		report.Lists = append(report.Lists, f)
		report.Worst = max(report.Worst, f.P99)
	}
	return tell(report, b.options.json, report.print)
}

// pages asks for pages of a list, some of each question.
func (l *list) pages(ctx context.Context, d *door, r *rand.Rand, into *tally) error {
	query, cursor := "", ""
	for i := range pagesOfEach {
		if i%pagesOfQuestion == 0 || cursor == "" {
			query, cursor = l.query, ""
			if l.words != nil {
				query = fmt.Sprintf(l.query, l.words(r))
			}
		}
		began := time.Now()
		var err error
		if cursor, err = pageOf(ctx, d, query+"&cursor="+url.QueryEscape(cursor)); err != nil {
			return fmt.Errorf("%s: %w", query, err)
		}
		into.Took = append(into.Took, time.Since(began))
	}
	return nil
}

// pageOf reads a page, and tells the next one's cursor.
func pageOf(ctx context.Context, d *door, query string) (next string, err error) {
	status, answer, err := d.call(ctx, http.MethodGet, evidences+"?"+query, nil)
	if err != nil {
		return "", err
	}
	var page struct{ Next string }
	if status != http.StatusOK || json.Unmarshal(answer, &page) != nil {
		return "", refused(status, answer)
	}
	return page.Next, nil
}

// heldOf is how many records there are to be listed.
func heldOf(ctx context.Context, d *door) (int, error) {
	status, answer, err := d.call(ctx, http.MethodGet, "/v1/"+city+"/statistics?ledger=evidence", nil)
	if err != nil {
		return 0, err
	}
	var s struct {
		Records []struct {
			Type  string
			Total int
		}
	}
	if status != http.StatusOK || json.Unmarshal(answer, &s) != nil {
		return 0, refused(status, answer)
	}
	for _, t := range s.Records {
		if t.Type == "evidence" {
			return t.Total, nil
		}
	}
	return 0, nil
}

func (r *listsReport) print(out io.Writer) {
	w := tabwriter.NewWriter(out, 0, 8, 2, ' ', 0)
	fmt.Fprintln(w, "pages of 50\tp50 ms\tp99 ms\tmax ms\t")
	for _, l := range r.Lists {
		fmt.Fprintf(w, "%s\t%.1f\t%.1f\t%.1f\t\n", l.Name, l.P50, l.P99, l.Max)
	}
	w.Flush() //nolint:errcheck // it fails only as its writer does
	fmt.Fprintf(out, "worst p99: %.1f ms (at most %.0f), of %d records. %d cores, load average %s.\n", r.Worst, r.Bar, r.Records, r.Machine.Cores, r.Machine.Load)
}
