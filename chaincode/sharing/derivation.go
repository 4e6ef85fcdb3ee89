package sharing

import (
	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

// Derivation says what a result was made of (数据溯源): the uses that brought the data
// in, here or on other channels, and what came out. Uses on this channel are
// checked here; of others the digest stands here, for whoever reads both.
type Derivation struct {
	Name       string   `json:"name" is:"maxLen=128" zh:"成果名称"`
	Method     string   `json:"method" is:"maxLen=256" zh:"加工方式"`
	Inputs     []Origin `json:"inputs" zh:"来源"`
	OutputHash string   `json:"outputHash" is:"sm3" zh:"成果摘要"`
	Output     string   `json:"output,omitempty" is:"resource-code" zh:"成果目录代码" doc:"The catalogue item that the result became"`
}

// Origin is a record that something was made of.
type Origin struct {
	Channel string `json:"channel,omitempty" is:"pattern=^[a-z]{2,32}$" zh:"所在链" doc:"Absent: this one"`
	Type    string `json:"type" is:"enum=use|derivation" zh:"记录类型"`
	ID      string `json:"id" is:"maxLen=128" zh:"记录编号"`
	Digest  string `json:"digest,omitempty" is:"sm3" zh:"记录摘要" doc:"Of a record of another channel, as its receipt gives it"`
}

// Derived is the one status of a derivation.
const Derived = "DERIVED"

const derivationType = "derivation"

type derive struct {
	DerivationID string `json:"derivationId" is:"pattern=^[0-9A-Za-z-]{1,32}$" zh:"成果编号"`
	Derivation
}

// Reads lets a batch fetch the uses.
func (in *derive) Reads() []string {
	var keys []string
	for _, o := range in.Inputs {
		if o.Channel == "" {
			keys = append(keys, ledger.Key(o.Type, o.ID))
		}
	}
	return keys
}

func (b *book) defineDerivations(c *ledger.Contract) {
	b.derivations = ledger.Define[Derivation](c, catalog.Record{
		Type: derivationType, Collection: "derivations", Title: "derivation", TitleZh: "派生成果",
		Doc:         "What was made of data, and under which uses they came in.",
		Statuses:    []catalog.Status{{Code: Derived, TitleZh: "已登记"}},
		Transitions: ledger.Steps("Derive", Derived, ""),
		Search:      append(ledger.Texts("name"), ledger.Keywords("inputs[].id", "output")...), HashFields: []string{"outputHash"},
	})
}

func (b *book) derive(c *ledger.Call, in *derive) error {
	if len(in.Inputs) == 0 {
		return ledger.RefuseField(UseUnfounded, "inputs", "a result is made of at least one use")
	}
	for _, o := range in.Inputs {
		if o.Channel != "" && o.Channel != c.Channel() {
			if o.Digest == "" {
				return ledger.RefuseField(UseUnfounded, "inputs", "%s %s of the channel %s stands here with its digest", o.Type, o.ID, o.Channel)
			}
			continue
		}
		if err := b.founded(c, o); err != nil {
			return err
		}
	}
	if in.Output != "" {
		if _, err := b.provided(c, in.Output); err != nil {
			return err
		}
	}
	_, err := b.derivations.Create(c, in.DerivationID, Derived, in.Derivation)
	return err
}

// founded refuses an origin of this channel that is not the caller's to build on.
func (b *book) founded(c *ledger.Call, o Origin) error {
	if o.Type == derivationType {
		d, err := b.derivations.Load(c, o.ID)
		if err != nil {
			return err
		}
		if d.Dept != c.Caller().Dept {
			return ledger.RefuseField(UseUnfounded, "inputs", "the derivation %s is another department's: what it was given is a use", o.ID)
		}
		return nil
	}
	u, err := b.uses.Load(c, o.ID)
	if err != nil {
		return err
	}
	if u.Status == Denied || u.Status == NoData || u.Body.UserDept != c.Caller().Dept {
		return ledger.RefuseField(UseUnfounded, "inputs", "the use %s is %s, of the department %s: nothing can be made of it here", o.ID, u.Status, u.Body.UserDept)
	}
	return nil
}
