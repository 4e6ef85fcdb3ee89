//go:build e2e

package ledgers

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"henanchain/gateway/client"
)

// The enterprise of the story is invented; no department has its number.
const (
	debtorName   = "郑州示例农资有限公司"
	debtorNumber = "91410105MA0H000100"
)

// security is a bank and a guarantor at work on one loan.
type security struct {
	platform, bank, guarantor *client.Client
	loan                      string
}

// letterID is the id of a letter of guarantee of this run.
func letterID(no string) string { return net.Dept("zhengzhou-guarantor") + "." + no + run }

// day is a date in China, so many days from today.
func day(days int) string {
	return time.Now().In(time.FixedZone("UTC+8", 8*60*60)).AddDate(0, 0, days).Format("20060102")
}

// offer is a guarantee of all liability of 500 元, to be changed by a test.
func (s *security) offer(no string, more ...fields) fields {
	return merged(append([]fields{{"applicationId": s.loan, "letterNo": no + run, "letterHash": hash("保函" + no), "mode": "02", "validTo": "20991231",
		"private": fields{"coverFen": 50_000}}}, more...)...)
}

func (s *security) issue(t *testing.T, by *client.Client, in fields) (*client.Acknowledgement, error) {
	return by.Create(t.Context(), city, "finance", "guarantees", in)
}

func (s *security) do(t *testing.T, by *client.Client, no, verb string, in fields) (*client.Acknowledgement, error) {
	return by.Do(t.Context(), city, "finance", "guarantees", letterID(no), verb, in)
}

// lend does a step of the loan.
func (s *security) lend(t *testing.T, by *client.Client, verb string, in fields) (*client.Acknowledgement, error) {
	return by.Do(t.Context(), city, "finance", "loans", s.loan, verb, in)
}

func claimed(fen int) fields { return fields{"private": fields{"claimFen": fen}} }

func recovered(fen int) fields { return fields{"private": fields{"recoveredFen": fen}} }

func TestAGuarantorPaysWhatABorrowerDoesNotAndRecoversIt(t *testing.T) {
	s := &security{system(t, "province-finance"), system(t, "zhengzhou-bank"), system(t, "zhengzhou-guarantor"), "DB" + run}
	s.apply(t)
	s.sign(t)
	s.accept(t)
	s.claim(t)
	s.recover(t)
	s.readBack(t)
}

// apply brings the application to its approval.
func (s *security) apply(t *testing.T) {
	t.Helper()
	done(t)(s.platform.Create(t.Context(), city, "finance", "loans", fields{"applicationId": s.loan, "subjectKey": subject("001", debtorNumber), "idType": "001", "subjectType": "SMALL_ENTERPRISE",
		"bankDept": net.Dept("zhengzhou-bank"), "termMonths": 12, "usage": "WORKING_CAPITAL", "private": fields{"amountFen": 100_000, "borrower": debtorName, "idNumber": debtorNumber}}))
	done(t)(s.lend(t, s.platform, "submit", fields{}))
	done(t)(s.lend(t, s.bank, "accept", fields{}))
	done(t)(s.lend(t, s.bank, "investigate", fields{"reportHash": hash("保证贷款调查报告")}))
	done(t)(s.lend(t, s.bank, "approve", fields{"termMonths": 12, "private": fields{"creditLimitFen": 100_000, "rateBp": 345}}))
}

// sign lets the bank take a guarantee that is too short, which holds the contract
// up until it is given back.
func (s *security) sign(t *testing.T) {
	t.Helper()
	done(t)(s.issue(t, s.guarantor, s.offer("S", fields{"validTo": day(30)})))
	done(t)(s.do(t, s.bank, "S", "accept", fields{}))
	contract := fields{"contractNo": "BHT" + run, "contractHash": hash("保证借款合同"), "payMode": "01", "private": fields{"contractFen": 100_000}}
	refused(t, "PERIOD_INVALID")(s.lend(t, s.bank, "sign", contract))
	refused(t, "ROLE_REQUIRED")(s.do(t, s.guarantor, "S", "release", fields{}))
	if a := done(t)(s.do(t, s.bank, "S", "release", fields{})); a.Status != "RELEASED" {
		t.Errorf("the release answered %+v", a)
	}
	done(t)(s.lend(t, s.bank, "sign", contract))
	done(t)(s.lend(t, s.bank, "disburse", fields{"noteNo": "BJJ" + run, "private": fields{"drawFen": 100_000}}))
}

