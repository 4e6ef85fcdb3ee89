package ledger_test

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"henanchain/chaincode/ledger"
	"henanchain/chaincode/ledger/ledgertest"
	"henanchain/internal/catalog"
	"henanchain/internal/gm"
	"henanchain/internal/operation"
)

// A tiny contract to test the framework with: boxes that hold a number.

type box struct {
	Label string `json:"label" is:"maxLen=20"`
	Count int64  `json:"count" is:"min=0,max=100"`
}

type boxInput struct {
	ID    string `json:"id" is:"maxLen=20"`
	Label string `json:"label" is:"maxLen=20"`
	Count int64  `json:"count" is:"min=0,max=100"`
}

type boxID struct {
	ID string `json:"id" is:"maxLen=20"`
}

type move struct {
	From string `json:"from" is:"maxLen=20"`
	To   string `json:"to" is:"maxLen=20"`
	N    int64  `json:"n" is:"min=1"`
}

func (m *move) Reads() []string { return []string{ledger.Key("box", m.From), ledger.Key("box", m.To)} }

type secret struct {
	Name string `json:"name" is:"maxLen=20"`
	Age  int64  `json:"age,omitempty" is:"min=0,max=150"`
}

const keeper = "box.keeper"

func boxes() *ledger.Contract {
	c := ledger.New("boxes", "Boxes", "箱", "A contract for tests.")
	c.Codes(catalog.Refusal{Code: "BOX_EMPTY", HTTP: 409, Doc: "The box has not that many.", DocZh: "数量不足"})
	r := ledger.Define[box](c, catalog.Record{
		Type: "box", Collection: "boxes", Title: "box", TitleZh: "箱",
		Statuses: []catalog.Status{{Code: "OPEN", TitleZh: "开"}, {Code: "SHUT", TitleZh: "关"}},
		Transitions: ledger.Table(ledger.Steps("Make", "OPEN", ""), ledger.Steps("Shut", "SHUT", "OPEN"), ledger.Stay("Shift", "OPEN"),
			ledger.Stay("Crash", "OPEN"), ledger.Stay("Name", "OPEN"), ledger.Stay("Forget", "OPEN", "SHUT")),
	})
	roles := []string{keeper}
	ledger.Handle(c, catalog.Operation{Name: "Make", Record: "box", Creates: true, ID: "id", Roles: roles}, func(c *ledger.Call, in *boxInput) error {
		_, err := r.Create(c, in.ID, "OPEN", box{in.Label, in.Count})
		return err
	})
	ledger.Handle(c, catalog.Operation{Name: "Shut", Record: "box", Verb: "shut", ID: "id", Roles: roles}, func(c *ledger.Call, in *boxID) error {
		b, err := r.Open(c, in.ID)
		if err != nil {
			return err
		}
		return b.Move(c, "SHUT")
	})
	ledger.Handle(c, catalog.Operation{Name: "Shift", Record: "box", Verb: "shift", ID: "from", Roles: roles}, func(c *ledger.Call, in *move) error {
		to, err := r.Open(c, in.To)
		if err != nil {
			return err
		}
		to.Body.Count += in.N
		if err := to.Keep(c); err != nil {
			return err
		}
		from, err := r.Open(c, in.From) // after the write, so that a refusal has something to take back
		if err != nil {
			return err
		}
		if from.Body.Count < in.N {
			return ledger.Refuse("BOX_EMPTY", "box %s has %d", in.From, from.Body.Count)
		}
		from.Body.Count -= in.N
		return from.Keep(c)
	})
	ledger.Handle(c, catalog.Operation{Name: "Crash", Record: "box", Verb: "crash", ID: "id", Roles: roles}, func(c *ledger.Call, in *boxID) error {
		b, err := r.Open(c, in.ID)
		if err != nil {
			return err
		}
		b.Body.Count = 99
		if err := b.Keep(c); err != nil {
			return err
		}
		panic("a crash for a test")
	})
	ledger.HandlePrivate(c, catalog.Operation{Name: "Name", Record: "box", Verb: "name", ID: "id", Roles: roles}, func(c *ledger.Call, in *boxID, half *ledger.Private[secret]) error {
		b, err := r.Open(c, in.ID)
		if err != nil || half == nil {
			return err
		}
		if err := ledger.PutPrivate(c, b, half); err != nil {
			return err
		}
		return b.Keep(c)
	})
	ledger.HandlePurge(c, catalog.Operation{Name: "Forget", Verb: "forget", Roles: roles}, r)
	ledger.Answer(c, catalog.Query{Name: "Secret", Path: "secret", Roles: roles}, func(c *ledger.Call, in *boxID) (*secret, error) {
		b, err := r.Load(c, in.ID)
		if err != nil {
			return nil, err
		}
		s, err := ledger.GetPrivate[box, secret](c, b)
		if err == nil && s == nil {
			return nil, ledger.Refuse(ledger.NotFound, "box %s has no secret", in.ID)
		}
		return s, err
	})
	return c
}

