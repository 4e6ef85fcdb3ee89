package realestate

import (
	"henanchain/chaincode/ledger"
	"henanchain/internal/identifier"
	"henanchain/internal/operation"
)

// Certificate is a certificate of real-estate rights (不动产权证书) with its
// e-licence. Its id is the certificate number.
//
// The e-licence itself lives in the contract elicense, and book entry and
// certificate must be one act. Calling that contract from here would not make
// them one: what a called contract writes is outside of this transaction's
// overlay, so an operation that is refused afterwards inside Apply could not
// take it back, its neighbours would lose their isolation, and its event would
// be lost. So the certificate is a record of this ledger, written by the very
// operation that writes the right; it names the e-licence (certId, checked for
// type and issuer, and used once) and the digest of its file, by which the
// e-licence is compared with the book.
type Certificate struct {
	UnitCode string `json:"unitCode" is:"realestate-unit" zh:"不动产单元号"`
	RightID  string `json:"rightId" zh:"权利业务号"`
	licenceFields
	IssuedOn    string `json:"issuedOn" is:"date" zh:"登簿日期"`
	ReceiptHash string `json:"receiptHash,omitempty" is:"sm3" zh:"领证凭据摘要" doc:"SM3 of the holder's receipt, once delivered"`
	Replaces    string `json:"replaces,omitempty" is:"realestate-certificate" zh:"原不动产权证号" doc:"The certificate in whose place it was issued"`
	ReplacedBy  string `json:"replacedBy,omitempty" is:"realestate-certificate" zh:"补换后不动产权证号" doc:"The certificate that was issued in its place"`
	Ground      string `json:"ground,omitempty" is:"enum=LOST|DAMAGED" zh:"补换原因"`
	NoticeHash  string `json:"noticeHash,omitempty" is:"sm3" zh:"遗失声明公告摘要"`
}

// licenceFields link an entry to its e-licence.
type licenceFields struct {
	CertID   string `json:"certId" is:"licence-id" zh:"电子证照标识" doc:"Of the e-licence that shows the certificate"`
	FileHash string `json:"fileHash" is:"sm3" zh:"证照文件摘要" doc:"SM3 of the e-licence's OFD file"`
}

// Statuses of a certificate.
const (
	CertificateValid     = "VALID"
	CertificateCancelled = "CANCELLED"
)

const certificateType = "certificate"

// certificateInput is what an entry with a certificate says of it.
type certificateInput struct {
	CertNo string `json:"certNo" is:"realestate-certificate" zh:"不动产权证号"`
	licenceFields
}

// proofInput is what an entry with a proof (不动产登记证明) says of it. The link
// to an e-licence is there where one was made.
type proofInput struct {
	ProofNo  string `json:"proofNo" is:"realestate-certificate" zh:"不动产登记证明号" eg:"豫（2026）郑州市不动产证明第0000001号"`
	CertID   string `json:"certId,omitempty" is:"licence-id" zh:"电子证照标识" eg:"1.2.156.3005.2.11100000MB03271699022.114190019990000561.419001202300000017.001.F"`
	FileHash string `json:"fileHash,omitempty" is:"sm3" zh:"证照文件摘要"`
}

// issue writes the certificate of a right.
func (b *book) issue(c *ledger.Call, in *certificateInput, unitCode, rightID string) error {
	_, err := b.write(c, in, Certificate{UnitCode: unitCode, RightID: rightID})
	return err
}

// write writes a certificate with its number and its e-licence.
func (b *book) write(c *ledger.Call, in *certificateInput, cert Certificate) (*ledger.Entity[Certificate], error) {
	if err := checkNumber(c, "certNo", in.CertNo, false); err != nil {
		return nil, err
	}
	if err := claimLicence(c, in.CertID, certificateLicenceType, certificateType+"/"+in.CertNo); err != nil {
		return nil, err
	}
	cert.licenceFields, cert.IssuedOn = in.licenceFields, c.Today()
	return b.certificates.Create(c, in.CertNo, CertificateValid, cert)
}

// withdraw cancels the certificate of a right that ends.
func (b *book) withdraw(c *ledger.Call, certNo string) error {
	cert, err := b.certificates.Load(c, certNo)
	if err != nil {
		return err
	}
	return cert.Move(c, CertificateCancelled)
}

// proof checks a proof's number, and its e-licence where it has one.
func (in *proofInput) check(c *ledger.Call, record string) error {
	if err := checkNumber(c, "proofNo", in.ProofNo, true); err != nil {
		return err
	}
	switch {
	case (in.CertID == "") != (in.FileHash == ""):
		return ledger.RefuseField(LicenceMismatch, "fileHash", "an e-licence is named by its identifier (certId) and its file's digest (fileHash), or not at all")
	case in.CertID == "":
		return nil
	}
	return claimLicence(c, in.CertID, proofLicenceType, record+"/"+in.ProofNo)
}

func checkNumber(c *ledger.Call, field, number string, proof bool) error {
	n, err := identifier.ParseRealEstateCertificate(number)
	if err != nil {
		return err
	}
	if n.Proof != proof {
		return ledger.RefuseField(CertificateInvalid, field, "%s is of the wrong sort: a right has a certificate (不动产权), every other entry a proof (不动产证明)", number)
	}
	if year := c.Today()[:4]; n.Year > year {
		return ledger.RefuseField(CertificateInvalid, field, "%s is of the year %s, and the year is %s", number, n.Year, year)
	}
	return nil
}

// licenceGuard keeps which entry an e-licence belongs to.
const licenceGuard = "licence"

// claimLicence refuses an e-licence of another type or issuer, and one that
// shows another entry already.
func claimLicence(c *ledger.Call, certID, licenceType, entry string) error {
	id, err := identifier.ParseLicenceID(certID)
	if err != nil {
		return err
	}
	if t := id.Type.String(); t != licenceType {
		return ledger.RefuseField(LicenceMismatch, "certId", "the e-licence is of the type %s, and this entry's is %s", t, licenceType)
	}
	if issuer := id.Issuer.String(); issuer != c.Caller().Dept {
		return ledger.RefuseField(LicenceMismatch, "certId", "the e-licence is issued by %s, and the entry is made by %s", issuer, c.Caller().Dept)
	}
	taken, err := c.Guard(licenceGuard, certID)
	if err != nil {
		return err
	}
	if taken != "" {
		return ledger.RefuseField(LicenceTaken, "certId", "the e-licence shows the entry %s already", taken)
	}
	c.SetGuard(licenceGuard, certID, entry)
	return nil
}

// locate finds a certificate by the e-licence that the claim names.
func (b *book) locate(c *ledger.Call, claim *operation.Claim) (string, error) {
	if claim.Type != certificateType {
		return "", nil
	}
	certID, err := identifier.ParseLicenceID(unquote(claim.Fields["certId"]))
	if err != nil {
		return "", nil
	}
	entry, err := c.Guard(licenceGuard, certID.String())
	if err != nil || len(entry) <= len(certificateType) || entry[:len(certificateType)] != certificateType {
		return "", err
	}
	return entry[len(certificateType)+1:], nil
}

func unquote(raw []byte) string {
	if len(raw) < 2 || raw[0] != '"' || raw[len(raw)-1] != '"' {
		return ""
	}
	return string(raw[1 : len(raw)-1])
}
