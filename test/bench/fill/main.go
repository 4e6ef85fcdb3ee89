// Command fill makes a read model with millions of records in one city, by the
// code that the follower writes with, and measures how long pages of lists take
// there and how fast further blocks go in.
//
// The blocks are made here and never were on a ledger: they have the records,
// transactions and keys of real ones, and no signatures, which the index does
// not look at (the follower does, before). What peers need for the same blocks
// is not measured here.
package main

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"

	"henanchain/gateway/index"
	"henanchain/internal/block"
	"henanchain/internal/catalog"
	"henanchain/internal/operation"
)

type options struct {
	dsn, channel      string
	records, perBlock int
	sample, pages     int
	together          int
}

func main() {
	var o options
	flag.StringVar(&o.dsn, "dsn", "", "the read model's database: sqlite:FILE or postgres://…")
	flag.StringVar(&o.channel, "channel", "zhengzhou", "the channel that the records are said to be of")
	flag.IntVar(&o.records, "records", 5_000_000, "records that there are to be in the end; those that are there count")
	flag.IntVar(&o.perBlock, "per-block", 1000, "records in a block")
	flag.IntVar(&o.sample, "sample", 50_000, "records over which a rate is measured, at the beginning and at the end")
	flag.IntVar(&o.together, "together", 50, "blocks in one database transaction, between the two samples: the follower itself puts in what waits")
	flag.IntVar(&o.pages, "pages", 200, "pages of each list to be measured; 0: none")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := run(ctx, o); err != nil {
		fmt.Fprintln(os.Stderr, "fill:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, o options) error {
	if o.dsn == "" {
		return fmt.Errorf("--dsn is missing")
	}
	contracts, err := catalog.Load()
	if err != nil {
		return err
	}
	x, err := index.Open(ctx, o.dsn, index.Options{Contracts: contracts})
	if err != nil {
		return err
	}
	defer x.Close()
	f := &filling{options: o, index: x}
	if err := f.fill(ctx); err != nil {
		return err
	}
	if o.pages == 0 {
		return nil
	}
	return f.measure(ctx)
}

type filling struct {
	options
	index *index.Index
	rand  *rand.Rand
}

// fill writes blocks until there are enough records.
func (f *filling) fill(ctx context.Context) error {
	next, done := uint64(0), 0
	heads, err := f.index.Heads(ctx)
	if err != nil {
		return err
	}
	if head, ok := heads[f.channel]; ok {
		next, done = head.Block+1, int(head.Place)
	}
	began, from, told := time.Now(), done, time.Now()
	var first, firstCPU float64
	var recent, recentCPU []float64
	for done < f.records && ctx.Err() == nil {
		var some []index.Block
		n := 0
		for range f.atOnce(done) {
			k := min(f.perBlock, f.records-done-n)
			some, n = append(some, f.block(next+uint64(len(some)), k)), n+k
		}
		before, spent := time.Now(), cpu()
		if err := f.index.Apply(ctx, f.channel, some); err != nil {
			return err
		}
		recent, recentCPU = append(recent, time.Since(before).Seconds()/float64(n)), append(recentCPU, (cpu()-spent)*1e6/float64(n))
		next, done = next+uint64(len(some)), done+n
		if blocks := max(1, f.sample/f.perBlock); len(recent) > blocks {
			recent, recentCPU = recent[1:], recentCPU[1:]
		} else if len(recent) == blocks {
			first, firstCPU = 1/mean(recent), mean(recentCPU)
		}
		if time.Since(told) > 10*time.Second {
			told = time.Now()
			fmt.Fprintf(os.Stderr, "%9d records, %6.0f a second and %4.0f µs of CPU each now, %6.0f a second on average\n", done, 1/mean(recent), mean(recentCPU), float64(done-from)/time.Since(began).Seconds())
		}
	}
	if done > from {
		fmt.Printf("%d records written; the first %d at %.0f a second, the last at %.0f a second: %.0f%%\n", done-from, f.sample, first, 1/mean(recent), 100/mean(recent)/first)
		fmt.Printf("CPU of this process for each: %.0f µs of the first, %.0f µs of the last\n", firstCPU, mean(recentCPU))
	}
	return ctx.Err()
}

// atOnce is how many blocks go in next: one, while a rate is measured.
func (f *filling) atOnce(done int) int {
	if done < f.sample || done >= f.records-f.sample {
		return 1
	}
	return min(f.together, max(1, (f.records-f.sample-done)/f.perBlock))
}

// cpu is how many seconds of CPU this process took so far.
func cpu() float64 {
	var u syscall.Rusage
	if syscall.Getrusage(syscall.RUSAGE_SELF, &u) != nil {
		return 0
	}
	return float64(u.Utime.Nano()+u.Stime.Nano()) / 1e9
}

func mean(all []float64) float64 {
	sum := 0.0
	for _, v := range all {
		sum += v
	}
	return sum / float64(max(1, len(all)))
}

// firms deposit; companies have many records, most persons few.
const firms = 20_000

// block makes one block of deposits of evidence, in one transaction.
func (f *filling) block(number uint64, n int) index.Block {
	f.rand = rand.New(rand.NewPCG(number, 7))
	at := time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(number) * time.Minute)
	t := block.Transaction{ID: f.digits(64), Type: common.HeaderType_ENDORSER_TRANSACTION, Channel: f.channel, Time: at, Contract: "evidence", Function: operation.Apply,
		Creator: block.Identity{MSP: "ZhengzhouMSP", App: "zhengzhou-notary", Dept: "91410100MA9YTT01X0"}, Namespaces: []block.Namespace{{Contract: "evidence"}}}
	writes := make([]block.Write, n)
	for i := range writes {
		id := f.digits(32)
		writes[i] = block.Write{Key: "evidence/" + id, Value: f.record(id, at)}
	}
	t.Namespaces[0].Writes = writes
	b := index.Block{Number: number, Hash: []byte(f.digits(32)), DataHash: []byte(f.digits(32)), Bytes: n * 900, Transactions: []block.Transaction{t}}
	if number == 0 {
		b.Config = &common.Block{Header: &common.BlockHeader{}}
	}
	return b
}

// titles are what documents are called.
var titles = []string{"购销合同", "房屋租赁合同", "会议纪要", "电子邮件截图", "微信聊天记录", "银行流水", "专利交底书", "工程验收单", "劳动合同", "借款协议"}

func (f *filling) record(id string, at time.Time) []byte {
	firm := f.rand.IntN(firms)
	collected := at.Add(-time.Duration(f.rand.IntN(365*24)) * time.Hour).Format(time.RFC3339)
	body, err := json.Marshal(map[string]any{
		"fileHash": f.digits(64), "name": fmt.Sprintf("%s-%d.pdf", titles[f.rand.IntN(len(titles))], f.rand.IntN(1_000_000)), "size": f.rand.IntN(1 << 20), "dataType": fmt.Sprint(1 + f.rand.IntN(4)),
		"depositorType": "ORGANISATION", "depositorKey": keyOf(firm), "collectedAt": collected, "sourceType": "业务系统导出", "deviceId": "取证终端-07",
	})
	if err != nil {
		panic("fill: " + err.Error()) // texts and numbers: cannot happen
	}
	r := operation.Record{Type: "evidence", ID: id, Version: 1, Status: "ANCHORED", Org: "ZhengzhouMSP", Dept: "91410100MA9YTT01X0", App: "zhengzhou-notary", Op: "Deposit", Time: at.Format(time.RFC3339), Body: body}
	value, err := r.Encode()
	if err != nil {
		panic("fill: " + err.Error())
	}
	return value
}

func keyOf(firm int) string { return fmt.Sprintf("%064x", 0xabcdef+firm) }

func (f *filling) digits(n int) string {
	b := make([]byte, n/2)
	for i := range b {
		b[i] = byte(f.rand.Uint32())
	}
	return hex.EncodeToString(b)
}

// list is a way of asking for pages.
type list struct {
	name  string
	query func(r *rand.Rand) index.Query
}

// lists are what callers ask for: with and without filters, in every order.
func (f *filling) lists() []list {
	base := index.Query{Channel: f.channel, Contract: "evidence", Type: "evidence", Limit: 50}
	with := func(change func(*index.Query, *rand.Rand)) func(*rand.Rand) index.Query {
		return func(r *rand.Rand) index.Query {
			q := base
			change(&q, r)
			return q
		}
	}
	equal := func(field, value string) index.Filter { return index.Filter{Field: field, Equal: []string{value}} }
	day := func(r *rand.Rand) *int64 {
		at := time.Date(2026, 1, 1+r.IntN(300), 0, 0, 0, 0, time.UTC).Unix()
		return &at
	}
	return []list{
		{"all, by id", with(func(*index.Query, *rand.Rand) {})},
		{"all, the newest first", with(func(q *index.Query, _ *rand.Rand) { q.Sort, q.Desc = index.ByCreated, true })},
		{"all, by the last change", with(func(q *index.Query, _ *rand.Rand) { q.Sort, q.Desc = index.ByUpdated, true })},
		{"all, by a date", with(func(q *index.Query, _ *rand.Rand) { q.Sort = "collectedAt" })},
		{"of one depositor", with(func(q *index.Query, r *rand.Rand) {
			q.Filters = []index.Filter{equal("depositorKey", keyOf(r.IntN(firms)))}
		})},
		{"of one depositor and kind, by a date", with(func(q *index.Query, r *rand.Rand) {
			q.Filters, q.Sort = []index.Filter{equal("depositorKey", keyOf(r.IntN(firms))), equal("dataType", "2")}, "collectedAt"
		})},
		{"of one status", with(func(q *index.Query, _ *rand.Rand) { q.Filters = []index.Filter{equal("status", "ANCHORED")} })},
		{"of one kind, by id", with(func(q *index.Query, _ *rand.Rand) {
			q.Filters, q.Sort = []index.Filter{equal("dataType", "3")}, index.ByID
		})},
		{"by words of a name", with(func(q *index.Query, r *rand.Rand) {
			q.Filters = []index.Filter{{Field: "name", Text: titles[r.IntN(len(titles))]}}
		})},
		{"by a name's number", with(func(q *index.Query, r *rand.Rand) {
			q.Filters = []index.Filter{{Field: "name", Text: fmt.Sprint(r.IntN(1_000_000))}}
		})},
		{"of a stretch of days, by the date", with(func(q *index.Query, r *rand.Rand) {
			from := day(r)
			to := *from + 7*24*3600
			q.Filters, q.Sort = []index.Filter{{Field: "collectedAt", From: from, To: &to}}, "collectedAt"
		})},
		{"of a stretch of days and one kind", with(func(q *index.Query, r *rand.Rand) {
			from := day(r)
			to := *from + 7*24*3600
			q.Filters = []index.Filter{{Field: "collectedAt", From: from, To: &to}, equal("dataType", "1")}
		})},
		{"what is not there", with(func(q *index.Query, r *rand.Rand) {
			q.Filters = []index.Filter{equal("caseNo", fmt.Sprint(r.Uint64()))}
		})},
		{"a status that no record has, of one kind", with(func(q *index.Query, _ *rand.Rand) {
			q.Filters = []index.Filter{equal("status", "SUBMITTED"), equal("dataType", "1")}
		})},
	}
}

// measure asks for pages of each list, following cursors.
func (f *filling) measure(ctx context.Context) error {
	r := rand.New(rand.NewPCG(1, 2))
	fmt.Printf("%-44s %8s %8s %8s\n", "pages of 50", "p50 ms", "p99 ms", "max ms")
	worst := 0.0
	for _, l := range f.lists() {
		var took []float64
		q := l.query(r)
		for i := range f.pages {
			if i%5 == 0 || q.Cursor == "" { // five pages of one question, then another question
				q = l.query(r)
			}
			began := time.Now()
			page, err := f.index.List(ctx, q)
			if err != nil {
				return fmt.Errorf("%s: %w", l.name, err)
			}
			took = append(took, float64(time.Since(began).Microseconds())/1000)
			q.Cursor = page.Next
		}
		slices.Sort(took)
		p99 := took[len(took)*99/100]
		worst = max(worst, p99)
		fmt.Printf("%-44s %8.1f %8.1f %8.1f\n", l.name, took[len(took)/2], p99, took[len(took)-1])
	}
	fmt.Printf("worst p99: %.1f ms (at most 50)\n", worst)
	return nil
}
