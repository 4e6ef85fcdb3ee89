package ledger

import (
	"fmt"

	"henanchain/internal/catalog"
	"henanchain/internal/operation"
	"henanchain/internal/schema"
	"henanchain/internal/strictjson"
)

// recordInfo is what the ledger knows of a record type without knowing its
// body.
type recordInfo struct {
	catalog.Record
	machine machine
}

// Records keeps the records of one type, whose body is a B.
type Records[B any] struct{ info *recordInfo }

// Define registers a record type. The description's Body comes from B.
func Define[B any](c *Contract, info catalog.Record) *Records[B] {
	info.Body = schema.For[B]()
	r := &recordInfo{Record: info, machine: machine{info.Statuses, info.Transitions}}
	if info.Type == "" || info.Collection == "" || c.records[info.Type] != nil {
		c.fail("record type %q has no type and collection of its own", info.Type)
	}
	if err := r.machine.check(info.Lapse); err != nil {
		c.fail("record type %s: %v", info.Type, err)
	}
	if l := info.Lapse; l != nil {
		if _, ok := info.Body.Properties.Get(l.Field); !ok || !r.machine.knows(append([]string{l.To}, l.From...)) {
			c.fail("record type %s lapses by the field %q from %v to %s: no such field, or no such status", info.Type, l.Field, l.From, l.To)
		}
	}
	if info.Schema == 1 || info.Schema < 0 {
		c.fail("record type %s has the schema version %d: the first is left out, the next is 2", info.Type, info.Schema)
	}
	if v := info.Veil; v != nil && (v.Code == "" || (v.Of == nil) == (v.Field == "")) {
		c.fail("record type %s is veiled by a field or with another record, and names a refusal code", info.Type)
	}
	if _, ok := info.Body.Properties.Get(info.Successor); info.Successor != "" && !ok {
		c.fail("record type %s has no body field %q to name its successor", info.Type, info.Successor)
	}
	c.records[info.Type] = r
	c.info.Records = append(c.info.Records, r.Record)
	return &Records[B]{r}
}

// Key is the state key of a record.
func Key(recordType, id string) string { return recordType + "/" + id }

// Key is the state key of a record of this type.
func (r *Records[B]) Key(id string) string { return Key(r.info.Type, id) }

// Entity is one record while an operation works on it.
type Entity[B any] struct {
	operation.Record
	Body B
	info *recordInfo
}

// Find reads a record; the entity is nil where there is none.
func (r *Records[B]) Find(c *Call, id string) (*Entity[B], error) {
	data, err := c.tx.state.get(address{key: r.Key(id)})
	if err != nil || data == nil {
		return nil, err
	}
	return r.decode(data)
}

// Look is Find for a record that the operation only looks at, such as the rules
// in force or the department that acts: where many operations of a transaction
// look at the same one, it is decoded once. The entity is shared with them. It
// must not be changed, and is not written.
func (r *Records[B]) Look(c *Call, id string) (*Entity[B], error) {
	at := address{key: r.Key(id)}
	data, err := c.tx.state.get(at)
	if err != nil || data == nil {
		return nil, err
	}
	if seen, ok := c.tx.looked[at]; ok && len(seen.data) == len(data) && &seen.data[0] == &data[0] {
		return seen.entity.(*Entity[B]), nil
	}
	e, err := r.decode(data)
	if err == nil {
		c.tx.looked[at] = looked{data, e}
	}
	return e, err
}

// LookAt is Look at a record that must exist: RECORD_NOT_FOUND otherwise.
func (r *Records[B]) LookAt(c *Call, id string) (*Entity[B], error) {
	e, err := r.Look(c, id)
	if err == nil && e == nil {
		return nil, Refuse(NotFound, "there is no %s %s on %s", r.info.Title, id, c.Channel())
	}
	return e, err
}

// looked is a decoded record, and the bytes that it was decoded from.
type looked struct {
	data   []byte
	entity any
}

func (r *Records[B]) decode(data []byte) (*Entity[B], error) {
	rec, err := operation.DecodeRecord(data)
	if err != nil {
		return nil, fmt.Errorf("a record of the type %s: %w", r.info.Type, err)
	}
	e := &Entity[B]{Record: *rec, info: r.info}
	if err := strictjson.Unmarshal(rec.Body, &e.Body); err != nil {
		return nil, fmt.Errorf("decode the body of %s %s: %w", r.info.Type, rec.ID, err)
	}
	return e, nil
}

// Load reads a record that must exist: RECORD_NOT_FOUND otherwise.
func (r *Records[B]) Load(c *Call, id string) (*Entity[B], error) {
	e, err := r.Find(c, id)
	if err == nil && e == nil {
		return nil, Refuse(NotFound, "there is no %s %s on %s", r.info.Title, id, c.Channel())
	}
	return e, err
}

// Open loads the record that the operation is about, and refuses where its
// status does not accept the operation (STATE_FORBIDS) or it belongs to
// another department (NOT_OWNER).
func (r *Records[B]) Open(c *Call, id string) (*Entity[B], error) {
	e, err := r.OpenAny(c, id)
	if err != nil {
		return nil, err
	}
	return e, e.OwnedBy(c)
}

