package index

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"

	"github.com/buger/jsonparser"
	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer/lifecycle"
	"google.golang.org/protobuf/proto"

	"henanchain/gateway/sqldb"
	"henanchain/internal/block"
	"henanchain/internal/operation"
)

// identity is who signed, as the table transactions keeps it.
type identity struct {
	MSP  string `json:"msp"`
	Name string `json:"name,omitempty"`
	App  string `json:"app,omitempty"`
	Dept string `json:"dept,omitempty"`
}

// operations tells what a transaction asked for: how often each operation, and
// how often it was refused with which code.
type operations struct {
	Asked   map[string]int `json:"asked,omitempty"`
	Refused map[string]int `json:"refused,omitempty"`
}

// transaction takes a transaction in: itself, and where it is valid what it
// writes, in every contract, and its event.
func (a *applying) transaction(b *Block, t *block.Transaction) error {
	number := a.numbered(&a.txs)
	before := len(a.writes)
	first := a.no<<numberBits | (a.versions + int64(before) + 1) // writes are numbered when all are known
	if t.Valid() {
		for _, n := range t.Namespaces {
			for _, w := range n.Writes {
				if err := a.write(number, t, n.Contract, w); err != nil {
					return err
				}
			}
		}
		if t.Event != nil {
			a.rows.events = append(a.rows.events, number, t.Event.Contract, t.Event.Name, t.Event.Payload)
		}
		a.definition(number, t)
	}
	creator, err := json.Marshal(identity(t.Creator))
	if err != nil {
		return fmt.Errorf("encode a creator: %w", err)
	}
	by := make([]identity, len(t.Endorsers))
	for i, e := range t.Endorsers {
		by[i] = identity(e)
	}
	endorsers, err := json.Marshal(by)
	if err != nil {
		return fmt.Errorf("encode endorsers: %w", err)
	}
	asked, err := json.Marshal(operationsOf(t))
	if err != nil {
		return fmt.Errorf("encode operations: %w", err)
	}
	a.rows.transactions = append(a.rows.transactions, number, int64(b.Number), t.Position, clean(t.ID), int64(t.Type), int64(t.Code), millis(t.Time),
		clean(t.Contract), clean(t.Function), string(creator), string(endorsers), string(asked), first, len(a.writes)-before)
	return nil
}

// clean makes a text of anybody's bytes one that both databases take.
func clean(s string) string {
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD")
}

// operationsOf counts what a transaction asked for, from its arguments and its answer.
func operationsOf(t *block.Transaction) operations {
	var o operations
	if t.Function == operation.Apply && len(t.Args) == 1 {
		o.Asked, o.Refused = map[string]int{}, map[string]int{}
		jsonparser.ArrayEach(t.Args[0], func(item []byte, _ jsonparser.ValueType, _ int, _ error) { //nolint:errcheck // what cannot be read was refused as a whole
			if name, err := jsonparser.GetString(item, "op"); err == nil {
				o.Asked[clean(name)]++
			}
		})
		jsonparser.ArrayEach(t.Answer, func(item []byte, _ jsonparser.ValueType, _ int, _ error) { //nolint:errcheck // likewise
			if code, err := jsonparser.GetString(item, "refusal", "code"); err == nil {
				o.Refused[clean(code)]++
			}
		})
		return o
	}
	if t.Function != "" {
		o.Asked = map[string]int{clean(t.Function): 1}
	}
	return o
}

// definition notes the definition of a contract that a transaction commits.
func (a *applying) definition(number int64, t *block.Transaction) {
	if t.Type != common.HeaderType_ENDORSER_TRANSACTION || t.Contract != "_lifecycle" || t.Function != "CommitChaincodeDefinition" || len(t.Args) != 1 {
		return
	}
	d := &lifecycle.CommitChaincodeDefinitionArgs{}
	if proto.Unmarshal(t.Args[0], d) == nil {
		a.rows.contracts = append(a.rows.contracts, a.no, clean(d.Name), d.Sequence, clean(d.Version), number)
	}
}

