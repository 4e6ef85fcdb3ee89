//go:build e2e

package sharing

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"testing"

	"henanchain/chaincode/sharing"
	own "henanchain/gateway/sharing"
	"henanchain/internal/gm"
)

// keyed registers an encryption key of a department's own.
func (s *system) keyed() *gm.PrivateKey {
	s.t.Helper()
	k, err := gm.GenerateKey(nil)
	if err != nil {
		s.t.Fatal(err)
	}
	s.make("encryption-keys", fields{"keyId": k.Public().ID(), "publicKey": string(k.Public().PEM())})
	return k
}

// open asks for the data key of a parcel, and decrypts with it.
func (s *system) open(parcel, grant, useNo string, key *gm.PrivateKey) (string, outcome) {
	s.t.Helper()
	in := fields{"parcelId": parcel, "useNo": useNo + run, "keyId": key.Public().ID(), "purpose": "风险评估"}
	if grant != "" {
		in["grantId"] = grant
	}
	o := s.use("uses:open-parcel", in)
	if o.Outcome != "ALLOWED" {
		return "", o
	}
	opened := s.opened(parcel, o)
	if opened.KeyVersion != o.KeyVersion {
		s.t.Fatalf("the key is of version %d and the parcel of %d", o.KeyVersion, opened.KeyVersion)
	}
	plain, err := opened.Open(key)
	if err != nil {
		s.t.Fatal(err)
	}
	return string(plain), o
}

// opened is a parcel as the ledger has it, with a wrapped key.
func (s *system) opened(parcel string, o outcome) *own.Opened {
	s.t.Helper()
	var p sharing.Parcel
	s.read("parcels", parcel, &p)
	return &own.Opened{Parcel: own.Parcel{ID: parcel, KeyVersion: p.KeyVersion}, Commitment: p.Commitment, Ciphertext: p.Ciphertext, Wrap: own.Wrap{KeyID: o.KeyID, WrappedKey: o.WrappedKey}}
}

// sealing is the input of an operation that seals a parcel.
func sealing(t *testing.T, parcel string, version int, text string, grants map[string]string, keys ...*gm.PrivateKey) fields {
	t.Helper()
	var public []*gm.PublicKey
	var recipients []fields
	for _, k := range keys {
		public = append(public, k.Public())
		r := fields{"keyId": k.Public().ID()}
		if g := grants[k.Public().ID()]; g != "" {
			r["grantId"] = g
		}
		recipients = append(recipients, r)
	}
	s, err := own.Seal(own.Parcel{ID: parcel, KeyVersion: version}, []byte(text), public...)
	if err != nil {
		t.Fatal(err)
	}
	return fields{"commitment": s.Commitment, "ciphertext": s.Ciphertext, "recipients": recipients, "private": fields{"wraps": s.Wraps}}
}

