package sharing

import (
	"slices"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
)

// Parcel is data that were encrypted before they came here (加密共享): the ciphertext
// (SM4-GCM), and who holds its data key. The data key, wrapped by SM2 for each
// recipient, is in the private half, and is handed out with a use record only.
type Parcel struct {
	CatalogCode string      `json:"catalogCode" is:"resource-code" zh:"目录代码"`
	SubjectKey  string      `json:"subjectKey,omitempty" is:"subject" zh:"数据主体标识"`
	KeyVersion  int         `json:"keyVersion" is:"min=1" zh:"密钥版本"`
	Commitment  string      `json:"commitment" is:"pattern=^[0-9a-f]{64}$" zh:"密钥承诺" doc:"HMAC-SM3 of the data key: another key is another commitment"`
	Ciphertext  string      `json:"ciphertext" zh:"密文" doc:"Base64 of nonce, ciphertext and tag"`
	Recipients  []Recipient `json:"recipients" zh:"接收方"`
}

// Recipient is a holder of a parcel's data key.
type Recipient struct {
	KeyID   string `json:"keyId" is:"pattern=^[0-9a-f]{64}$" zh:"公钥标识"`
	GrantID string `json:"grantId,omitempty" is:"pattern=^[0-9A-Za-z-]{1,32}$" zh:"授权编号" doc:"Absent for the provider itself"`
}

const parcelType = "parcel"

// maxRecipients bounds a parcel's recipients.
const maxRecipients = 100

// Wraps is the private half: a data key wrapped for each recipient.
type Wraps struct {
	Wraps []Wrap `json:"wraps" is:"minItems=1,maxItems=100" zh:"封装密钥"`
}

// Wrap is a data key, encrypted with the key that is named (SM2, GM/T 0009).
type Wrap struct {
	KeyID      string `json:"keyId" is:"pattern=^[0-9a-f]{64}$" zh:"公钥标识"`
	WrappedKey string `json:"wrappedKey" is:"minLen=64,maxLen=512,pattern=^[0-9A-Za-z+/]+={0,2}$" zh:"封装密钥" doc:"Base64"`
}

// sealed is what a sealing operation takes beside the parcel's id.
type sealed struct {
	Commitment string      `json:"commitment" is:"pattern=^[0-9a-f]{64}$" zh:"密钥承诺"`
	Ciphertext string      `json:"ciphertext" is:"minLen=40,maxLen=131072,pattern=^[0-9A-Za-z+/]+={0,2}$" zh:"密文"`
	Recipients []Recipient `json:"recipients" is:"minItems=1,maxItems=100" zh:"接收方"`
}

type sealParcel struct {
	ParcelID    string `json:"parcelId" is:"pattern=^[0-9A-Za-z-]{1,32}$" zh:"加密数据编号"`
	CatalogCode string `json:"catalogCode" is:"resource-code" zh:"目录代码"`
	SubjectKey  string `json:"subjectKey,omitempty" is:"subject" zh:"数据主体标识"`
	sealed
}

type rotateParcel struct {
	ParcelID   string `json:"parcelId" is:"pattern=^[0-9A-Za-z-]{1,32}$" zh:"加密数据编号"`
	KeyVersion int    `json:"keyVersion" is:"min=2" zh:"密钥版本" doc:"The one after the last"`
	sealed
}

type wrapParcel struct {
	ParcelID   string `json:"parcelId" is:"pattern=^[0-9A-Za-z-]{1,32}$" zh:"加密数据编号"`
	KeyVersion int    `json:"keyVersion" is:"min=1" zh:"密钥版本" doc:"The version whose key is wrapped: the present one"`
	KeyID      string `json:"keyId" is:"pattern=^[0-9a-f]{64}$" zh:"公钥标识"`
	GrantID    string `json:"grantId" is:"pattern=^[0-9A-Za-z-]{1,32}$" zh:"授权编号"`
}

