package rest

import (
	"bytes"
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"henanchain/gateway/directory"
	"henanchain/gateway/fabric"
	"henanchain/internal/catalog"
	"henanchain/internal/operation"
	"henanchain/internal/proof"
)

// witnesses is a ledger whose peers sign what they are asked.
type witnesses struct {
	*ledgerFake
	asked fabric.Proposal
	nonce []byte
	by    []string
}

func (s *witnesses) Attest(_ context.Context, p fabric.Proposal, nonce []byte, organisations ...string) (*proof.View, error) {
	s.asked, s.nonce, s.by = p, nonce, organisations
	return &proof.View{ResponsePayload: []byte("signed")}, nil
}

func TestARecordIsGivenWithItsProof(t *testing.T) {
	var peers *witnesses
	d := open(t, func(o *Options) {
		peers = &witnesses{ledgerFake: o.Reader.(*ledgerFake)}
		peers.records["evidence/ev-1"] = &operation.Record{Type: "evidence", ID: "ev-1", Version: 1, Org: "ZhengzhouMSP"}
		o.Reader = peers
	})
	nonce := strings.Repeat("ab", 24)
	a := d.call(t, http.MethodGet, "/v1/zhengzhou/evidence/evidences/ev-1/proof?nonce="+nonce, "")
	var view proof.View
	if err := json.Unmarshal(a.body, &view); a.status != http.StatusOK || err != nil || string(view.ResponsePayload) != "signed" {
		t.Fatalf("%d %s (%v)", a.status, a.body, err)
	}
	if peers.asked.Channel != "zhengzhou" || peers.asked.Function != operation.Get || string(bytes.Join(peers.asked.Args, []byte(" "))) != "evidence ev-1" {
		t.Errorf("the peers were asked %+v", peers.asked)
	}
	if !slices.Equal(peers.by, []string{"ZhengzhouMSP", "HenanMSP"}) || !bytes.Equal(peers.nonce, bytes.Repeat([]byte{0xab}, 24)) {
		t.Errorf("asked of %v with the nonce %x", peers.by, peers.nonce)
	}
	for path, want := range map[string]int{
		"evidences/ev-1/proof":           http.StatusOK,
		"evidences/ev-1/proof?nonce=ab":  http.StatusUnprocessableEntity,
		"evidences/ev-1/proof?nonce=xyz": http.StatusUnprocessableEntity,
		"evidences/ev-2/proof":           http.StatusNotFound,
	} {
		if a := d.call(t, http.MethodGet, "/v1/zhengzhou/evidence/"+path, ""); a.status != want {
			t.Errorf("%s: %d, not %d", path, a.status, want)
		}
	}
}

// mainToys are toys that are kept on the main channel, and end.
func mainToys(o *Options) {
	c := toy()
	c.Name = "basic"
	c.Records[0].Main = true
	c.Records[0].Statuses = []catalog.Status{{Code: "OPEN"}, {Code: "DONE", Terminal: true}}
	o.Contracts = append(o.Contracts, c)
	conn := town()
	conn.Channels[0].Contracts = []string{"basic"}
	o.Network = directory.Fixed(conn)
}

func TestACitysPathLeadsToTheMainChannelWhereRecordsAreKeptThere(t *testing.T) {
	d := open(t, mainToys)
	a := d.call(t, http.MethodPost, "/v1/zhengzhou/basic/toys", `{"id":"t1","holderKey":{"type":"111","number":"410105190001010010"}}`, "Authorization", "Bearer "+makerToken)
	if a.status >= 300 {
		t.Fatalf("%d %s", a.status, a.body)
	}
	if got := d.calls[0].Channel; got != "henan" {
		t.Errorf("it was written on %s", got)
	}
}

func TestAReadWaitsForARecordsEnd(t *testing.T) {
	ledger := &changing{}
	d := open(t, mainToys, func(o *Options) {
		ledger.ledgerFake = o.Reader.(*ledgerFake)
		o.Reader, o.Limits.Timeout = ledger, time.Minute
	})
	ledger.statuses = []string{"", "OPEN", "OPEN", "DONE"}
	a := d.call(t, http.MethodGet, "/v1/zhengzhou/basic/toys/t1", "", "Authorization", "Bearer "+makerToken, "Prefer", "wait=30")
	if a.status != http.StatusOK || !bytes.Contains(a.body, []byte("DONE")) || ledger.looks != 4 {
		t.Errorf("after %d looks: %d %s", ledger.looks, a.status, a.body)
	}
	ledger.statuses, ledger.looks = []string{"OPEN"}, 0
	a = d.call(t, http.MethodGet, "/v1/zhengzhou/basic/toys/t1", "", "Authorization", "Bearer "+makerToken, "Prefer", "respond-async, wait=1")
	if a.status != http.StatusOK || !bytes.Contains(a.body, []byte("OPEN")) {
		t.Errorf("when the wait was over: %d %s", a.status, a.body)
	}
}

// changing is a ledger with one record, whose status changes with each look at
// it, up to the last; an empty one is before there is the record.
type changing struct {
	*ledgerFake
	statuses []string
	looks    int
}

func (c *changing) Get(_ context.Context, at fabric.Place, recordType, id string) (*operation.Record, error) {
	status := c.statuses[min(c.looks, len(c.statuses)-1)]
	c.looks++
	if status != "" && at.Channel == "henan" {
		return &operation.Record{Type: recordType, ID: id, Version: 1, Status: status}, nil
	}
	return nil, operation.Refuse("RECORD_NOT_FOUND", "not yet")
}
