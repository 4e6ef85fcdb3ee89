package realestate

import (
	"math/big"

	"henanchain/chaincode/ledger"
	"henanchain/internal/identifier"
)

// Party is a person or an organisation as the public record knows it.
type Party struct {
	Key    string `json:"key" is:"subject" zh:"主体标识" doc:"HMAC-SM3 of the identity number, made by the gateway; never the number"`
	IDType string `json:"idType" is:"holder-id-type" zh:"证件类型" doc:"GB/T 36903 annex A: 001 organisation, 111 citizen …"`
}

// person tells a natural person from an organisation.
func (p Party) person() bool {
	t, err := identifier.ParseHolderIDType(p.IDType)
	return err == nil && t.Person
}

// Owner is one holder of a right (权利人) with the holder's share.
type Owner struct {
	Party
	Share string `json:"share,omitempty" is:"pattern=^[1-9][0-9]{0,6}/[1-9][0-9]{0,6}$" zh:"份额" doc:"A fraction; only with co-ownership by shares" eg:"1/2"`
}

// Identity is a party in the private half (权利人姓名、证件号).
type Identity struct {
	Key      string `json:"key" is:"subject" zh:"主体标识" doc:"As in the public half"`
	Name     string `json:"name" is:"maxLen=64" zh:"姓名或名称"`
	IDNumber string `json:"idNumber" is:"maxLen=32" zh:"证件号码"`
}

// Holders is the private half of a right: who its holders are.
type Holders struct {
	Owners []Identity `json:"owners" is:"minItems=1,maxItems=50" zh:"权利人"`
}

// Forms of ownership (共有方式).
const (
	Sole     = "SOLE"
	Joint    = "JOINT"
	ByShares = "SHARES"
)

// checkOwners refuses owners that stand twice, and shares that do not fit the
// form of ownership or do not sum to exactly 1.
func checkOwners(field, mode string, owners []Owner) error {
	seen := map[string]bool{}
	for _, o := range owners {
		if seen[o.Key] {
			return ledger.RefuseField(PartiesInvalid, field, "the party %s stands twice; each party stands once, with the sum of its shares", o.Key)
		}
		seen[o.Key] = true
	}
	refuse := func(format string, args ...any) error {
		return ledger.RefuseField(SharesInvalid, field, format, args...)
	}
	switch {
	case mode == "" || len(owners) == 0:
		return refuse("name the owners and the form of ownership (holdMode)")
	case mode == Sole && len(owners) != 1:
		return refuse("sole ownership has one owner, not %d", len(owners))
	case mode != Sole && len(owners) < 2:
		return refuse("co-ownership (%s) has at least two owners", mode)
	}
	if mode != ByShares {
		for _, o := range owners {
			if o.Share != "" {
				return refuse("shares stand only with co-ownership by shares (SHARES), not with %s", mode)
			}
		}
		return nil
	}
	sum := new(big.Rat)
	for _, o := range owners {
		share, ok := new(big.Rat).SetString(o.Share)
		if !ok {
			return refuse("the owner %s has no share; co-ownership by shares needs one for each, such as 1/2", o.Key)
		}
		sum.Add(sum, share)
	}
	if sum.Cmp(big.NewRat(1, 1)) != 0 {
		return refuse("the shares sum to %s and must sum to 1", sum.RatString())
	}
	return nil
}

// sameOwners tells whether two lists name the same owners with the same
// shares, in whatever order and however the fractions are written.
func sameOwners(a, b []Owner) bool {
	if len(a) != len(b) {
		return false
	}
	shares := map[string]string{}
	for _, o := range a {
		shares[o.Key] = reduced(o.Share)
	}
	for _, o := range b {
		if s, ok := shares[o.Key]; !ok || s != reduced(o.Share) {
			return false
		}
	}
	return true
}

func reduced(share string) string {
	r, ok := new(big.Rat).SetString(share)
	if !ok {
		return ""
	}
	return r.RatString()
}

func keysOf(owners []Owner) []string {
	keys := make([]string, len(owners))
	for i, o := range owners {
		keys[i] = o.Key
	}
	return keys
}

// sameSet tells whether two lists hold the same texts, each once.
func sameSet(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	set := map[string]bool{}
	for _, k := range a {
		set[k] = true
	}
	for _, k := range b {
		if !set[k] {
			return false
		}
		delete(set, k)
	}
	return true
}

// checkIdentities refuses a private half that tells of other parties than the
// public half, or with numbers that are none of their document's type. The
// number itself is never repeated.
func checkIdentities(field string, parties []Party, identities []Identity) error {
	types := map[string]string{}
	for _, p := range parties {
		types[p.Key] = p.IDType
	}
	if len(types) != len(identities) {
		return ledger.RefuseField(PartiesInvalid, field, "the private half names %d parties and the public half %d", len(identities), len(types))
	}
	for _, i := range identities {
		code, ok := types[i.Key]
		if !ok {
			return ledger.RefuseField(PartiesInvalid, field, "the private half names the party %s twice, or the public half does not name it", i.Key)
		}
		delete(types, i.Key)
		t, err := identifier.ParseHolderIDType(code)
		if err != nil {
			return ledger.RefuseField(PartiesInvalid, field, "the party %s: %v", i.Key, err)
		}
		if _, err := t.ParseNumber(i.IDNumber); err != nil {
			return ledger.RefuseField(PartiesInvalid, field, "the identity number of the party %s is not one of the type %s (%s)", i.Key, code, t.TitleZh)
		}
	}
	return nil
}

func partiesOf(owners []Owner) []Party {
	list := make([]Party, len(owners))
	for i, o := range owners {
		list[i] = o.Party
	}
	return list
}

// half refuses an operation that came without its private half.
func half[P any](p *ledger.Private[P]) (*P, error) {
	return ledger.Half(p, "the names, numbers and amounts")
}