func start(t *testing.T) (*ledgertest.Ledger, *ledgertest.App) {
	l := ledgertest.New(t, boxes())
	return l, l.App("ZhengzhouMSP", "zz-boxes", ledgertest.DeptA, keeper)
}

func count(t *testing.T, l *ledgertest.Ledger, id string) int64 {
	t.Helper()
	var b box
	if err := json.Unmarshal(l.Record("box", id).Body, &b); err != nil {
		t.Fatal(err)
	}
	return b.Count
}

func TestOperationsOfOneTransactionSeeEachOther(t *testing.T) {
	l, app := start(t)
	ops := []ledgertest.Op{{Name: "Make", In: boxInput{"a", "甲", 10}}, {Name: "Make", In: boxInput{"b", "乙", 0}}}
	for range 10 {
		ops = append(ops, ledgertest.Op{Name: "Shift", In: move{"a", "b", 1}})
	}
	ops = append(ops, ledgertest.Op{Name: "Shift", In: move{"a", "b", 1}})
	results := app.Apply(ops...)
	if r := results[len(results)-1].Refusal; r == nil || r.Code != "BOX_EMPTY" {
		t.Errorf("the eleventh of ten was not refused: %v", r)
	}
	if a, b := count(t, l, "a"), count(t, l, "b"); a != 0 || b != 10 {
		t.Errorf("a holds %d and b %d", a, b)
	}
	if v := l.Record("box", "b").Version; v != 11 {
		t.Errorf("b has version %d", v)
	}
	if n := len(l.Event.Records); n != 22 {
		t.Errorf("the event names %d changes, not 22", n)
	}
}

func TestABatchReadsItsRecordsAtOnce(t *testing.T) {
	l, app := start(t)
	var ops []ledgertest.Op
	for i := range 500 {
		ops = append(ops, ledgertest.Op{Name: "Make", In: boxInput{fmt.Sprint("box", i), "箱", 1}})
	}
	l.Reads = 0
	app.Apply(ops...)
	if l.Reads > 1 {
		t.Errorf("500 operations read the state %d times", l.Reads)
	}
}

func TestACrashChangesNothingAndNeighboursGoOn(t *testing.T) {
	l, app := start(t)
	app.Must("Make", boxInput{"a", "甲", 10})
	results := app.Apply(ledgertest.Op{Name: "Crash", In: boxID{"a"}}, ledgertest.Op{Name: "Make", In: boxInput{"b", "乙", 1}})
	if r := results[0].Refusal; r == nil || r.Code != ledger.InternalError {
		t.Errorf("the crash answered %+v", results[0])
	}
	if results[1].Refusal != nil || count(t, l, "a") != 10 || l.Record("box", "a").Version != 1 {
		t.Errorf("the crash touched something: %+v", results[1])
	}
}

func TestRefusalsNameWhatIsWrong(t *testing.T) {
	l, app := start(t)
	app.Must("Make", boxInput{"a", "甲", 10})
	app.Must("Make", boxInput{"shut", "关", 1})
	app.Must("Shut", boxID{"shut"})
	stranger := l.App("ZhengzhouMSP", "zz-other", ledgertest.DeptB, keeper)
	nobody := l.App("ZhengzhouMSP", "", "", keeper)
	powerless := l.App("ZhengzhouMSP", "zz-none", ledgertest.DeptA)
	for name, c := range map[string]struct {
		app  *ledgertest.App
		op   string
		in   any
		code string
	}{
		"an id that is taken":              {app, "Make", boxInput{"a", "甲", 1}, ledger.Exists},
		"an id that is not there":          {app, "Shut", boxID{"z"}, ledger.NotFound},
		"a status that forbids":            {app, "Shut", boxID{"shut"}, ledger.StateForbids},
		"another department's record":      {stranger, "Shut", boxID{"a"}, ledger.NotOwner},
		"a caller without attributes":      {nobody, "Shut", boxID{"a"}, ledger.RoleRequired},
		"a caller without the role":        {powerless, "Shut", boxID{"a"}, ledger.RoleRequired},
		"an unknown operation":             {app, "Sell", boxID{"a"}, ledger.OperationUnknown},
		"a number out of range":            {app, "Make", boxInput{"n", "甲", 101}, ledger.InputInvalid},
		"a member that stands there twice": {app, "Make", `{"id":"x","id":"y","label":"l","count":1}`, ledger.InputInvalid},
		"a fraction":                       {app, "Make", `{"id":"x","label":"l","count":1.5}`, ledger.InputInvalid},
	} {
		if r := c.app.Do(c.op, c.in).Refusal; r == nil || r.Code != c.code || r.Message == "" {
			t.Errorf("%s answered %v", name, r)
		}
	}
	r := app.Apply(ledgertest.Op{Name: "Shut", In: boxID{"a"}, IfVersion: 7})[0].Refusal
	if r == nil || r.Code != ledger.VersionConflict {
		t.Errorf("another version answered %v", r)
	}
}