// write takes one key's new value in.
func (a *applying) write(tx int64, t *block.Transaction, contract string, w block.Write) error {
	e := a.index.envelope(contract, w)
	if e.recordType == "" {
		e.id = printable(w.Key)
	}
	k, err := a.kindOf(contract, e.recordType)
	if err != nil {
		return err
	}
	ids := a.touched[k.no]
	if ids == nil {
		ids = map[string]*touched{}
		a.touched[k.no] = ids
	}
	r := ids[e.id]
	if r == nil {
		r = &touched{kind: k, id: e.id, isNew: e.version == 1 && !a.careful}
		ids[e.id] = r
		a.order = append(a.order, r)
	}
	r.value, r.newStatus = w.Value, e.status
	if w.Delete {
		r.value, r.newStatus = nil, ""
	}
	a.writes = append(a.writes, write{of: r, tx: tx, value: r.value})
	if e.recordType != "" && !w.Delete {
		a.rows.activity[activityKey{k.no, t.Time.In(china).Format("20060102"), t.Creator.MSP, e.op}]++
	}
	return nil
}

// printable writes a key's bytes as a text; composite keys hold zeros.
func printable(key string) string {
	if clean(key) == key {
		return key
	}
	return strconv.QuoteToASCII(key)
}

// kindOf finds the kind of a record, and makes it where it is the first.
func (a *applying) kindOf(contract, recordType string) (*kind, error) {
	if k := a.index.cached(a.channel, contract, recordType); k != nil {
		return k, nil
	}
	for _, k := range a.newKinds {
		if k.contract == contract && k.recordType == recordType {
			return k, nil
		}
	}
	k, err := a.index.findKind(a.ctx, a.tx, a.channel, contract, recordType) // another process may have made it
	if err != nil || k != nil {
		return k, err
	}
	if err := a.index.db.numbering(a.ctx, a.tx); err != nil {
		return nil, err
	}
	k = newKind(0, a.channel, contract, recordType, a.index.contracts[contract])
	err = a.tx.QueryRowContext(a.ctx, `INSERT INTO kinds (no, channel, contract, type, fields)
		SELECT coalesce(max(no), 0) + 1, $1, $2, $3, $4 FROM kinds RETURNING no`, a.no, contract, recordType, k.fingerprint()).Scan(&k.no)
	if err != nil {
		return nil, fmt.Errorf("number the records %s of %s: %w", recordType, contract, err)
	}
	k.stored = k.fingerprint()
	a.newKinds = append(a.newKinds, k)
	return k, nil
}

// number1 numbers the keys that are new, after looking up those that may not be.
func (a *applying) number1() error {
	var old []*touched
	for _, r := range a.order {
		if !r.isNew {
			old = append(old, r)
		}
	}
	if err := a.lookUp(old); err != nil {
		return err
	}
	for _, r := range a.order {
		if r.number == 0 {
			r.isNew, r.number = true, a.numbered(&a.records)
		}
	}
	return nil
}

const lookUpAtOnce = 128

// lookUp finds what stood in keys before.
func (a *applying) lookUp(all []*touched) error {
	byKind := map[*kind][]*touched{}
	for _, r := range all {
		byKind[r.kind] = append(byKind[r.kind], r)
	}
	for k, list := range byKind {
		err := batches(list, lookUpAtOnce, func(part []*touched) error { return a.lookUpSome(k, part) })
		if err != nil {
			return fmt.Errorf("look up %s records: %w", k.recordType, err)
		}
	}
	return nil
}

func (a *applying) lookUpSome(k *kind, part []*touched) error {
	args := []any{k.no}
	for _, r := range part {
		args = append(args, r.id)
	}
	query := `SELECT r.id, r.record, r.version, r.status, v.value FROM records r JOIN versions v ON v.version = r.version WHERE r.kind = $1 AND r.id IN ` + list(2, len(part))
	return sqldb.Each(a.ctx, a.tx, query, args, func(scan sqldb.Scan) error {
		var id, status string
		var record, version int64
		var value []byte
		if err := scan(&id, &record, &version, &status, &value); err != nil {
			return err
		}
		r := a.touched[k.no][id]
		r.isNew, r.number, r.before, r.status, r.old = false, record, version, status, value
		return nil
	})
}

// versionRows gives each write its number, in the order of the blocks.
func (a *applying) versionRows() error {
	last := map[*touched]int64{}
	for _, w := range a.writes {
		before, ok := last[w.of]
		if !ok {
			before = w.of.before
		}
		v := a.numbered(&a.versions)
		last[w.of], w.of.version = v, v
		var value any // a nil []byte in an any is not NULL to every driver
		if w.value != nil {
			value = w.value
		}
		a.rows.versions = append(a.rows.versions, v, w.of.number, before, w.tx, value)
	}
	return nil
}

