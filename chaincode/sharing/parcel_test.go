package sharing_test

import (
	"strings"
	"testing"

	"henanchain/chaincode/ledger/ledgertest"
	"henanchain/chaincode/sharing"
	"henanchain/internal/gm"
)

var text64 = strings.Repeat("QUJD", 24) // base64 of anything

// registered registers a key of a department's own.
func (w *world) registered(app *ledgertest.App) string {
	w.t.Helper()
	k, err := gm.GenerateKey(nil)
	if err != nil {
		w.t.Fatal(err)
	}
	w.Must(app, "RegisterKey", m{"keyId": k.Public().ID(), "publicKey": string(k.Public().PEM())})
	return k.Public().ID()
}

func wraps(keys ...string) m {
	var all []m
	for _, k := range keys {
		all = append(all, m{"keyId": k, "wrappedKey": text64})
	}
	return m{"wraps": all}
}

func parcel(changes ...m) m {
	return with(append([]m{{"parcelId": "JM1", "catalogCode": letters, "commitment": hash("1"), "ciphertext": text64}}, changes...)...)
}

func to(pairs ...string) m {
	var all []m
	for i := 0; i < len(pairs); i += 2 {
		r := m{"keyId": pairs[i]}
		if pairs[i+1] != "" {
			r["grantId"] = pairs[i+1]
		}
		all = append(all, r)
	}
	return m{"recipients": all}
}

func openIn(w *world, key, grant string) m {
	return m{"parcelId": "JM1", "useNo": w.no("O"), "grantId": grant, "keyId": key, "purpose": purpose}
}

func TestADataKeyIsHandedOutWithAUseRecordOrNotAtAll(t *testing.T) {
	w := newWorld(t)
	w.publish()
	own, theirs := w.registered(w.provider), w.registered(w.user)
	w.Refused("GRANT_NOT_LIVE", w.provider, "SealParcel", parcel(to(own, "", theirs, "GR1")), wraps(own, theirs))
	w.Must(w.provider, "GrantUse", allow("GR1", m{"maxUses": 2}))
	w.Refused("WRAPS_INVALID", w.provider, "SealParcel", parcel(to(own, "", theirs, "GR1")), wraps(own))
	w.Refused("WRAPS_INVALID", w.provider, "SealParcel", parcel(to(own, "")), wraps(own, theirs))
	w.Refused("WRAPS_INVALID", w.provider, "SealParcel", parcel(to(own, "", own, "")), wraps(own))
	w.Refused("PRIVATE_HALF_MISSING", w.provider, "SealParcel", parcel(to(own, "")))
	w.Refused("MODE_MISMATCH", w.provider, "SealParcel", parcel(to(own, ""), m{"catalogCode": houses}), wraps(own))
	w.Refused("NOT_THE_PROVIDER", w.user, "SealParcel", parcel(to(theirs, "")), wraps(theirs))
	w.Refused("KEY_MISSING", w.provider, "SealParcel", parcel(to(hash("none"), "")), wraps(hash("none")))
	w.Must(w.provider, "SealParcel", parcel(to(own, "", theirs, "GR1")), wraps(own, theirs))
	for at, v := range w.Public() {
		if strings.HasPrefix(at, "parcel/") && strings.Contains(string(v), "wrappedKey") {
			t.Errorf("a wrapped key is public: %s", v)
		}
	}
	o := outcome(t, w.Must(w.user, "OpenParcel", openIn(w, theirs, "GR1")))
	if o.Outcome != "ALLOWED" || o.WrappedKey != text64 || o.KeyVersion != 1 {
		t.Errorf("the grantee was answered %+v", o)
	}
	// Another one's key, an unknown purpose, the third of two uses: on record, and no key.
	for name, in := range map[string]m{"NOT_GRANTEE": openIn(w, theirs, "GR1"), "WRONG_PURPOSE": with(openIn(w, theirs, "GR1"), m{"purpose": "营销"})} {
		app := w.user
		if name == "NOT_GRANTEE" {
			w.right(letters, office)
			app = w.otherUser
		}
		if o := outcome(t, w.Must(app, "OpenParcel", in)); o.Outcome != "DENIED" || o.Reason != name || o.WrappedKey != "" {
			t.Errorf("%s: %+v", name, o)
		}
	}
	w.Must(w.user, "OpenParcel", openIn(w, theirs, "GR1"))
	if o := outcome(t, w.Must(w.user, "OpenParcel", openIn(w, theirs, "GR1"))); o.Reason != "EXHAUSTED" || o.WrappedKey != "" {
		t.Errorf("the third of two uses was answered %+v", o)
	}
	if o := outcome(t, w.Must(w.provider, "OpenParcel", with(openIn(w, own, ""), m{"grantId": nil}))); o.WrappedKey != text64 {
		t.Errorf("the provider was answered %+v", o)
	}
}