type openParcel struct {
	ParcelID string   `json:"parcelId" is:"pattern=^[0-9A-Za-z-]{1,32}$" zh:"加密数据编号"`
	UseNo    string   `json:"useNo" is:"pattern=^[0-9A-Za-z-]{1,40}$" zh:"使用流水号"`
	GrantID  string   `json:"grantId,omitempty" is:"pattern=^[0-9A-Za-z-]{1,32}$" zh:"授权编号"`
	KeyID    string   `json:"keyId" is:"pattern=^[0-9a-f]{64}$" zh:"公钥标识" doc:"The caller's key that the data key is wanted for"`
	Fields   []string `json:"fields,omitempty" is:"maxItems=50,unique,maxLen=32" zh:"数据项"`
	Purpose  string   `json:"purpose" is:"minLen=2,maxLen=64" zh:"使用目的"`
}

// Reads lets a batch fetch the parcel and the grant.
func (in *openParcel) Reads() []string {
	return []string{ledger.Key(parcelType, in.ParcelID), ledger.Key(grantType, in.GrantID)}
}

func (b *book) defineParcels(c *ledger.Contract) {
	b.parcels = ledger.Define[Parcel](c, catalog.Record{
		Type: parcelType, Collection: "parcels", Title: "encrypted parcel", TitleZh: "加密数据",
		Doc:         "Encrypted by its provider before it came here. A grant adds a wrapped key to the version that is there; who lost the grant gets none of the next version.",
		Statuses:    []catalog.Status{{Code: Active, TitleZh: "有效"}},
		Transitions: ledger.Table(ledger.Steps("SealParcel", Active, ""), ledger.Stay("WrapParcel", Active), ledger.Stay("RotateParcel", Active), ledger.Stay("PurgeParcel", Active)),
		Search:      ledger.Keywords("catalogCode", "subjectKey", "recipients[].grantId"),
	})
}

// sealParcel writes a parcel's first version.
func (b *book) sealParcel(c *ledger.Call, in *sealParcel, private *ledger.Private[Wraps]) error {
	item, err := b.provided(c, in.CatalogCode)
	if err != nil {
		return err
	}
	if item.Body.Mode != Encrypted {
		return ledger.RefuseField(ModeMismatch, "catalogCode", "the item %s goes on chain as %s, not as ENCRYPTED", item.ID, item.Body.Mode)
	}
	p := Parcel{CatalogCode: in.CatalogCode, SubjectKey: in.SubjectKey, KeyVersion: 1, Commitment: in.Commitment, Ciphertext: in.Ciphertext, Recipients: in.Recipients}
	if err := b.checkRecipients(c, &p, private); err != nil {
		return err
	}
	e, err := b.parcels.Create(c, in.ParcelID, Active, p)
	if err != nil {
		return err
	}
	return ledger.PutPrivate(c, e, private)
}

// rotateParcel writes the next key version: another data key, another
// ciphertext, and wrapped keys for those alone whose grants live.
func (b *book) rotateParcel(c *ledger.Call, in *rotateParcel, private *ledger.Private[Wraps]) error {
	e, err := b.parcels.Open(c, in.ParcelID)
	if err != nil {
		return err
	}
	if in.KeyVersion != e.Body.KeyVersion+1 || in.Commitment == e.Body.Commitment || in.Ciphertext == e.Body.Ciphertext {
		return ledger.RefuseField(KeyVersionInvalid, "keyVersion", "the next key version is %d, with another data key and another ciphertext", e.Body.KeyVersion+1)
	}
	e.Body.KeyVersion, e.Body.Commitment, e.Body.Ciphertext, e.Body.Recipients = in.KeyVersion, in.Commitment, in.Ciphertext, in.Recipients
	if err := b.checkRecipients(c, &e.Body, private); err != nil {
		return err
	}
	if err := e.Keep(c); err != nil {
		return err
	}
	return ledger.PutPrivate(c, e, private)
}