func shareEncrypted(t *testing.T) {
	registry, bank, hospital := as(t, "zhengzhou-registry"), as(t, "zhengzhou-bank"), as(t, "zhengzhou-hospital")
	first, second := "GB"+run, "GH"+run
	registry.allow(letters, first, bank, "风险评估", 10)
	registry.allow(letters, second, hospital, "风险评估", 10)
	mine, theirs, third := registry.keyed(), bank.keyed(), hospital.keyed()
	parcel := "JM" + run
	grants := map[string]string{theirs.Public().ID(): first, third.Public().ID(): second}
	in := sealing(t, parcel, 1, secretText, grants, mine, theirs)
	in["parcelId"], in["catalogCode"] = parcel, letters
	registry.make("parcels", in)
	before := registry.opened(parcel, outcome{}).Ciphertext
	if got, o := bank.open(parcel, first, "O1", theirs); got != secretText {
		t.Fatalf("the first grantee read %q, %+v", got, o)
	}
	if got, o := hospital.open(parcel, second, "O2", third); got != "" || o.Reason != "KEY_NOT_WRAPPED" {
		t.Errorf("before its key was wrapped the second grantee read %q, %+v", got, o)
	}
	// A wrapped key for the second one; the ciphertext stays.
	_, o := registry.open(parcel, "", "O3", mine)
	wrap, err := registry.opened(parcel, o).WrapFor(mine, third.Public())
	if err != nil {
		t.Fatal(err)
	}
	registry.do("parcels", parcel, "wrap", fields{"keyVersion": 1, "keyId": third.Public().ID(), "grantId": second, "private": fields{"wraps": []*own.Wrap{wrap}}})
	if registry.opened(parcel, o).Ciphertext != before {
		t.Error("to add a grantee the data were encrypted again")
	}
	got, old := hospital.open(parcel, second, "O4", third)
	if got != secretText {
		t.Errorf("the second grantee read %q, %+v", got, old)
	}
	// The second grant is revoked: nothing more is handed out, and the next key
	// version shuts out what was.
	registry.do("grants", second, "revoke", fields{"revokeHash": hash("撤销")})
	if got, o := hospital.open(parcel, second, "O5", third); got != "" || o.Reason != "REVOKED" {
		t.Errorf("revoked, the grantee read %q, %+v", got, o)
	}
	if s := ask[sharing.ParcelState](registry, "parcel-states", fields{"parcelId": parcel}); !s.Rotate || len(s.Recipients) != 3 {
		t.Errorf("the parcel's state is %+v", s)
	}
	in = sealing(t, parcel, 2, secretText, grants, mine, theirs, third)
	in["keyVersion"] = 2
	_, err = registry.Do(t.Context(), city, ledger, "parcels", parcel, "rotate", in)
	refused(t, "GRANT_NOT_LIVE", err)
	in = sealing(t, parcel, 2, secretText, grants, mine, theirs)
	in["keyVersion"] = 2
	registry.do("parcels", parcel, "rotate", in)
	if got, o := bank.open(parcel, first, "O6", theirs); got != secretText || o.KeyVersion != 2 {
		t.Errorf("of the next version the first grantee read %q, %+v", got, o)
	}
	if plain, err := hospital.opened(parcel, old).Open(third); err == nil {
		t.Errorf("with its old key the revoked grantee read %q of the next version", plain)
	}
}

// The numbers that three departments add up, and their sum.
var (
	numbers = []int64{918273645001, 827364591002, -135792468003}
	total   = numbers[0] + numbers[1] + numbers[2]
)

// adders are the departments that add up.
var adders = []string{"zhengzhou-tax", "zhengzhou-household", "zhengzhou-housing"}

// parties publish an item each that the recipient may add up; the last one has
// not granted it yet.
func parties(t *testing.T, bank *system) (list []fields) {
	t.Helper()
	for i, name := range adders {
		s, code, grant := as(t, name), fmt.Sprintf("30620%d/%s", i+1, run), fmt.Sprintf("GS%d%s", i, run)
		s.make("items", fields{"catalogCode": code, "name": "专项金额合计", "fields": []fields{{"name": "amount", "titleZh": "金额", "type": "INTEGER"}}, "sharing": "CONDITIONAL", "condition": "仅用于联合统计",
			"legalBasis": "统计法", "security": "IMPORTANT", "cycle": "YEARLY", "mode": "PRIVATE", "updatedOn": "20260101"})
		if i < 2 { // the third one's grant comes later
			s.allow(code, grant, bank, "联合统计", 1)
		} else {
			s.make("rights", fields{"catalogCode": code, "kind": "USER", "holderDept": bank.dept, "basis": "数据共享协议", "validTo": "20991231"})
		}
		list = append(list, fields{"dept": s.dept, "catalogCode": code, "grantId": grant})
	}
	return list
}

