package operation

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"henanchain/internal/strictjson"
)

// The lists that travel between gateway and contracts hold a thousand entries
// each and are read and written by every endorsing organisation: they are
// written and read here by hand, in the form that encoding/json would give them.

// EncodeRequests writes the argument of Apply, or the private halves that go
// with it: a JSON array of what is JSON already, nil being null.
func EncodeRequests[T any](all []T, of func(T) []byte) []byte {
	size := 2
	for _, e := range all {
		size += len(of(e)) + len("null,")
	}
	out := append(make([]byte, 0, size), '[')
	for i, e := range all {
		if i > 0 {
			out = append(out, ',')
		}
		if text := of(e); text != nil {
			out = append(out, text...)
		} else {
			out = append(out, "null"...)
		}
	}
	return append(out, ']')
}

// Encode writes the request. In must be JSON.
func (r *Request) Encode() ([]byte, error) {
	if err := strictjson.Check(r.In); err != nil {
		return nil, fmt.Errorf("the input of %s is %w", r.Op, err)
	}
	out := append(make([]byte, 0, len(r.Op)+len(r.In)+24), `{"op":`...)
	out = strictjson.AppendText(out, r.Op)
	out = append(append(out, `,"in":`...), r.In...)
	if r.IfVersion != 0 {
		out = strconv.AppendInt(append(out, `,"ifVersion":`...), int64(r.IfVersion), 10)
	}
	if r.Sig != nil {
		sig, err := json.Marshal(r.Sig)
		if err != nil {
			return nil, fmt.Errorf("encode the signature of %s: %w", r.Op, err)
		}
		out = append(append(out, `,"sig":`...), sig...)
	}
	return append(out, '}'), nil
}

// DecodeRequests reads the argument of Apply. A member that no request has is
// an error.
func DecodeRequests(text []byte) ([]Request, error) {
	elements, err := strictjson.Elements(text)
	if err != nil {
		return nil, err
	}
	all := make([]Request, len(elements))
	for i, e := range elements {
		if err := all[i].decode(e); err != nil {
			return nil, fmt.Errorf("request %d: %w", i, err)
		}
	}
	return all, nil
}

func (r *Request) decode(raw []byte) error {
	members, err := strictjson.Members(raw)
	if err != nil {
		return err
	}
	for _, m := range members {
		switch m.Name {
		case "op":
			err = text(m.Value, &r.Op)
		case "in":
			r.In = m.Value
		case "ifVersion":
			err = json.Unmarshal(m.Value, &r.IfVersion)
		case "sig":
			dec := json.NewDecoder(bytes.NewReader(m.Value))
			dec.DisallowUnknownFields()
			err = dec.Decode(&r.Sig)
		default:
			return fmt.Errorf("%.64q is not a member of a request", m.Name)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", m.Name, err)
		}
	}
	return nil
}

// EncodeResults writes the answer of Apply.
func EncodeResults(all []Result) ([]byte, error) {
	out := append(make([]byte, 0, 2+200*len(all)), '[')
	var err error
	for i := range all {
		if i > 0 {
			out = append(out, ',')
		}
		if out, err = all[i].Append(out); err != nil {
			return nil, err
		}
	}
	return append(out, ']'), nil
}

// Append writes the result.
func (r *Result) Append(out []byte) ([]byte, error) {
	return r.append(append(out, '{'), nil)
}

// AppendAcknowledged writes the result and, as one more member of it, the
// receipt; nil is none.
func (r *Result) AppendAcknowledged(out []byte, receipt *Receipt) ([]byte, error) {
	return r.append(append(out, '{'), receipt)
}

func (r *Result) append(out []byte, receipt *Receipt) ([]byte, error) {
	w := members{out: out}
	w.text("type", r.Type)
	w.text("id", r.ID)
	w.number("version", int64(r.Version))
	w.text("status", r.Status)
	w.text("digest", r.Digest)
	if r.Existing {
		w.raw("existing", []byte("true"))
	}
	if len(r.Data) > 0 {
		w.raw("data", r.Data)
	}
	if r.Refusal != nil {
		refusal, err := json.Marshal(r.Refusal)
		if err != nil {
			return nil, fmt.Errorf("encode a refusal: %w", err)
		}
		w.raw("refusal", refusal)
	}
	if receipt != nil {
		w.raw("receipt", receipt.encode())
	}
	return append(w.out, '}'), nil
}