// OpenAny is Open for an operation that other departments may do.
func (r *Records[B]) OpenAny(c *Call, id string) (*Entity[B], error) {
	e, err := r.Load(c, id)
	if err != nil {
		return nil, err
	}
	// The version that the caller asks for is that of the record the operation
	// is about, not of others that it opens on its way.
	if c.ifVersion != 0 && r.info.Type == c.about && e.Version != c.ifVersion {
		return nil, Refuse(VersionConflict, "%s %s has version %d, not %d", r.info.Title, id, e.Version, c.ifVersion)
	}
	if !e.info.machine.accepts(e.Status, c.op) {
		return nil, Refuse(StateForbids, "%s %s is %s; %s needs it to be %s", r.info.Title, id, e.Status, c.op, e.info.machine.sources(c.op))
	}
	return e, nil
}

// OwnedBy refuses where the caller is not of the department that owns the record.
func (e *Entity[B]) OwnedBy(c *Call) error {
	if e.Org != c.Caller().MSP || e.Dept != c.Caller().Dept {
		return Refuse(NotOwner, "%s %s belongs to the department %s of %s", e.info.Title, e.ID, e.Dept, e.Org)
	}
	return nil
}

// StatusNow is the record's status at the transaction's time: the stored one,
// or the one that the record has lapsed into since. Changes of the body count
// once they are written.
func (e *Entity[B]) StatusNow(c *Call) string {
	return e.info.StatusAt(e.Status, e.Record.Body, c.Now())
}

// Create writes a new record in a status that the operation may lead to.
// RECORD_EXISTS where the id is taken.
func (r *Records[B]) Create(c *Call, id, status string, body B) (*Entity[B], error) {
	old, err := c.tx.state.get(address{key: r.Key(id)})
	if err != nil {
		return nil, err
	}
	if old != nil {
		refusal := Refuse(Exists, "%s %s is on %s already", r.info.Title, id, c.Channel())
		refusal.Type, refusal.ID = r.info.Type, id
		return nil, refusal
	}
	return r.CreateNumbered(c, id, status, body)
}

// CreateNumbered is Create for an id that ends in a number which another
// record counts: that record is read and changed by the same operation, so
// nobody can have the number already, and nobody looks.
func (r *Records[B]) CreateNumbered(c *Call, id, status string, body B) (*Entity[B], error) {
	e := &Entity[B]{info: r.info, Body: body, Record: operation.Record{
		Type: r.info.Type, ID: id, Org: c.Caller().MSP, Dept: c.Caller().Dept,
	}}
	return e, e.Move(c, status)
}

// Put writes a record of which there is one for its id, such as a ledger's rules:
// it creates it, or opens it as the operation's and gives it another body and
// status. The refusals are those of Open.
func (r *Records[B]) Put(c *Call, id, status string, body B) (*Entity[B], error) {
	data, err := c.tx.state.get(address{key: r.Key(id)})
	if err != nil {
		return nil, err
	}
	if data == nil {
		return r.Create(c, id, status, body)
	}
	e, err := r.Open(c, id)
	if err != nil {
		return nil, err
	}
	e.Body = body
	return e, e.Move(c, status)
}

// Move gives the record another status and writes it with its body. The step
// must be in the state machine: STATE_FORBIDS otherwise.
func (e *Entity[B]) Move(c *Call, to string) error {
	if !e.info.machine.allows(e.Status, c.op, to) {
		if e.Version == 0 {
			return fmt.Errorf("%s may not create a %s as %s: the state machine has no such row", c.op, e.info.Type, to)
		}
		return Refuse(StateForbids, "%s %s is %s; %s cannot make it %s", e.info.Title, e.ID, e.Status, c.op, to)
	}
	e.Status = to
	return e.write(c)
}

// Keep writes the changed body and leaves the status as it is.
func (e *Entity[B]) Keep(c *Call) error { return e.Move(c, e.Status) }

func (e *Entity[B]) write(c *Call) error {
	body, err := strictjson.Marshal(&e.Body)
	if err != nil {
		return fmt.Errorf("encode the body of %s %s: %w", e.Type, e.ID, err)
	}
	e.Version++
	e.App, e.Op, e.Time, e.Record.Body = c.Caller().App, c.op, c.tx.timeText, body
	e.Record.Schema = e.info.Schema
	c.tx.state.put(address{key: Key(e.Type, e.ID)}, e.Record.Seal())
	c.tx.changed(operation.EventRecord{Op: c.op, Type: e.Type, ID: e.ID, Version: e.Version, Status: e.Status})
	if e.Type == c.about {
		c.answer(&e.Record)
	}
	return nil
}

// Answer makes this record the operation's result, where it changed several
// of the type that it is about.
func (e *Entity[B]) Answer(c *Call) { c.answer(&e.Record) }

// AnswerExisting makes this record, unchanged, the operation's result: the
// caller asked for what is there already.
func (e *Entity[B]) AnswerExisting(c *Call) {
	c.answer(&e.Record)
	c.result.Existing = true
}