func addUp(t *testing.T) {
	bank := as(t, "zhengzhou-bank")
	joint := "LH" + run
	recipient, err := own.NewSessionKey()
	if err != nil {
		t.Fatal(err)
	}
	bank.make("joints", fields{"jointId": joint, "kind": "SUM", "purpose": "联合统计", "field": "amount", "key": recipient.Public(), "parties": parties(t, bank), "dueOn": "20991231"})
	keys, public := []*own.SessionKey{}, []string{}
	for _, name := range adders {
		k, err := own.NewSessionKey()
		if err != nil {
			t.Fatal(err)
		}
		keys, public = append(keys, k), append(public, k.Public())
		as(t, name).do("joints", joint, "join", fields{"key": k.Public()})
	}
	give := func(i int) (o outcome) {
		t.Helper()
		others := append([]string{recipient.Public()}, slices.Delete(slices.Clone(public), i, i+1)...)
		masked, err := keys[i].Mask(joint, numbers[i], others)
		if err != nil {
			t.Fatal(err)
		}
		a := as(t, adders[i]).do("joints", joint, "contribute", fields{"masked": strconv.FormatUint(masked, 10)})
		if err := json.Unmarshal(a.Data, &o); err != nil {
			t.Fatal(err)
		}
		return o
	}
	if o := give(2); o.Outcome != "DENIED" || o.Reason != "NO_GRANT" {
		t.Errorf("without its grant the contribution is %+v", o)
	}
	third := as(t, adders[2])
	third.make("grants", fields{"grantId": "GS2" + run, "grantor": "DEPARTMENT", "legalBasis": "数据共享协议", "granteeDept": bank.dept, "purpose": "联合统计", "items": []string{"306203/" + run},
		"validFrom": "20260101", "validTo": "20991231", "maxUses": 1, "docHash": hash("授权")})
	for i := range adders {
		if o := give(i); o.Outcome != "ALLOWED" {
			t.Fatalf("the contribution of %s is %+v", adders[i], o)
		}
	}
	var j sharing.Joint
	bank.read("joints", joint, &j)
	masked, err := strconv.ParseUint(j.MaskedSum, 10, 64)
	if err != nil {
		t.Fatalf("the masked sum is %q", j.MaskedSum)
	}
	if got, err := recipient.Unmask(joint, masked, public); err != nil || got != total {
		t.Fatalf("the sum is %d %v, and should be %d", got, err, total)
	}
	if a := bank.do("joints", joint, "finish", fields{"private": fields{"result": strconv.FormatInt(total, 10)}}); a.Status != "FINISHED" {
		t.Errorf("the computation is %+v", a)
	}
}

// elements are identity numbers that do not exist; some stand in both sets.
func elements(from, to int) []string {
	var all []string
	for i := from; i < to; i++ {
		all = append(all, fmt.Sprintf("41010519000101%04d", i))
	}
	return all
}

func intersect(t *testing.T) {
	bank, registry := as(t, "zhengzhou-bank"), as(t, "zhengzhou-registry")
	joint, code := "QJ"+run, letters
	registry.make("grants", fields{"grantId": "GQ" + run, "grantor": "DEPARTMENT", "legalBasis": "数据共享协议", "granteeDept": bank.dept, "purpose": "重合客户统计", "items": []string{code},
		"validFrom": "20260101", "validTo": "20991231", "maxUses": 1, "docHash": hash("求交授权")})
	bank.make("joints", fields{"jointId": joint, "kind": "INTERSECTION", "purpose": "重合客户统计", "field": "detail", "parties": []fields{{"dept": registry.dept, "catalogCode": code, "grantId": "GQ" + run}}, "dueOn": "20991231"})
	a, err := own.NewBlinding()
	if err != nil {
		t.Fatal(err)
	}
	b, err := own.NewBlinding()
	if err != nil {
		t.Fatal(err)
	}
	put := func(s *system, round int, points []string) {
		t.Helper()
		for chunk := 1; len(points) > 0; chunk++ {
			n := min(len(points), 200)
			s.do("joints", joint, "points", fields{"round": round, "chunk": chunk, "last": n == len(points), "points": points[:n]})
			points = points[n:]
		}
	}
	got := func(round, chunks int) (all []string) {
		t.Helper()
		for chunk := 1; chunk <= chunks; chunk++ {
			var p sharing.Part
			bank.read("joint-parts", fmt.Sprintf("%s.%d.%06d", joint, round, chunk), &p)
			all = append(all, p.Points...)
		}
		return all
	}
	first, err := a.Blind(joint, elements(0, 300))
	if err != nil {
		t.Fatal(err)
	}
	put(bank, 1, first)
	second, err := b.Again(got(1, 2))
	if err != nil {
		t.Fatal(err)
	}
	put(registry, 2, second)
	third, err := b.Blind(joint, elements(250, 500))
	if err != nil {
		t.Fatal(err)
	}
	put(registry, 3, third)
	again, err := a.Again(got(3, 2))
	if err != nil {
		t.Fatal(err)
	}
	if n := own.Common(got(2, 2), again); n != 50 {
		t.Fatalf("the two have %d in common, and should have 50", n)
	}
	if a := bank.do("joints", joint, "finish", fields{"private": fields{"result": "50"}}); a.Status != "FINISHED" {
		t.Errorf("the computation is %+v", a)
	}
	_, err = registry.Do(t.Context(), city, ledger, "joints", joint, "points", fields{"round": 3, "chunk": 3, "points": []string{base64.RawURLEncoding.EncodeToString(make([]byte, 32))}})
	refused(t, "STATE_FORBIDS", err)
}