func TestWhoLostTheGrantGetsNothingOfTheNextKeyVersion(t *testing.T) {
	w := newWorld(t)
	w.publish()
	own, theirs := w.registered(w.provider), w.registered(w.user)
	w.Must(w.provider, "GrantUse", allow("GR1"))
	w.Must(w.provider, "SealParcel", parcel(to(own, "")), wraps(own))
	before, _ := ledgertest.Body[sharing.Parcel](w.Story, "parcel", "JM1")
	add := m{"parcelId": "JM1", "keyVersion": 1, "keyId": theirs, "grantId": "GR1"}
	if o := outcome(t, w.Must(w.user, "OpenParcel", openIn(w, theirs, "GR1"))); o.Reason != "KEY_NOT_WRAPPED" {
		t.Errorf("before the wrap the grantee was answered %+v", o)
	}
	w.Refused("WRAPS_INVALID", w.provider, "WrapParcel", add, wraps(own))
	w.Refused("KEY_VERSION_INVALID", w.provider, "WrapParcel", with(add, m{"keyVersion": 2}), wraps(theirs))
	w.Must(w.provider, "WrapParcel", add, wraps(theirs))
	after, _ := ledgertest.Body[sharing.Parcel](w.Story, "parcel", "JM1")
	if after.Ciphertext != before.Ciphertext || after.Commitment != before.Commitment || after.KeyVersion != 1 || len(after.Recipients) != 2 {
		t.Errorf("the wrap changed %+v to %+v", before, after)
	}
	if o := outcome(t, w.Must(w.user, "OpenParcel", openIn(w, theirs, "GR1"))); o.WrappedKey == "" {
		t.Errorf("the grantee was answered %+v", o)
	}
	w.Must(w.provider, "RevokeGrant", m{"grantId": "GR1", "revokeHash": hash("撤销")})
	if o := outcome(t, w.Must(w.user, "OpenParcel", openIn(w, theirs, "GR1"))); o.Reason != "REVOKED" || o.WrappedKey != "" {
		t.Errorf("revoked, the grantee was answered %+v", o)
	}
	var s sharing.ParcelState
	if r := w.provider.Ask(&s, "ParcelState", m{"parcelId": "JM1"}); r != nil || !s.Rotate {
		t.Errorf("the parcel's state is %+v %v", s, r)
	}
	next := func(changes ...m) m {
		return with(append([]m{{"parcelId": "JM1", "keyVersion": 2, "commitment": hash("2"), "ciphertext": text64 + "QUJD"}}, changes...)...)
	}
	w.Refused("GRANT_NOT_LIVE", w.provider, "RotateParcel", next(to(own, "", theirs, "GR1")), wraps(own, theirs))
	w.Refused("KEY_VERSION_INVALID", w.provider, "RotateParcel", next(to(own, ""), m{"keyVersion": 3}), wraps(own))
	w.Refused("KEY_VERSION_INVALID", w.provider, "RotateParcel", next(to(own, ""), m{"commitment": hash("1")}), wraps(own))
	w.Refused("KEY_VERSION_INVALID", w.provider, "RotateParcel", next(to(own, ""), m{"ciphertext": text64}), wraps(own))
	w.Refused("NOT_OWNER", w.user, "RotateParcel", next(to(theirs, "")), wraps(theirs))
	w.Must(w.provider, "RotateParcel", next(to(own, "")), wraps(own))
	if half := string(w.PrivateValue("restricted", "parcel/JM1")); strings.Contains(half, theirs) || !strings.Contains(half, own) {
		t.Errorf("the private half of the next version is %s", half)
	}
	if r := w.provider.Ask(&s, "ParcelState", m{"parcelId": "JM1"}); r != nil || s.Rotate || s.KeyVersion != 2 {
		t.Errorf("the parcel's state is %+v %v", s, r)
	}
}

func TestAKeyIsItsOwnersAndIsRevokedByIt(t *testing.T) {
	w := newWorld(t)
	w.publish()
	key := w.registered(w.user)
	w.Refused("NOT_OWNER", w.otherUser, "RevokeKey", m{"keyId": key, "reason": "更换"})
	w.Refused("INPUT_INVALID", w.user, "RegisterKey", m{"keyId": hash("x"), "publicKey": "-----BEGIN PUBLIC KEY-----"})
	w.Must(w.user, "RevokeKey", m{"keyId": key, "reason": "更换"})
	w.Must(w.provider, "GrantUse", allow("GR1"))
	w.Refused("KEY_MISSING", w.provider, "SealParcel", parcel(to(key, "GR1")), wraps(key))
}

func TestAResultIsMadeOfRecordedUsesOnly(t *testing.T) {
	w := newWorld(t)
	w.publish()
	use := w.Must(w.user, "UseData", m{"useNo": "1", "catalogCode": open, "purpose": "统计"})
	denied := w.Must(w.user, "UseData", w.use("甲"))
	made := func(id string, inputs ...m) m {
		inputs = append([]m{}, inputs...)
		return m{"derivationId": id, "name": "统计表", "method": "汇总", "inputs": inputs, "outputHash": hash(id)}
	}
	w.Refused("USE_UNFOUNDED", w.user, "Derive", made("D1"))
	w.Refused("USE_UNFOUNDED", w.user, "Derive", made("D1", m{"type": "use", "id": denied.ID}))
	w.Refused("USE_UNFOUNDED", w.otherUser, "Derive", made("D1", m{"type": "use", "id": use.ID}))
	w.Refused("RECORD_NOT_FOUND", w.user, "Derive", made("D1", m{"type": "use", "id": "none"}))
	w.Refused("USE_UNFOUNDED", w.user, "Derive", made("D1", m{"type": "use", "id": "x", "channel": "xinyang"}))
	w.Must(w.user, "Derive", made("D1", m{"type": "use", "id": use.ID}))
	w.Must(w.user, "Derive", made("D2", m{"type": "derivation", "id": "D1"}, m{"type": "use", "id": "x", "channel": "xinyang", "digest": hash("x")}))
	w.Refused("USE_UNFOUNDED", w.otherUser, "Derive", made("D3", m{"type": "derivation", "id": "D1"}))
	w.Refused("NOT_THE_PROVIDER", w.user, "Derive", with(made("D3", m{"type": "use", "id": use.ID}), m{"output": open}))
}