func (r *Receipt) encode() []byte {
	w := members{out: append(make([]byte, 0, 384), '{')}
	w.always("channel", r.Channel)
	w.always("contract", r.Contract)
	w.always("txId", r.TxID)
	w.raw("block", strconv.AppendUint(nil, r.Block, 10))
	w.raw("index", strconv.AppendInt(nil, int64(r.Index), 10))
	w.always("type", r.Type)
	w.always("id", r.ID)
	w.raw("version", strconv.AppendInt(nil, int64(r.Version), 10))
	w.always("status", r.Status)
	w.always("digest", r.Digest)
	w.always("time", r.Time)
	return append(w.out, '}')
}

// members writes the members of an object.
type members struct {
	out  []byte
	many bool
}

func (w *members) name(name string) {
	if w.many {
		w.out = append(w.out, ',')
	}
	w.many = true
	w.out = append(append(append(w.out, '"'), name...), '"', ':')
}

// text leaves an empty text out, number a zero.
func (w *members) text(name, value string) {
	if value != "" {
		w.always(name, value)
	}
}

func (w *members) always(name, value string) {
	w.name(name)
	w.out = strictjson.AppendText(w.out, value)
}

func (w *members) number(name string, value int64) {
	if value != 0 {
		w.name(name)
		w.out = strconv.AppendInt(w.out, value, 10)
	}
}

func (w *members) raw(name string, value []byte) {
	w.name(name)
	w.out = append(w.out, value...)
}

// DecodeResults reads the answer of Apply. Members that it does not know it
// leaves out: a contract may be newer than the gateway.
func DecodeResults(text []byte) ([]Result, error) {
	elements, err := strictjson.Elements(text)
	if err != nil {
		return nil, err
	}
	all := make([]Result, len(elements))
	for i, e := range elements {
		if err := all[i].decode(e); err != nil {
			return nil, fmt.Errorf("result %d: %w", i, err)
		}
	}
	return all, nil
}

func (r *Result) decode(raw []byte) error {
	all, err := strictjson.Members(raw)
	if err != nil {
		return err
	}
	for _, m := range all {
		switch m.Name {
		case "type":
			err = text(m.Value, &r.Type)
		case "id":
			err = text(m.Value, &r.ID)
		case "status":
			err = text(m.Value, &r.Status)
		case "digest":
			err = text(m.Value, &r.Digest)
		case "version":
			r.Version, err = strconv.Atoi(string(m.Value))
		case "existing":
			err = json.Unmarshal(m.Value, &r.Existing)
		case "data":
			r.Data = m.Value
		case "refusal":
			err = json.Unmarshal(m.Value, &r.Refusal)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", m.Name, err)
		}
	}
	return nil
}

var errNoText = errors.New("it is no text")

func text(raw []byte, into *string) error {
	var ok bool
	if *into, ok = strictjson.Text(raw); !ok {
		return errNoText
	}
	return nil
}

// Encode writes the event.
func (e *Event) Encode() []byte {
	out := append(make([]byte, 0, 16+96*len(e.Records)), `{"records":[`...)
	for i := range e.Records {
		if i > 0 {
			out = append(out, ',')
		}
		out = e.Records[i].append(out)
	}
	return append(out, "]}"...)
}

func (e *EventRecord) append(out []byte) []byte {
	out = append(out, '[')
	for _, text := range [...]string{e.Op, e.Type, e.ID} {
		out = append(strictjson.AppendText(out, text), ',')
	}
	out = append(strconv.AppendInt(out, int64(e.Version), 10), ',')
	return append(strictjson.AppendText(out, e.Status), ']')
}