// accept offers three letters, of which the bank takes two.
func (s *security) accept(t *testing.T) {
	t.Helper()
	due, _ := bodyOf(t, s.bank, "finance", "loans", s.loan)["dueOn"].(string)
	refused(t, "ROLE_REQUIRED")(s.issue(t, s.platform, s.offer("A")))
	refused(t, "PERIOD_INVALID")(s.issue(t, s.guarantor, s.offer("A", fields{"validTo": day(-1)})))
	refused(t, "INPUT_INVALID")(s.issue(t, s.guarantor, s.offer("A", fields{"private": fields{"coverFen": 0}})))
	refused(t, "RECORD_NOT_FOUND")(s.issue(t, s.guarantor, s.offer("A", fields{"applicationId": "NONE" + run})))
	bare := s.offer("A")
	delete(bare, "private")
	refused(t, "PRIVATE_HALF_MISSING")(s.issue(t, s.guarantor, bare))
	if a := done(t)(s.issue(t, s.guarantor, s.offer("A"))); a.ID != letterID("A") || a.Status != "OFFERED" {
		t.Errorf("the offer answered %+v", a)
	}
	refused(t, "RECORD_EXISTS")(s.issue(t, s.guarantor, s.offer("A")))
	refused(t, "ROLE_REQUIRED")(s.do(t, s.guarantor, "A", "accept", fields{}))
	done(t)(s.do(t, s.bank, "A", "accept", fields{}))

	done(t)(s.issue(t, s.guarantor, s.offer("B", fields{"validTo": due})))
	refused(t, "PERIOD_INVALID")(s.do(t, s.bank, "B", "accept", fields{})) // it ends with the debt, not after it
	refused(t, "NOT_OWNER")(s.do(t, s.bank, "B", "withdraw", fields{}))
	done(t)(s.do(t, s.guarantor, "B", "withdraw", fields{}))
	refused(t, "STATE_FORBIDS")(s.do(t, s.bank, "B", "accept", fields{}))

	done(t)(s.issue(t, s.guarantor, s.offer("C", fields{"mode": "01"})))
	done(t)(s.do(t, s.bank, "C", "accept", fields{}))
}

// claim asks the guarantor for arrears of 700 元: of one letter what it covers, of
// the other, a general one, the rest, once enforcement has failed.
func (s *security) claim(t *testing.T) {
	t.Helper()
	refused(t, "STATE_FORBIDS")(s.do(t, s.bank, "A", "claim", claimed(1))) // nothing is overdue
	done(t)(s.lend(t, s.bank, "mark-overdue", fields{"overdueSince": day(0), "private": fields{"principalFen": 60_000, "interestFen": 10_000}}))
	refused(t, "ROLE_REQUIRED")(s.do(t, s.guarantor, "A", "claim", claimed(50_000)))
	refused(t, "CLAIM_EXCEEDS")(s.do(t, s.bank, "A", "claim", claimed(50_001)))
	refused(t, "VERSION_CONFLICT")(s.do(t, s.bank.WithVersion(1), "A", "claim", claimed(50_000)))
	refused(t, "STATE_FORBIDS")(s.do(t, s.guarantor, "A", "compensate", fields{"voucherHash": hash("代偿凭证"), "private": fields{}}))
	done(t)(s.do(t, s.bank, "A", "claim", claimed(50_000)))
	refused(t, "STATE_FORBIDS")(s.do(t, s.bank, "A", "claim", claimed(1))) // once

	refused(t, "GUARANTEE_NOT_DUE")(s.do(t, s.bank, "C", "claim", claimed(20_000)))
	failed := fields{"executionHash": hash("终结本次执行裁定书")}
	refused(t, "CLAIM_EXCEEDS")(s.do(t, s.bank, "C", "claim", merged(failed, claimed(20_001)))) // 500 元 are claimed of the other letter
	done(t)(s.do(t, s.bank, "C", "claim", merged(failed, claimed(20_000))))
}

