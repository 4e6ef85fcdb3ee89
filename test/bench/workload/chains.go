package workload

import (
	"fmt"

	"henanchain/chaincode/evidence"
)

func evidenceID(dept, fileHash string) string { return evidence.ID(dept, fileHash) }

// farm is the subject code of a farm of this run.
func (r *Run) farm() string { return "ZM" + r.ID }

func farmOnce(r *Run, n int) []Step {
	if n > 0 {
		return nil
	}
	return []Step{r.some(1, "zhengzhou-agriculture", "agritrace", "RegisterSubject", func(int) fields {
		return fields{"subjectCode": r.farm(), "subjectType": "OPERATOR", "uscc": "93411525MA9YTT036W", "name": "中牟示例蔬菜专业合作社", "divisionCode": "410122",
			"activities": []string{"GROW", "PROCESS", "SELL"}, "operator": r.Dept("zhengzhou-farm")}
	}).once()}
}

func (r *Run) batchID(n, i int) string { return fmt.Sprintf("%s.%03d-%05d", r.farm(), n, i) }

func registerBatches(r *Run, n int) Step { return r.batches(r.Size, n) }

func (r *Run) batches(size, n int) Step {
	return r.some(size, "zhengzhou-farm", "agritrace", "RegisterBatch", func(i int) fields {
		return fields{"batchId": r.batchID(n, i), "subject": r.farm(), "category": "PLANT", "productCode": "A0203", "productName": "大蒜", "origin": "410122100",
			"plotId": "D-07", "plannedGram": 5000000}
	})
}

// packed is how many retail codes one operation gives out.
const packed = 200

func (r *Run) code(n, i int) string { return "(01)06900000000014(21)" + r.no(n, i)[4:] }

// coded are retail codes of one harvested batch.
func coded(r *Run, n int) []Step {
	steps := farmOnce(r, n)
	batch := func(int) fields { return fields{"batchId": r.batchID(800+n, 0), "subject": r.farm()} }
	grow := func(op string, in func(int) fields) Step {
		return r.some(1, "zhengzhou-farm", "agritrace", op, in)
	}
	return append(steps, r.batches(1, 800+n), grow("StartGrowing", batch),
		grow("Harvest", func(int) fields {
			return fields{"batchId": r.batchID(800+n, 0), "subject": r.farm(), "qtyGram": 5000000}
		}),
		r.some((r.Size+packed-1)/packed, "zhengzhou-farm", "agritrace", "Pack", func(i int) fields {
			var codes []string
			for k := i * packed; k < min((i+1)*packed, r.Size); k++ {
				codes = append(codes, r.code(n, k))
			}
			return fields{"batchId": r.batchID(800+n, 0), "subject": r.farm(), "gtin": "6900000000014", "netGram": 500, "codes": codes}
		}))
}

func scans(r *Run, n int) Step {
	return r.each("zhengzhou-market", "agritrace", "ScanCode", func(i int) fields {
		return fields{"traceCode": r.code(n, i), "division": "410105"}
	})
}

// The hospital of the loads keeps the documents; it asks for them as well.
const (
	hospital  = "zhengzhou-hospital"
	pharma    = "zhengzhou-pharma"
	authority = "province-drugs"
)

// institutions are those of the loads.
func institutions(r *Run) []Step {
	var steps []Step
	for _, of := range []struct {
		system string
		kinds  []string
	}{{hospital, []string{"HOSPITAL", "PHARMACY"}}, {pharma, []string{"MAH", "DISTRIBUTOR"}}} {
		steps = append(steps, r.some(1, authority, "medical", "RegisterInstitution", func(int) fields {
			return fields{"uscc": r.Dept(of.system), "name": "示例机构", "kinds": of.kinds, "enrolledBy": "ZhengzhouMSP", "divisionCode": "410100", "licenceNo": "PDY00001", "licenceValidTo": "20301231"}
		}).once())
	}
	return steps
}

func patientsOnce(r *Run, n int) []Step {
	if n > 0 {
		return nil
	}
	return append(institutions(r), r.patients(900))
}

func (r *Run) patients(n int) Step {
	return r.each(hospital, "medical", "RegisterPatient", func(i int) fields {
		return fields{"patientKey": r.subject(n, i), "division": "410105"}
	}).with(func(int) fields { return fields{"ehrNo": "41010500100100001", "name": "示例居民"} })
}

func (r *Run) document(n, i int) string { return r.Dept(hospital) + ".JC-" + r.no(n, i) }

func documents(r *Run, n int) Step { return r.documents(900, n) }

