package rest

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/buger/jsonparser"

	"henanchain/gateway/index"
	"henanchain/gateway/openapi"
	"henanchain/gateway/problem"
	"henanchain/internal/catalog"
	"henanchain/internal/operation"
	"henanchain/internal/schema"
)

// Index answers from the read model; *index.Index in a gateway.
type Index interface {
	Head(ctx context.Context, channel string) (index.AsOf, error)
	Await(ctx context.Context, channel string, number uint64, atMost time.Duration) error
	Get(ctx context.Context, channel, contract, recordType, id string) (*index.Found, error)
	History(ctx context.Context, channel, contract, recordType, id string) ([]index.Version, index.AsOf, error)
	List(ctx context.Context, q index.Query) (*index.Page, error)
	Count(ctx context.Context, q index.Query) (n int, exact bool, at index.AsOf, err error)
	Tallies(ctx context.Context, channel string, now time.Time) ([]index.Tally, index.AsOf, error)
	ActivityOf(ctx context.Context, channel, contract, from, to string, limit int) ([]index.Activity, error)
	Blocks(ctx context.Context, channel string, before uint64, limit int) ([]index.BlockInfo, error)
	Block(ctx context.Context, channel string, number uint64) (*index.BlockInfo, []index.TransactionInfo, error)
	Transactions(ctx context.Context, channel string, before int64, limit int) ([]index.TransactionInfo, int64, error)
	Transaction(ctx context.Context, channel, id string) (*index.TransactionInfo, error)
	Contracts(ctx context.Context, channel string) ([]index.ContractInfo, error)
	Configs(ctx context.Context, channel string) ([]index.ConfigInfo, error)
}

// seen remembers the block of each application's last write on each channel,
// so that its next read sees it.
type seen struct {
	mu   sync.Mutex
	last map[[2]string]uint64
}

func (s *seen) note(app, channel string, block uint64) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.last == nil {
		s.last = map[[2]string]uint64{}
	}
	if key := [2]string{app, channel}; s.last[key] < block {
		s.last[key] = block
	}
}

func (s *seen) block(app, channel string) uint64 {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.last[[2]string{app, channel}]
}

// Parameters of reads.
const (
	paramConsistency = "consistency"
	paramAtLeast     = "atLeast"
	fromLedger       = "ledger"
	fromIndex        = "index"
)

var readParameters = []openapi.Parameter{
	{Name: paramConsistency, In: "query", Description: "index (the default): answered from the verified read model, as of the block that asOf tells; ledger: a peer is asked.", Schema: map[string]any{"type": "string", "enum": []string{fromIndex, fromLedger}}},
	{Name: paramAtLeast, In: "query", Description: "A block that the answer must be as of, or later: that of a receipt from another gateway. The caller's own writes through this gateway are always seen.", Schema: map[string]any{"type": "integer", "minimum": 0}},
}

// fresh tells whether a read is answered from the index: it is asked for (by
// default), there is one, and it holds what the caller wrote. Where the index
// is too far behind, the ledger answers, or nobody where only the index can.
func (x *exchange) fresh(onlyIndex bool) (bool, error) {
	var query url.Values
	if x.request().URL.RawQuery != "" { // most reads have none
		query = x.request().URL.Query()
	}
	switch query.Get(paramConsistency) {
	case "", fromIndex:
	case fromLedger:
		if onlyIndex {
			return false, inputInvalid(operation.FieldError{Field: paramConsistency, Code: schema.Enum, Message: "must be index: the peers cannot search"})
		}
		return false, nil
	default:
		return false, inputInvalid(operation.FieldError{Field: paramConsistency, Code: schema.Enum, Message: "must be index or ledger"})
	}
	if x.Index == nil {
		if onlyIndex {
			return false, problem.New(problem.IndexBehind, "This gateway runs without a read model.")
		}
		return false, nil
	}
	want := x.seen.block(x.caller.Name, x.channel.Name)
	if text := query.Get(paramAtLeast); text != "" {
		n, err := strconv.ParseUint(text, 10, 62)
		if err != nil {
			return false, inputInvalid(operation.FieldError{Field: paramAtLeast, Code: schema.Type, Message: "must be a block's number"})
		}
		want = max(want, n)
	}
	err := x.Index.Await(x.ctx(), x.channel.Name, want, x.IndexWait)
	switch {
	case err == nil:
		return true, nil
	case onlyIndex:
		return false, problem.New(problem.IndexBehind, "The read model of %s is not yet at block %d.", x.channel.Name, want).Because(err)
	default:
		x.warn("the read model is behind; the peers are asked", err)
		return false, nil
	}
}

