package workload

import (
	"fmt"

	"henanchain/internal/identifier"
)

const (
	licenceType = "11100000MB03271699001"
	openEnd     = "99991231"
)

// certID is the identifier of a licence that the issuer gives.
func (r *Run) certID(n, i int) string {
	id, err := identifier.NewLicenceID(licenceType, r.Dept("zhengzhou-elicense"), r.no(n, i), 1)
	if err != nil {
		panic(err) // the parts are made above
	}
	return id.String()
}

func issues(r *Run, n int) Step {
	return r.each("zhengzhou-elicense", "elicense", "Issue", func(i int) fields {
		return fields{
			"certId": r.certID(n, i), "certTypeName": "不动产权证书", "certNo": fmt.Sprintf("豫（2026）郑州市不动产权第%03d%04d号", n, i), "issuerName": "郑州市示例登记中心",
			"holderKey": r.subject(n, i), "holderIdType": "111", "issueDate": "20260101", "validFrom": "20260101", "validTo": openEnd, "fileHash": r.hash(n, i), "divisionCode": "410100",
		}
	})
}

func issued(r *Run, n int) []Step { return []Step{issues(r, 500+n)} }

func uses(r *Run, n int) Step {
	return r.each("zhengzhou-window", "elicense", "Use", func(i int) fields {
		return fields{"certId": r.certID(500+n, i), "mode": "HOLDER", "serviceItemCode": "1141010000525256501000112000", "bizNum": "YZ-" + r.no(n, i),
			"presenterKey": r.subject(500+n, i), "fileHash": r.hash(500+n, i), "operatorRole": "综合窗口"}
	})
}

func deposits(r *Run, n int) Step {
	return r.each("zhengzhou-notary", "evidence", "Deposit", func(i int) fields {
		return fields{"fileHash": r.hash("file", n, i), "name": fmt.Sprintf("购销合同-%d.pdf", i), "size": 20480 + i, "dataType": "1", "depositorType": "ORGANISATION",
			"depositorKey": r.subject(0, 0), "collectedAt": "2026-03-01T02:00:00Z", "sourceType": "业务系统导出", "deviceId": "取证终端-07"}
	})
}

func deposited(r *Run, n int) []Step { return []Step{deposits(r, 500+n)} }

func custody(r *Run, n int) Step {
	return r.each("zhengzhou-notary", "evidence", "RecordCustody", func(i int) fields {
		file := r.hash("file", 500+n, i)
		return fields{"evidenceId": evidenceID(r.Dept("zhengzhou-notary"), file), "action": "COPY", "reason": "制作镜像", "hashBefore": file, "hashAfter": file}
	})
}

const taxItem = "306001/000001"

func publishOnce(r *Run, n int) []Step {
	if n > 0 {
		return nil
	}
	return []Step{r.some(1, "zhengzhou-data", "finance", "PublishItem", func(int) fields {
		return fields{"catalogCode": taxItem, "name": "纳税信用信息", "fields": []fields{
			{"name": "taxGrade", "titleZh": "纳税信用等级", "type": "GRADE", "grades": []string{"A", "B", "M", "C", "D"}}}}
	})}
}

func facts(r *Run, n int) Step {
	return r.each("zhengzhou-data", "finance", "ProvideFact", func(i int) fields {
		return fields{"subjectKey": r.subject(n, i), "catalogCode": taxItem, "asOf": "20260101", "validTo": "20991231"}
	}).with(func(int) fields { return fields{"values": []fields{{"field": "taxGrade", "value": "A"}}} })
}

// lent are loans of a bank, each drawn.
func lent(r *Run, n int) []Step {
	bank := func(op string, in func(i int) fields) Step { return r.each("zhengzhou-bank", "finance", op, in) }
	only := func(i int) fields { return fields{"applicationId": r.loan(n, i)} }
	return []Step{
		r.each("province-finance", "finance", "DraftApplication", func(i int) fields {
			return fields{"applicationId": r.loan(n, i), "subjectKey": r.subject(n, i), "idType": "001", "subjectType": "SMALL_ENTERPRISE",
				"bankDept": r.Dept("zhengzhou-bank"), "termMonths": 12, "usage": "WORKING_CAPITAL"}
		}).with(func(int) fields {
			return fields{"amountFen": 100000000, "borrower": "郑州示例商贸有限公司", "idNumber": "91410100MA9YTT01X0"}
		}),
		r.each("province-finance", "finance", "SubmitApplication", only),
		bank("AcceptApplication", only),
		bank("InvestigateApplication", func(i int) fields { return fields{"applicationId": r.loan(n, i), "reportHash": r.hash(n, i)} }),
		bank("ApproveApplication", func(i int) fields { return fields{"applicationId": r.loan(n, i), "termMonths": 12} }).
			with(func(int) fields { return fields{"creditLimitFen": 100000000, "rateBp": 345} }),
		bank("SignContract", func(i int) fields {
			return fields{"applicationId": r.loan(n, i), "contractNo": "HT" + r.no(n, i), "contractHash": r.hash(n, i), "payMode": "01"}
		}).with(func(int) fields { return fields{"contractFen": 100000000} }),
		bank("Disburse", func(i int) fields { return fields{"applicationId": r.loan(n, i), "noteNo": "JJ" + r.no(n, i)} }).
			with(func(int) fields { return fields{"drawFen": 60000000} }),
	}
}

func (r *Run) loan(n, i int) string { return "RZ" + r.no(n, i) }

func repayments(r *Run, n int) Step {
	return r.each("zhengzhou-bank", "finance", "Repay", func(i int) fields {
		return fields{"applicationId": r.loan(n, i), "repaymentNo": "HK" + r.no(n, i), "noteNo": "JJ" + r.no(n, i)}
	}).with(func(int) fields { return fields{"principalFen": 10000000, "interestFen": 172500} })
}

func (r *Run) unit(n, i int) string {
	return fmt.Sprintf("410105001002GB%sF%03d%05d", r.ID[9:14], n, i)
}

func units(r *Run, n int) Step {
	return r.each("zhengzhou-registry", "realestate", "RegisterUnit", func(i int) fields {
		return fields{"unitCode": r.unit(n, i), "location": fmt.Sprintf("郑州市金水区示例路%d号", i), "areaX100": 8950, "usage": "11"}
	})
}

func registered(r *Run, n int) []Step { return []Step{units(r, 500+n)} }

func vouchers(r *Run, n int) Step {
	return r.each("zhengzhou-tax", "realestate", "IssueTaxVoucher", func(i int) fields {
		return fields{"taxNo": "WS" + r.no(n, i), "unitCode": r.unit(500+n, i), "taxType": "DEED", "exempt": false, "payerKey": r.subject(n, i)}
	}).with(func(int) fields { return fields{"taxFen": 1500000, "payer": "李示例"} })
}