// recover lets the guarantor pay and get back, in two parts, what it paid.
func (s *security) recover(t *testing.T) {
	t.Helper()
	voucher := fields{"voucherHash": hash("代偿凭证"), "private": fields{}}
	refused(t, "STATE_FORBIDS")(s.do(t, s.guarantor, "A", "recover", recovered(1)))
	refused(t, "NOT_OWNER")(s.do(t, s.bank, "A", "compensate", voucher)) // a bank may be a guarantor, but is not this one
	done(t)(s.do(t, s.guarantor, "A", "compensate", voucher))
	refused(t, "RECOVERY_EXCEEDS")(s.do(t, s.guarantor, "A", "recover", recovered(50_001)))
	if a := done(t)(s.do(t, s.guarantor, "A", "recover", recovered(20_000))); a.Status != "COMPENSATED" {
		t.Errorf("after a part came back it is %s", a.Status)
	}
	refused(t, "RECOVERY_EXCEEDS")(s.do(t, s.guarantor, "A", "recover", recovered(30_001)))
	refused(t, "STATE_FORBIDS")(s.do(t, s.guarantor, "A", "purge", fields{"reason": "尚在追偿"}))
	if a := done(t)(s.do(t, s.guarantor, "A", "recover", recovered(30_000))); a.Status != "RECOVERED" {
		t.Errorf("after all came back it is %s", a.Status)
	}
	refused(t, "STATE_FORBIDS")(s.do(t, s.guarantor, "A", "recover", recovered(1)))
}

// readBack reads what all this has left: the record on either way, its history,
// lists, the loan's trace, and whether the letter in hand is the one.
func (s *security) readBack(t *testing.T) {
	t.Helper()
	last := done(t)(s.do(t, s.guarantor, "A", "purge", fields{"reason": "演示结束"}))
	at := fmt.Sprintf("atLeast=%d", last.Receipt.Block)
	for _, way := range []string{at, "consistency=ledger"} {
		status, body := read(t, "province-finance", "finance/guarantees/"+letterID("A")+"?"+way)
		for _, holds := range []string{`"status":"RECOVERED"`, `"digest":"` + last.Digest + `"`, `"compensatedOn":"2`, `"voucherHash":"` + hash("代偿凭证") + `"`} {
			if status != 200 || !strings.Contains(body, holds) || strings.Contains(body, "Fen") {
				t.Errorf("by %s the record is %d %s", way, status, body)
			}
		}
	}
	changes, err := s.platform.FromLedger().History(t.Context(), city, "finance", "guarantees", letterID("A"))
	var ops []string
	for _, c := range changes {
		ops = append(ops, c.Record.Op)
	}
	if got := strings.Join(ops, " "); err != nil || got != "IssueGuarantee AcceptGuarantee ClaimGuarantee CompensateGuarantee RecoverGuarantee RecoverGuarantee PurgeGuarantee" {
		t.Errorf("the history tells %s %v", got, err)
	}
	for filter, want := range map[string][]string{"": {"A", "B", "C", "S"}, "&status=CLAIMED": {"C"}, "&mode=02": {"A", "B", "S"}, "&status=RECOVERED&issuedOn.from=" + day(-1) + "&issuedOn.to=" + day(1): {"A"}, "&issuedOn.to=" + day(-2): nil, "&status=LAPSED": nil} {
		if got := s.list(t, "applicationId="+s.loan+filter+"&"+at); !slices.Equal(got, want) {
			t.Errorf("the list of %q has the letters %v, not %v", filter, got, want)
		}
	}
	trace := ask[struct {
		Guarantees []struct{ GuaranteeID, Status string }
	}](t, s.bank, "finance", "traces", fields{"applicationId": s.loan})
	if got := fmt.Sprint(trace.Guarantees); got != fmt.Sprintf("[{%s RELEASED} {%s RECOVERED} {%s CLAIMED}]", letterID("S"), letterID("A"), letterID("C")) {
		t.Errorf("the trace has the guarantees %s", got)
	}
	for no, match := range map[string]bool{"A": true, "B": false} {
		claim := fields{"id": letterID("A"), "fileHash": hash("保函" + no), "fields": fields{"voucherHash": hash("代偿凭证")}}
		if v, err := s.platform.Verify(t.Context(), city, "finance", "guarantees", claim); err != nil || v.Match != match || !v.Exists || v.Status != "RECOVERED" {
			t.Errorf("the letter %s verified as %+v %v", no, v, err)
		}
	}
}

// list is which letters a list of the read model has.
func (s *security) list(t *testing.T, query string) (letters []string) {
	t.Helper()
	var page struct{ Records []struct{ ID string } }
	if status, body := read(t, "province-finance", "finance/guarantees?"+query); status != 200 || json.Unmarshal([]byte(body), &page) != nil {
		t.Fatalf("the list of %s answered %d %s", query, status, body)
	}
	for _, r := range page.Records {
		_, no, _ := strings.Cut(r.ID, ".")
		letters = append(letters, strings.TrimSuffix(no, run))
	}
	slices.Sort(letters)
	return letters
}