// getIndexed serves one record from the index.
func (x *exchange) getIndexed(r *catalog.Record, id string, known int) error {
	f, err := x.Index.Get(x.ctx(), x.channel.Name, x.route.contract.Name, r.Type, id)
	if errors.Is(err, index.ErrNotFound) {
		return problem.New(problem.RecordNotFound, "There is no %s with that id on %s, as of block %d.", r.Title, x.channel.Name, f.AsOf.Block)
	}
	if err != nil {
		return indexAway(err)
	}
	record, err := f.Decode()
	if err != nil {
		return err
	}
	if err := x.mayRead(r, record); err != nil {
		return err
	}
	x.gin.Writer.Header().Set("ETag", tag(record.Version))
	x.gin.Writer.Header().Set("Cache-Control", "no-cache")
	if known == record.Version {
		x.audit(http.StatusNotModified)
		x.gin.Writer.WriteHeader(http.StatusNotModified)
		return nil
	}
	x.send(http.StatusOK, typeJSON, withAsOf(f.Value, f.AsOf))
	return nil
}

// withAsOf is a JSON object with asOf added; the object itself is not written to.
func withAsOf(object []byte, at index.AsOf) []byte {
	return appendAsOf(append(make([]byte, 0, len(object)+128), object...), at)
}

// appendAsOf adds asOf to a JSON object in its place.
func appendAsOf(object []byte, at index.AsOf) []byte {
	return append(at.AppendJSON(append(object[:len(object)-1], `,"asOf":`...)), '}')
}

func indexAway(err error) error {
	return problem.New(problem.IndexAway, "Ask again a little later, or with consistency=ledger.").Because(err)
}

// change is one entry of a history, with who made it.
type change struct {
	operation.Change
	Block *uint64 `json:"block,omitempty"`
	Org   string  `json:"org,omitempty"`
	App   string  `json:"app,omitempty"`
}

type indexedHistory struct {
	Changes []change   `json:"changes"`
	AsOf    index.AsOf `json:"asOf"`
}

func (x *exchange) historyIndexed(r *catalog.Record, id string) error {
	versions, at, err := x.Index.History(x.ctx(), x.channel.Name, x.route.contract.Name, r.Type, id)
	if errors.Is(err, index.ErrNotFound) {
		return problem.New(problem.RecordNotFound, "There is no %s with that id on %s, as of block %d.", r.Title, x.channel.Name, at.Block)
	}
	if err != nil {
		return indexAway(err)
	}
	if err := x.mayReadHistory(r, versions); err != nil {
		return err
	}
	out := indexedHistory{AsOf: at}
	var before *operation.Record
	for _, v := range versions {
		number := v.Block
		c := change{Change: operation.Change{TxID: v.TxID, Time: v.Time.Truncate(time.Second).Format(time.RFC3339)}, Block: &number, Org: v.MSP, App: v.App}
		if v.Value != nil {
			if c.Record, err = operation.DecodeRecord(v.Value); err != nil {
				return err
			}
		}
		if c.Changed, err = operation.Differences(before, c.Record); err != nil {
			return err
		}
		before = c.Record
		out.Changes = append(out.Changes, c)
	}
	return x.json(http.StatusOK, out)
}