// wrapParcel adds a wrapped key for a grantee; the ciphertext stays.
func (b *book) wrapParcel(c *ledger.Call, in *wrapParcel, private *ledger.Private[Wraps]) error {
	e, err := b.parcels.Open(c, in.ParcelID)
	if err != nil {
		return err
	}
	more, err := half(private)
	if err != nil {
		return err
	}
	if in.KeyVersion != e.Body.KeyVersion {
		return ledger.RefuseField(KeyVersionInvalid, "keyVersion", "the present key version is %d", e.Body.KeyVersion)
	}
	if len(more.Wraps) != 1 || more.Wraps[0].KeyID != in.KeyID {
		return ledger.RefuseField(WrapsInvalid, "private.wraps", "there is one wrapped key, for %s", in.KeyID)
	}
	r := Recipient{KeyID: in.KeyID, GrantID: in.GrantID}
	if err := b.checkRecipient(c, &e.Body, r); err != nil {
		return err
	}
	there, err := ledger.GetPrivate[Parcel, Wraps](c, e)
	if err != nil {
		return err
	}
	if there == nil {
		return ledger.Refuse(PrivateHalfMissing, "the wrapped keys of the parcel were purged: rotate its key")
	}
	e.Body.Recipients = append(slices.DeleteFunc(e.Body.Recipients, func(o Recipient) bool { return o.KeyID == in.KeyID }), r)
	if len(e.Body.Recipients) > maxRecipients {
		return ledger.Refuse(TooMany, "a parcel has %d recipients at most", maxRecipients)
	}
	there.Wraps = append(slices.DeleteFunc(there.Wraps, func(o Wrap) bool { return o.KeyID == in.KeyID }), more.Wraps[0])
	if err := e.Keep(c); err != nil {
		return err
	}
	return ledger.PutPrivate(c, e, &ledger.Private[Wraps]{Salt: private.Salt, Data: *there})
}

// checkRecipients holds a parcel to one wrapped key for each recipient.
func (b *book) checkRecipients(c *ledger.Call, p *Parcel, private *ledger.Private[Wraps]) error {
	w, err := half(private)
	if err != nil {
		return err
	}
	seen := map[string]bool{}
	for _, r := range p.Recipients {
		if seen[r.KeyID] {
			return ledger.RefuseField(WrapsInvalid, "recipients", "the key %s stands twice", r.KeyID)
		}
		seen[r.KeyID] = true
		if err := b.checkRecipient(c, p, r); err != nil {
			return err
		}
	}
	for _, each := range w.Wraps {
		if !seen[each.KeyID] {
			return ledger.RefuseField(WrapsInvalid, "private.wraps", "there is one wrapped key for each recipient, and none beside; %s is no recipient, or stands twice", each.KeyID)
		}
		delete(seen, each.KeyID)
	}
	if len(seen) > 0 {
		return ledger.RefuseField(WrapsInvalid, "private.wraps", "%d recipient(s) have no wrapped key", len(seen))
	}
	return nil
}

// checkRecipient refuses a recipient without an active key, or without a live
// grant of the parcel's item.
func (b *book) checkRecipient(c *ledger.Call, p *Parcel, r Recipient) error {
	key, err := b.activeKey(c, r.KeyID)
	if err != nil {
		return err
	}
	if key.Dept == c.Caller().Dept {
		return nil // the provider's own
	}
	g, err := b.grants.Find(c, r.GrantID)
	if err != nil {
		return err
	}
	live := g != nil && g.StatusNow(c) == Granted && g.Body.GranteeDept == key.Dept && slices.Contains(g.Body.Items, p.CatalogCode) &&
		(g.Body.Grantor != BySubject || g.Body.SubjectKey == p.SubjectKey)
	if !live {
		return ledger.RefuseField(GrantNotLive, "grantId", "no live grant %s lets the department %s use %s", r.GrantID, key.Dept, p.CatalogCode)
	}
	return nil
}

