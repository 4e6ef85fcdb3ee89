package ledgertest

import (
	"encoding/json"
	"maps"
	"reflect"
	"slices"
	"sort"
	"testing"

	"henanchain/chaincode/ledger"
	"henanchain/internal/operation"
)

// FuzzApply feeds a contract's Apply any bytes as requests and as private
// halves. Whatever they are, it answers results or a coded refusal; it never
// panics, a refused operation leaves no trace, and the event names exactly the
// records that changed. Every operation's example is among the seeds, alone and
// one after the other. The caller is of the department that is named, or of
// DeptA.
func FuzzApply(f *testing.F, build func() *ledger.Contract, dept ...string) {
	contract := build()
	description := contract.Describe()
	roles := map[string]bool{}
	var story []operation.Request
	var halves []any
	for _, o := range description.Operations {
		for _, r := range o.Roles {
			roles[r] = true
		}
		in := o.Example
		if in == nil {
			in = json.RawMessage(`{}`)
		}
		request := raw(f, []operation.Request{{Op: o.Name, In: in}, {Op: o.Name, In: json.RawMessage(`{"id":1}`)}, {Op: o.Name, In: in, IfVersion: 2}})
		half := raw(f, []any{operation.Private{Salt: Salt, Data: o.PrivateExample}, nil, nil})
		f.Add([]byte(request), []byte(half))
		f.Add([]byte(request), []byte(nil))
		story = append(story, operation.Request{Op: o.Name, In: in})
		halves = append(halves, nil)
		if o.PrivateExample != nil {
			halves[len(halves)-1] = operation.Private{Salt: Salt, Data: o.PrivateExample}
		}
	}
	f.Add([]byte(raw(f, story)), []byte(raw(f, halves)))
	f.Add([]byte(`[{"op":"","in":null},{}]`), []byte(`[null,{}]`))
	f.Add([]byte("[{\"op\":\"\xff\",\"in\":\"\x00\"}]"), []byte(`{}`))
	var all []string
	for r := range roles {
		all = append(all, r)
	}
	sort.Strings(all)
	// Made once: a new key each time would look like new behaviour to the
	// fuzzer, which would then spend its time on shrinking.
	identity := creator(f, "ZhengzhouMSP", "fuzz", append(dept, DeptA)[0], all)
	f.Fuzz(func(t *testing.T, requests, private []byte) {
		l := New(t, contract)
		app := &App{l, identity}
		var transient map[string][]byte
		if len(private) > 0 {
			transient = map[string][]byte{operation.TransientPrivate: private}
		}
		before := maps.Clone(l.state)
		payload, failure := app.Invoke(transient, operation.Apply, string(requests))
		if failure != "" {
			if operation.ParseRefusal(failure) == nil {
				t.Fatalf("Apply failed without a code: %s", failure)
			}
			return
		}
		var results []operation.Result
		must(t, json.Unmarshal(payload, &results))
		done := 0
		for _, r := range results {
			switch {
			case r.Refusal == nil:
				done++
			case r.Refusal.Code == ledger.InternalError:
				t.Fatalf("an operation crashed: %v", r.Refusal)
			case !l.codes[r.Refusal.Code]:
				t.Fatalf("the refusal code %s is not declared", r.Refusal.Code)
			}
		}
		if done == 0 && !reflect.DeepEqual(before, l.state) {
			t.Fatalf("every operation was refused, and the state changed")
		}
		l.checkEvent(t, before)
	})
}

// checkEvent compares the event with the records that differ from before.
func (l *Ledger) checkEvent(t testing.TB, before map[place][]byte) {
	named := map[string]int{}
	if l.Event != nil {
		for _, e := range l.Event.Records {
			named[ledger.Key(e.Type, e.ID)] = e.Version
		}
	}
	for at, v := range l.state {
		if at.collection != "" || at.key[0] == '~' || string(before[at]) == string(v) {
			continue
		}
		r, err := operation.DecodeRecord(v)
		must(t, err)
		if named[at.key] != r.Version {
			t.Fatalf("%s changed to version %d, and the event names version %d", at.key, r.Version, named[at.key])
		}
		delete(named, at.key)
	}
	for key := range named {
		t.Fatalf("the event names %s, which did not change", key)
	}
}

// FuzzRead asks a contract any bytes as questions: readings come back, one for
// each question, or a coded refusal; it never panics. The ledger is prepared by a
// caller who has every role; the questions are the first seeds.
func FuzzRead(f *testing.F, build func() *ledger.Contract, prepare func(*App), questions ...operation.Question) {
	contract := build()
	var roles []string
	for _, o := range contract.Describe().Operations {
		roles = append(roles, o.Roles...)
	}
	sort.Strings(roles)
	identity := creator(f, "ZhengzhouMSP", "fuzz", DeptA, slices.Compact(roles))
	f.Add([]byte(raw(f, questions)))
	f.Add([]byte(`[{"function":"Verify","args":["{}"]},{}]`))
	f.Add([]byte(`[null]`))
	f.Fuzz(func(t *testing.T, text []byte) {
		app := &App{New(t, contract), identity}
		prepare(app)
		payload, failure := app.Invoke(nil, operation.Read, string(text))
		if failure != "" {
			if operation.ParseRefusal(failure) == nil {
				t.Fatalf("failed without a code: %s", failure)
			}
			return
		}
		asked, err := operation.DecodeQuestions(text)
		readings, errs := operation.DecodeReadings(payload)
		if err != nil || errs != nil || len(asked) != len(readings) {
			t.Fatalf("%d questions, %d readings: %v %v", len(asked), len(readings), err, errs)
		}
	})
}