// mayReadHistory lets those read a history who may see the record now, or as it
// was before it was removed.
func (x *exchange) mayReadHistory(r *catalog.Record, versions []index.Version) error {
	for _, v := range slices.Backward(versions) {
		if v.Value == nil {
			continue
		}
		last, err := operation.DecodeRecord(v.Value)
		if err != nil {
			return err
		}
		return x.mayRead(r, last)
	}
	return nil
}

// judged answers a verification from the index.
func (x *exchange) judged(v *operation.Verdict, at index.AsOf) error {
	x.send(http.StatusOK, typeJSON, appendAsOf(v.AppendJSON(make([]byte, 0, 512)), at))
	return nil
}

// verifyIndexed answers a claim from the index. A claim without an id is
// looked for by the document's digest.
func (x *exchange) verifyIndexed(r *catalog.Record, claim *operation.Claim) error {
	if claim.ID == "" {
		if claim.FileHash == "" || len(r.HashFields) == 0 {
			return inputInvalid(operation.FieldError{Field: "id", Code: schema.Required, Message: "is missing: a " + r.Title + " is found by its id, or by fileHash where it has one"})
		}
		if err := x.locate(r, claim); err != nil {
			return err
		}
	}
	latest, at, err := x.recordIndexed(r, claim.ID)
	if err != nil {
		return err
	}
	if latest == nil {
		return x.judged(operation.NoRecord(r.Type, claim.ID), at)
	}
	if err := x.mayRead(r, latest); err != nil {
		return err
	}
	meant := latest
	if claim.Version != 0 && claim.Version != latest.Version {
		if meant, err = x.versionIndexed(r, claim); err != nil {
			return err
		}
	}
	v, err := operation.Judge(claim, latest, meant, r.HashFields, r.StatusAt(latest.Status, latest.Body, time.Now()), r.SuccessorOf(latest.Body))
	if err != nil {
		return err
	}
	return x.judged(v, at)
}

// recordIndexed reads a record; nil where there is none.
func (x *exchange) recordIndexed(r *catalog.Record, id string) (*operation.Record, index.AsOf, error) {
	if id == "" {
		at, err := x.Index.Head(x.ctx(), x.channel.Name)
		return nil, at, err
	}
	return x.latest(x.channel.Name, x.route.contract.Name, r.Type, id)
}

// latest reads a record of any channel as it is now; nil where there is none.
func (x *exchange) latest(channel, contract, recordType, id string) (*operation.Record, index.AsOf, error) {
	f, err := x.Index.Get(x.ctx(), channel, contract, recordType, id)
	switch {
	case errors.Is(err, index.ErrNotFound):
		return nil, f.AsOf, nil
	case err != nil:
		return nil, index.AsOf{}, indexAway(err)
	}
	record, err := f.Decode()
	return record, f.AsOf, err
}

func (x *exchange) versionIndexed(r *catalog.Record, claim *operation.Claim) (*operation.Record, error) {
	versions, _, err := x.Index.History(x.ctx(), x.channel.Name, x.route.contract.Name, r.Type, claim.ID)
	if err != nil {
		return nil, indexAway(err)
	}
	for _, v := range versions {
		if v.Value == nil {
			continue
		}
		record, err := operation.DecodeRecord(v.Value)
		if err != nil {
			return nil, err
		}
		if record.Version == claim.Version {
			return record, nil
		}
	}
	return nil, nil
}

// locate finds the record that carries a document's digest: of several, the
// one that was made last.
func (x *exchange) locate(r *catalog.Record, claim *operation.Claim) error {
	for _, field := range r.HashFields {
		page, err := x.Index.List(x.ctx(), index.Query{Channel: x.channel.Name, Contract: x.route.contract.Name, Type: r.Type, Limit: 1,
			Sort: index.ByCreated, Desc: true, Filters: []index.Filter{{Field: field, Equal: []string{claim.FileHash}}}})
		if err != nil {
			return indexAway(err)
		}
		if len(page.Values) > 0 {
			claim.ID, err = jsonparser.GetString(page.Values[0], "id")
			return err
		}
	}
	return nil
}