// openParcel hands out the caller's wrapped key, with a use record, or denies it
// with one.
func (b *book) openParcel(c *ledger.Call, in *openParcel) error {
	e, err := b.parcels.Load(c, in.ParcelID)
	if err != nil {
		return err
	}
	use := &useData{UseNo: in.UseNo, CatalogCode: e.Body.CatalogCode, GrantID: in.GrantID, SubjectKey: e.Body.SubjectKey, Fields: in.Fields, Purpose: in.Purpose}
	particular := Use{ParcelID: e.ID, KeyVersion: e.Body.KeyVersion}
	key, err := b.activeKey(c, in.KeyID)
	if err != nil {
		return err
	}
	_, g, reason, err := b.judge(c, use.wish(c))
	if err != nil {
		return err
	}
	wrapped, err := b.wrapFor(c, e, in.KeyID, key.Dept)
	if err != nil {
		return err
	}
	if reason == "" && wrapped == "" {
		reason = KeyNotWrapped
	}
	if reason != "" {
		particular.Reason = reason
		return b.record(c, use, Denied, particular)
	}
	if err := spend(c, g); err != nil {
		return err
	}
	u, err := b.put(c, c.Caller().Dept, use, Allowed, particular)
	if err != nil {
		return err
	}
	return c.Data(Outcome{UseID: u.ID, Outcome: Allowed, KeyVersion: e.Body.KeyVersion, KeyID: in.KeyID, WrappedKey: wrapped})
}

// wrapFor finds the data key wrapped for a key of the caller's; empty where there
// is none.
func (b *book) wrapFor(c *ledger.Call, e *ledger.Entity[Parcel], keyID, keyDept string) (string, error) {
	if keyDept != c.Caller().Dept || !slices.ContainsFunc(e.Body.Recipients, func(r Recipient) bool { return r.KeyID == keyID }) {
		return "", nil
	}
	if err := within(c, e.Org); err != nil {
		return "", err
	}
	wraps, err := ledger.GetPrivate[Parcel, Wraps](c, e)
	if err != nil || wraps == nil {
		return "", err
	}
	for _, w := range wraps.Wraps {
		if w.KeyID == keyID {
			return w.WrappedKey, nil
		}
	}
	return "", nil
}

type parcelID struct {
	ParcelID string `json:"parcelId" is:"pattern=^[0-9A-Za-z-]{1,32}$" zh:"加密数据编号"`
}

// ParcelState tells who can open a parcel now, and whether its key is due for the
// next version: somebody holds it whose grant lives no more.
type ParcelState struct {
	KeyVersion int              `json:"keyVersion" zh:"密钥版本"`
	Rotate     bool             `json:"rotate" zh:"应当更换密钥"`
	Recipients []RecipientState `json:"recipients" zh:"接收方"`
}

// RecipientState is one recipient's.
type RecipientState struct {
	KeyID   string `json:"keyId" zh:"公钥标识"`
	Dept    string `json:"dept" zh:"机构"`
	GrantID string `json:"grantId,omitempty" zh:"授权编号"`
	Status  string `json:"status" zh:"授权状态" doc:"OWN for the provider itself"`
}

func (b *book) parcelState(c *ledger.Call, in *parcelID) (*ParcelState, error) {
	e, err := b.parcels.Load(c, in.ParcelID)
	if err != nil {
		return nil, err
	}
	out := &ParcelState{KeyVersion: e.Body.KeyVersion, Recipients: []RecipientState{}}
	for _, r := range e.Body.Recipients {
		key, err := b.keys.Load(c, r.KeyID)
		if err != nil {
			return nil, err
		}
		s := RecipientState{KeyID: r.KeyID, Dept: key.Dept, GrantID: r.GrantID, Status: "OWN"}
		if r.GrantID != "" {
			g, err := b.grants.Load(c, r.GrantID)
			if err != nil {
				return nil, err
			}
			s.Status = g.StatusNow(c)
		}
		out.Rotate = out.Rotate || key.Status != Active || s.Status != "OWN" && s.Status != Granted && s.Status != Exhausted
		out.Recipients = append(out.Recipients, s)
	}
	return out, nil
}