// recordRows writes the latest state of each key, and sorts it in anew.
func (a *applying) recordRows() error {
	var values []any
	fresh := int64(0)
	columns := []string{"record", "kind", "id", "version", "status", "ends"}
	for _, r := range a.order {
		ends := any(nil)
		if at, ok := r.kind.ends(r.newStatus, r.value); ok {
			ends = at
		}
		if r.isNew {
			fresh++
			values = append(values, r.number, r.kind.no, r.id, r.version, r.newStatus, ends)
		} else if _, err := a.exec(`UPDATE records SET version = $1, status = $2, ends = $3 WHERE record = $4`, r.version, r.newStatus, ends, r.number); err != nil {
			return fmt.Errorf("write records: %w", err)
		}
		if err := a.sortIn(r); err != nil {
			return err
		}
	}
	written, err := a.index.db.insert(a.ctx, a.tx, "records", columns, " ON CONFLICT DO NOTHING", values)
	if err != nil {
		return err
	}
	if written != fresh {
		return errNotNew
	}
	a.rows.terms, a.rows.postings = sortTerms(a.pairs, a.fresh, a.statuses)
	return nil
}

// sortIn changes what a record is found by, from what it was to what it is.
func (a *applying) sortIn(r *touched) error {
	was, is := r.kind.entryOf(r.old), r.kind.entryOf(r.value)
	x := a.index
	for _, t := range without(was.terms, is.terms) {
		if err := a.dropTerm(x.placed(t, r.number), r.number); err != nil {
			return err
		}
	}
	for _, p := range without(was.ordered, is.ordered) {
		if _, err := a.exec(`DELETE FROM ordered WHERE field = $1 AND value = $2 AND record = $3`, p.field, p.value, r.number); err != nil {
			return fmt.Errorf("write ordered: %w", err)
		}
	}
	for _, t := range without(is.terms, was.terms) {
		a.pairs = append(a.pairs, pair{x.placed(t, r.number), r.number})
	}
	if is.status != 0 {
		a.statuses[x.placed(is.status, r.number)] = true
	}
	for _, p := range without(is.ordered, was.ordered) {
		a.rows.ordered = append(a.rows.ordered, p.field, p.value, r.number)
	}
	return nil
}

// dropTerm takes a record out of what a term names, in whichever table it is.
func (a *applying) dropTerm(term, record int64) error {
	done, err := a.exec(`DELETE FROM terms WHERE term = $1 AND record = $2`, term, record)
	if err != nil {
		return fmt.Errorf("write terms: %w", err)
	}
	if n, err := done.RowsAffected(); err != nil || n > 0 {
		return err
	}
	return a.unpost(term, record)
}

// without is what the first list has and the second has not.
func without[T comparable](list, other []T) []T {
	if len(other) == 0 {
		return list
	}
	has := make(map[T]bool, len(other))
	for _, o := range other {
		has[o] = true
	}
	var rest []T
	for _, e := range list {
		if !has[e] {
			rest = append(rest, e)
		}
	}
	return rest
}

// counters moves the numbers of records by status, and adds up what was done.
func (a *applying) counters() error {
	type key struct {
		kind   int64
		status string
	}
	moved := map[key]int64{}
	for _, r := range a.order {
		if r.kind.recordType == "" {
			continue
		}
		if r.old != nil {
			moved[key{r.kind.no, r.status}]--
		}
		if r.value != nil {
			moved[key{r.kind.no, r.newStatus}]++
		}
	}
	for k, n := range moved {
		if n == 0 {
			continue
		}
		_, err := a.exec(`INSERT INTO counts (kind, status, n) VALUES ($1, $2, $3)
			ON CONFLICT (kind, status) DO UPDATE SET n = counts.n + excluded.n`, k.kind, k.status, n)
		if err != nil {
			return fmt.Errorf("count records: %w", err)
		}
	}
	for k, n := range a.rows.activity {
		_, err := a.exec(`INSERT INTO activity (kind, day, org, op, n) VALUES ($1, $2, $3, $4, $5)
			ON CONFLICT (kind, day, org, op) DO UPDATE SET n = activity.n + excluded.n`, k.kind, k.day, k.org, k.op, n)
		if err != nil {
			return fmt.Errorf("count operations: %w", err)
		}
	}
	return nil
}