func TestAnOperationCanBeCalledAlone(t *testing.T) {
	_, app := start(t)
	payload, failure := app.Invoke(nil, "Make", `{"id":"a","label":"甲","count":1}`)
	if failure != "" || !strings.Contains(string(payload), `"status":"OPEN"`) {
		t.Fatalf("Make answered %s %s", payload, failure)
	}
	_, failure = app.Invoke(nil, "boxes:Make", `{"id":"a","label":"甲","count":1}`)
	if r := operation.ParseRefusal(failure); r == nil || r.Code != ledger.Exists {
		t.Errorf("Make again answered %q", failure)
	}
}

func TestMetadataTellsEveryFunction(t *testing.T) {
	_, app := start(t)
	payload, failure := app.Invoke(nil, "org.hyperledger.fabric:GetMetadata")
	if failure != "" {
		t.Fatal(failure)
	}
	var m struct {
		Contracts map[string]struct {
			Transactions []struct {
				Name       string
				Tag        []string
				Parameters []struct{ Schema json.RawMessage }
			}
		}
	}
	if err := json.Unmarshal(payload, &m); err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, tx := range m.Contracts["boxes"].Transactions {
		found[tx.Name] = true
		if tx.Name == "Make" && (len(tx.Parameters) != 1 || !strings.Contains(string(tx.Parameters[0].Schema), `"count"`)) {
			t.Errorf("the metadata of Make has the parameters %s", tx.Parameters)
		}
	}
	for _, name := range []string{"Apply", "Get", "History", "Range", "Verify", "Read", "Describe", "Make", "Shift", "Secret", "RegisterSigner"} {
		if !found[name] {
			t.Errorf("the metadata does not tell of %s", name)
		}
	}
}

func TestARangeIsReadInPages(t *testing.T) {
	_, app := start(t)
	for i := range 7 {
		app.Must("Make", boxInput{fmt.Sprint("box", i), "箱", 1})
	}
	var ids []string
	bookmark := ""
	for range 4 {
		var page operation.Page
		if r := app.Ask(&page, operation.Range, "box", "", "3", bookmark); r != nil {
			t.Fatal(r)
		}
		for _, rec := range page.Records {
			ids = append(ids, rec.ID)
		}
		if bookmark = page.Bookmark; bookmark == "" {
			break
		}
	}
	if got := strings.Join(ids, " "); got != "box0 box1 box2 box3 box4 box5 box6" {
		t.Errorf("the pages gave %s", got)
	}
}

func TestAPrivateHalfStaysOutOfThePublicStateAndCanBePurged(t *testing.T) {
	l, app := start(t)
	app.Must("Make", boxInput{"a", "甲", 1})
	r := app.Apply(ledgertest.Op{Name: "Name", In: boxID{"a"}, Private: secret{Name: "王小明"}})[0]
	if r.Refusal != nil {
		t.Fatal(r.Refusal)
	}
	for key, value := range l.Public() {
		if strings.Contains(string(value), "王小明") {
			t.Errorf("%s shows the name", key)
		}
	}
	var s secret
	if refusal := app.Ask(&s, "Secret", boxID{"a"}); refusal != nil || s.Name != "王小明" {
		t.Fatalf("the private half reads %+v %v", s, refusal)
	}
	app.Must("Forget", map[string]string{"id": "a", "reason": "保存期限届满"})
	if refusal := app.Ask(&s, "Secret", boxID{"a"}); refusal == nil || refusal.Code != ledger.NotFound {
		t.Errorf("the purged half answers %v", refusal)
	}
	if rec := l.Record("box", "a"); rec == nil || rec.Op != "Forget" {
		t.Errorf("the purge left no trace: %+v", rec)
	}
}

