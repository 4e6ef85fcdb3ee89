package elicense

import (
	"encoding/json"

	"henanchain/chaincode/ledger"
	"henanchain/internal/catalog"
	"henanchain/internal/identifier"
)

const (
	exampleID     = "1.2.156.3005.2.11100000MB03271699001.11410100MB0Y0001XD.20260000001.001.5"
	exampleNextID = "1.2.156.3005.2.11100000MB03271699001.11410100MB0Y0001XD.20260000001.002.3"
	exampleHash   = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
	exampleKey    = "0f2b5c3d4e6a79881706f5e4d3c2b1a0918273645546372819aabbccddeeff00"
	exampleFace   = `"certTypeName":"不动产权证书","certNo":"豫（2026）郑州市不动产权第0000001号","issuerName":"郑州市示例登记中心","holderKey":"` + exampleKey +
		`","issueDate":"20260301","validFrom":"20260301","validTo":"99991231","fileHash":"` + exampleHash + `","holderIdType":"111","divisionCode":"410100"`
)

var (
	issueExample   = json.RawMessage(`{"certId":"` + exampleID + `",` + exampleFace + `}`)
	privateExample = json.RawMessage(`{"holders":[{"holderKey":"` + exampleKey + `","name":"王小明","idType":"111","idNumber":"410105190001010010"}]}`)
)

// importedGuard marks a licence that came on the ledger with a later version
// than its first, so that the first cannot be issued beside it.
const importedGuard = "imported"

type issueInput struct {
	CertID string `json:"certId" is:"licence-id" zh:"电子证照标识"`
	Face
}

// Reads names what issuing will look up.
func (in *issueInput) Reads() []string { return issueReads(in.CertID) }

// issueReads are the keys that the first version of a licence depends on.
func issueReads(certID string) []string {
	id, err := identifier.ParseLicenceID(certID)
	if err != nil {
		return nil
	}
	return append(faceReads(id), ledger.GuardKey(importedGuard, id.Licence()))
}

// faceReads are the keys that checking a face reads.
func faceReads(id identifier.LicenceID) []string {
	return []string{ledger.Key(catalogueType, id.Type.String()), ledger.RulesKey(ledger.RulesID)}
}

func (b *book) handleIssue(c *ledger.Contract) {
	refusals := []string{IssuerMismatch, VersionInvalid, LicenceKnown, PeriodInvalid, HoldersInvalid, FaceInvalid, TypeUnknown, TypeWithdrawn, TypeMismatch}
	ledger.HandlePrivate(c, catalog.Operation{
		Name: "Issue", Title: "Issue a licence", TitleZh: "新发", Record: recordType, Creates: true, ID: "certId",
		Roles: issuers, Refusals: refusals, Example: issueExample, PrivateExample: privateExample,
		Doc: "The first version (001) of a licence, by the authority that its identifier names. National code 01.",
	}, b.issue(Valid))
	ledger.HandlePrivate(c, catalog.Operation{
		Name: "Draft", Title: "Prepare a licence", TitleZh: "拟制", Record: recordType, Creates: true, ID: "certId",
		Roles: issuers, Refusals: refusals, Example: issueExample, PrivateExample: privateExample,
		Doc: "Prepares a licence that is not issued yet; again, it replaces the draft.",
	}, b.issue(Draft))
	ledger.HandlePrivate(c, catalog.Operation{
		Name: "Import", Title: "Enter an existing licence", TitleZh: "存量证照入链", Record: recordType, Creates: true, ID: "certId",
		Roles: issuers, Refusals: refusals, PrivateExample: privateExample,
		Example: json.RawMessage(`{"certId":"` + exampleNextID + `",` + exampleFace + `}`),
		Doc:     "A licence that was issued before this ledger and stands at a later version than 001. Of one licence one version is entered; from there on it is renewed and changed here.",
	}, b.importExisting)
	ledger.Handle(c, catalog.Operation{
		Name: "ConfirmDraft", Title: "Issue a prepared licence", TitleZh: "制证发证", Record: recordType, Verb: "confirm", ID: "certId",
		Roles: issuers, Refusals: refusals, Doc: "Issues a draft as it stands.",
		Example: json.RawMessage(`{"certId":"` + exampleID + `"}`),
	}, b.confirmDraft)
}

// issue makes the first version of a licence in a status.
func (b *book) issue(status string) func(*ledger.Call, *issueInput, *ledger.Private[Private]) error {
	return func(c *ledger.Call, in *issueInput, private *ledger.Private[Private]) error {
		id, err := b.checkNew(c, in.CertID, &in.Face, private)
		if err != nil {
			return err
		}
		if err := b.checkFirst(c, id); err != nil {
			return err
		}
		if status == Draft {
			if redrafted, err := b.redraft(c, in, private); redrafted || err != nil {
				return err
			}
		}
		l, err := b.licences.Create(c, in.CertID, status, Licence{CertTypeCode: id.Type.String(), Face: in.Face})
		return keepPrivate(c, l, private, err)
	}
}