func (r *Run) documents(patients, n int) Step {
	return r.each(hospital, "medical", "RegisterDocument", func(i int) fields {
		return fields{"documentNo": r.document(n, i), "patientKey": r.subject(patients, i), "docType": "C0006", "authorKey": r.subject(999, 0), "fileHash": r.hash(n, i),
			"storageUri": "cda://zzyy/" + r.no(n, i), "visitedOn": "20260301", "itemCode": "CT-01"}
	})
}

// consented are signed documents of as many patients, each of whom consents.
func consented(r *Run, n int) []Step {
	var steps []Step
	if n == 0 {
		steps = institutions(r)
	}
	return append(steps, r.patients(700+n), r.documents(700+n, 700+n),
		r.each(hospital, "medical", "SignDocument", func(i int) fields {
			return fields{"documentId": r.document(700+n, i) + ".001", "authorKey": r.subject(999, 0)}
		}),
		r.each(hospital, "medical", "GrantConsent", func(i int) fields {
			return fields{"patientKey": r.subject(700+n, i), "grantee": r.Dept(hospital), "purpose": "REFERRAL", "docTypes": []string{"C0006"},
				"validFrom": "2026-01-01T00:00:00Z", "validTo": "2099-01-01T00:00:00Z", "maxUses": 10, "fileHash": r.hash(n, i)}
		}))
}

func accesses(r *Run, n int) Step {
	return r.each(hospital, "medical", "Access", func(i int) fields {
		return fields{"patientKey": r.subject(700+n, i), "documentId": r.document(700+n, i) + ".001", "purpose": "REFERRAL", "basis": "CONSENT"}
	})
}

const vitamin = "86900001000187"

// identCode is what the drug's trace codes begin with.
const identCode = "8100009"

func (r *Run) pack(n, i int) string {
	return fmt.Sprintf("%s%s%c%04d", identCode, r.ID[6:], "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"[n%36], i)
}

// stocked are small packs of a drug that the hospital received, ten in a case.
func stocked(r *Run, n int) []Step {
	var steps []Step
	lot := vitamin + ".B" + r.ID
	if n == 0 {
		steps = append(institutions(r),
			r.some(1, authority, "medical", "RegisterDrug", func(int) fields {
				return fields{"nationalCode": vitamin, "name": "示例维生素C片", "approvalNo": "国药准字H20230002", "mahUscc": r.Dept(pharma), "identCodes": []string{identCode},
					"spec": "0.1g*100片", "unit": "片", "unitsPerPack": 100, "prescriptionOnly": false}
			}).once(),
			r.some(1, pharma, "medical", "RegisterLot", func(int) fields {
				return fields{"lotId": lot, "producedOn": "20260101", "expiresOn": "20301231"}
			}))
	}
	groups := func(op string, size, count int, in func(from, to, i int) fields) Step {
		return r.some(count, pharma, "medical", op, func(i int) fields { return in(i*size, min((i+1)*size, r.Size), i) })
	}
	codes := func(from, to int) []string {
		var list []string
		for k := from; k < to; k++ {
			list = append(list, r.pack(n, k))
		}
		return list
	}
	cases := (r.Size + 9) / 10
	number := func(k int) string { return r.Dept(pharma) + ".F-" + r.no(n, k) }
	outer := func(from, to int) []string {
		var list []string
		for k := from; k < to; k++ {
			list = append(list, r.pack(n, 9000+k))
		}
		return list
	}
	shipments := (cases + 49) / 50
	return append(steps,
		groups("RegisterPacks", packed, (r.Size+packed-1)/packed, func(from, to, _ int) fields { return fields{"lotId": lot, "codes": codes(from, to)} }),
		groups("Pack", 10, cases, func(from, to, i int) fields {
			return fields{"parentCode": r.pack(n, 9000+i), "level": "MIDDLE", "lotId": lot, "children": codes(from, to)}
		}),
		r.some(shipments, pharma, "medical", "Ship", func(i int) fields {
			return fields{"shipmentNo": number(i), "to": r.Dept(hospital), "purpose": "SALE", "codes": outer(i*50, min((i+1)*50, cases))}
		}),
		r.some(shipments, hospital, "medical", "Receive", func(i int) fields {
			return fields{"shipmentNo": number(i), "codes": outer(i*50, min((i+1)*50, cases))}
		}))
}

func dispensings(r *Run, n int) Step {
	return r.each(hospital, "medical", "Dispense", func(i int) fields { return fields{"drugTraceCode": r.pack(n, i)} })
}
