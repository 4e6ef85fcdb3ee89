package realestate_test

import (
	"testing"

	"henanchain/chaincode/ledger/ledgertest"
	"henanchain/chaincode/realestate"
)

// shown is the number of the certificate that shows a right.
func shown(w *world, rightID string) string {
	right, _ := ledgertest.Body[realestate.Right](w.Story, "right", rightID)
	return right.CertNo
}

func licenceOf(w *world, certNo string) string {
	cert, _ := ledgertest.Body[realestate.Certificate](w.Story, "certificate", certNo)
	return cert.CertID
}

func TestALostCertificateIsReissuedOnceItsLossWasPublished(t *testing.T) {
	w := newWorld(t)
	rightID := w.own(unitA, "张示例")
	old := shown(w, rightID)
	again := w.certificate()
	in := func(change m) m { return with(m{"oldCertNo": old, "ground": "LOST"}, again, change) }
	today := w.Today()
	w.Refused(realestate.LossUnpublished, w.registrar, "ReissueCertificate", in(nil))
	w.Refused(realestate.LossUnpublished, w.registrar, "ReissueCertificate", in(m{"noticeOn": today}))
	notice := m{"noticeOn": today, "noticeHash": hash("遗失声明")}
	w.Days(20)
	w.Refused(realestate.LossUnpublished, w.registrar, "ReissueCertificate", in(notice))
	w.Days(1)
	w.Refused(realestate.NotRegistrar, w.otherRegistrar, "ReissueCertificate", in(notice))
	w.Refused("ROLE_REQUIRED", w.housing, "ReissueCertificate", in(notice))
	w.Refused(realestate.LicenceTaken, w.registrar, "ReissueCertificate", in(with(notice, m{"certId": licenceOf(w, old)})))
	w.Refused("RECORD_EXISTS", w.registrar, "ReissueCertificate", in(with(notice, m{"certNo": old})))
	if r := w.Must(w.registrar, "ReissueCertificate", in(notice)); r.ID != again["certNo"] || r.Status != realestate.CertificateValid {
		t.Errorf("the reissue answered %+v", r)
	}
	w.Refused("STATE_FORBIDS", w.registrar, "ReissueCertificate", with(m{"oldCertNo": old, "ground": "DAMAGED"}, w.certificate()))

	var verdict struct {
		Match                bool
		Status, SupersededBy string
	}
	if r := w.bank.Ask(&verdict, "Verify", m{"type": "certificate", "id": old}); r != nil || verdict.Status != realestate.CertificateCancelled || verdict.SupersededBy != again["certNo"] {
		t.Errorf("the lost certificate verifies as %+v %v", verdict, r)
	}
	if got := shown(w, rightID); got != again["certNo"] {
		t.Errorf("the right shows the certificate %s", got)
	}
	third := w.certificate()
	w.Must(w.registrar, "ReissueCertificate", with(m{"oldCertNo": again["certNo"], "ground": "DAMAGED"}, third))
	if s := w.Status("certificate", again["certNo"].(string)); s != realestate.CertificateCancelled {
		t.Errorf("the damaged certificate is %s", s)
	}
	w.Must(w.regulator, "SetRules", m{"objectionDays": 15, "noticeDays": 90, "seizureMaxMonths": 36, "attestationDays": 30, "lossNoticeDays": 60})
	w.Refused(realestate.LossUnpublished, w.registrar, "ReissueCertificate", with(m{"oldCertNo": third["certNo"], "ground": "LOST"}, w.certificate(), notice))

	// What ends the right ends the certificate that shows it now.
	s := w.newSale(unitA, rightID, "李示例", "张示例")
	w.advance(s, "BookRight")
	if s := w.Status("certificate", third["certNo"].(string)); s != realestate.CertificateCancelled {
		t.Errorf("after the sale the seller's certificate is %s", s)
	}
}