// redraft replaces a draft that is there; false where there is none.
func (b *book) redraft(c *ledger.Call, in *issueInput, private *ledger.Private[Private]) (bool, error) {
	l, err := b.licences.Find(c, in.CertID)
	if err != nil || l == nil || l.Status != Draft {
		return false, err
	}
	if l, err = b.licences.Open(c, in.CertID); err != nil {
		return false, err
	}
	l.Body.Face = in.Face
	return true, keepPrivate(c, l, private, l.Keep(c))
}

func (b *book) confirmDraft(c *ledger.Call, in *certInput) error {
	l, err := b.licences.Open(c, in.CertID)
	if err != nil {
		return err
	}
	// A draft may have lain for long: what it says must hold today.
	if _, err := b.checkNew(c, in.CertID, &l.Body.Face, nil); err != nil {
		return err
	}
	return l.Move(c, Valid)
}

func (b *book) importExisting(c *ledger.Call, in *issueInput, private *ledger.Private[Private]) error {
	id, err := b.checkNew(c, in.CertID, &in.Face, private)
	if err != nil {
		return err
	}
	if id.Version == "001" {
		return ledger.RefuseField(VersionInvalid, "certId", "a licence at its first version is issued, not imported")
	}
	first, err := identifier.NewLicenceID(id.Type.String(), id.Issuer.String(), id.Serial, 1)
	if err != nil {
		return err
	}
	known, err := b.licences.Find(c, first.String())
	if err != nil {
		return err
	}
	if known != nil {
		return knownAs(known.ID)
	}
	if err := checkNotImported(c, id); err != nil {
		return err
	}
	c.SetGuard(importedGuard, id.Licence(), in.CertID)
	l, err := b.licences.Create(c, in.CertID, Valid, Licence{CertTypeCode: id.Type.String(), Face: in.Face, Imported: true})
	return keepPrivate(c, l, private, err)
}

// checkNew refuses what no licence of any version may say.
func (b *book) checkNew(c *ledger.Call, certID string, f *Face, private *ledger.Private[Private]) (identifier.LicenceID, error) {
	id, err := identifier.ParseLicenceID(certID)
	if err != nil {
		return id, err
	}
	if id.Issuer.String() != c.Caller().Dept {
		return id, ledger.RefuseField(IssuerMismatch, "certId", "the licence identifier names the issuer %s, and the caller is %s", id.Issuer, c.Caller().Dept)
	}
	for _, check := range []error{checkPeriod(c, f), checkHolders(f, private), checkFaceData(f, private), b.checkType(c, id.Type.String(), f)} {
		if check != nil {
			return id, check
		}
	}
	return id, nil
}

func checkPeriod(c *ledger.Call, f *Face) error {
	switch {
	case f.ValidTo < f.ValidFrom:
		return ledger.RefuseField(PeriodInvalid, "validTo", "the licence is valid from %s and to %s", f.ValidFrom, f.ValidTo)
	case f.ValidTo < c.Today():
		return ledger.RefuseField(PeriodInvalid, "validTo", "the licence was valid to %s, and today is %s", f.ValidTo, c.Today())
	case f.IssueDate > c.Today():
		return ledger.RefuseField(PeriodInvalid, "issueDate", "the licence is issued on %s, and today is %s", f.IssueDate, c.Today())
	}
	return nil
}

// checkFirst refuses to begin a licence that the ledger knows, or in the middle.
func (b *book) checkFirst(c *ledger.Call, id identifier.LicenceID) error {
	if id.Version != "001" {
		return ledger.RefuseField(VersionInvalid, "certId", "a new licence has the version 001, not %s; what supersedes a version is renewed or changed, what existed before is imported", id.Version)
	}
	return checkNotImported(c, id)
}

func checkNotImported(c *ledger.Call, id identifier.LicenceID) error {
	imported, err := c.Guard(importedGuard, id.Licence())
	if err == nil && imported != "" {
		return knownAs(imported)
	}
	return err
}

// knownAs names the version of the licence that the ledger has.
func knownAs(certID string) error {
	r := ledger.RefuseField(LicenceKnown, "certId", "the ledger has this licence as %s: renew or change that", certID)
	r.Type, r.ID = recordType, certID
	return r
}

// keepPrivate writes the private half of a licence that was just written.
func keepPrivate(c *ledger.Call, l *ledger.Entity[Licence], private *ledger.Private[Private], err error) error {
	if err != nil || private == nil {
		return err
	}
	return ledger.PutPrivate(c, l, private)
}