func TestARefusalNeverRepeatsAPrivateValue(t *testing.T) {
	_, app := start(t)
	app.Must("Make", boxInput{"a", "甲", 1})
	r := app.Apply(ledgertest.Op{Name: "Name", In: boxID{"a"}, Private: secret{Name: "王小明", Age: 77123}})[0].Refusal
	if r == nil || r.Code != ledger.InputInvalid || len(r.Fields) != 1 || r.Fields[0].Field != "private.data.age" {
		t.Fatalf("a wrong private half answered %+v", r)
	}
	if text := r.Error(); strings.Contains(text, "77123") {
		t.Errorf("the answer, which stands in a block, says %s", text)
	}
}

func TestOnTheMainChannelAKeyIsEndorsedByItsOwnerAndTheProvince(t *testing.T) {
	l, app := start(t)
	l.Channel = ledger.MainChannel
	app.Must("Make", boxInput{"a", "甲", 1})
	policy := string(l.Policies[ledger.Key("box", "a")])
	if !strings.Contains(policy, "ZhengzhouMSP") || !strings.Contains(policy, ledger.ProvinceMSP) {
		t.Errorf("the key's policy is %q", policy)
	}
	l.Channel = "zhengzhou"
	app.Must("Make", boxInput{"b", "乙", 1})
	if p := l.Policies[ledger.Key("box", "b")]; p != nil {
		t.Errorf("on a city's channel the key has a policy of its own: %q", p)
	}
}

func TestASignedOperationIsVerifiedByTheContract(t *testing.T) {
	l, app := start(t)
	registrar := l.App("ZhengzhouMSP", "zz-registrar", ledgertest.DeptA, ledger.SigningRegistrar)
	key, err := gm.GenerateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	sign := func(op string, in any, nonce string) ledgertest.Op {
		raw, _ := json.Marshal(in)
		r := operation.Request{Op: op, In: raw, Sig: &operation.Signature{KeyID: key.Public().ID(), Nonce: nonce}}
		statement, err := r.Statement(l.Channel, "boxes")
		if err != nil {
			t.Fatal(err)
		}
		signature, err := key.Sign(statement)
		if err != nil {
			t.Fatal(err)
		}
		r.Sig.Value = base64.StdEncoding.EncodeToString(signature)
		return ledgertest.Op{Name: op, In: in, Sig: r.Sig}
	}
	refused := func(what, code string, op ledgertest.Op) {
		t.Helper()
		if r := app.Apply(op)[0].Refusal; r == nil || r.Code != code {
			t.Errorf("%s answered %v", what, r)
		}
	}
	first := sign("Make", boxInput{"a", "甲", 1}, "nonce00000000001")
	refused("an unregistered key", ledger.SignatureInvalid, first)
	registrar.Must("RegisterSigner", map[string]any{"keyId": key.Public().ID(), "application": "zz-boxes", "publicKey": string(key.Public().PEM())})
	registrar.Must("RequireSigning", map[string]any{"application": "zz-boxes", "required": true})
	refused("an unsigned operation", ledger.SignatureMissing, ledgertest.Op{Name: "Make", In: boxInput{"a", "甲", 1}})
	changed := first
	changed.In = boxInput{"a", "甲", 2}
	refused("a changed input", ledger.SignatureInvalid, changed)
	if r := app.Apply(first)[0]; r.Refusal != nil {
		t.Fatalf("the signed operation was refused: %v", r.Refusal)
	}
	refused("a replayed signature", ledger.SignatureInvalid, first)
	registrar.Must("RevokeSigner", map[string]any{"keyId": key.Public().ID()})
	refused("a revoked key", ledger.SignatureInvalid, sign("Make", boxInput{"b", "乙", 1}, "nonce00000000002"))
}

func BenchmarkApply(b *testing.B) {
	for _, n := range []int{1, 100, 1000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			l := ledgertest.New(b, boxes())
			app := l.App("ZhengzhouMSP", "zz-boxes", ledgertest.DeptA, keeper)
			made := 0
			for b.Loop() {
				requests := make([]operation.Request, n)
				for i := range requests {
					made++
					requests[i] = operation.Request{Op: "Make", In: json.RawMessage(fmt.Sprintf(`{"id":"b%d","label":"箱","count":1}`, made))}
				}
				arg, _ := json.Marshal(requests)
				if _, failure := app.Invoke(nil, operation.Apply, string(arg)); failure != "" {
					b.Fatal(failure)
				}
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(made), "ns/operation")
		})
	}
}
