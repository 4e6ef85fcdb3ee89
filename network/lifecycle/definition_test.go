package lifecycle

import (
	"bytes"
	"strings"
	"testing"

	"github.com/hyperledger/fabric-protos-go-apiv2/peer/lifecycle"
	"google.golang.org/protobuf/proto"
)

func TestPoliciesSayWhoMustEndorse(t *testing.T) {
	for _, tc := range []struct{ got, want string }{
		{AllOf("HenanMSP", "ZhengzhouMSP"), "AND('HenanMSP.peer','ZhengzhouMSP.peer')"},
		{WithOneOf("HenanMSP", "ZhengzhouMSP", "HenanMSP", "XinyangMSP"), "AND('HenanMSP.peer',OR('ZhengzhouMSP.peer','XinyangMSP.peer'))"},
		{WithOneOf("HenanMSP", "ZhengzhouMSP"), "AND('HenanMSP.peer','ZhengzhouMSP.peer')"},
		{WithOneOf("HenanMSP"), "OR('HenanMSP.peer')"},
		{"", "/Channel/Application/Endorsement"},
	} {
		t.Run(tc.want, func(t *testing.T) {
			d, err := define("evidence", "1.0", Channel{Policy: tc.got})
			if err != nil {
				t.Fatal(err)
			}
			text := PolicyText(d.policy)
			if tc.got != "" && tc.got != tc.want {
				t.Errorf("the policy is %s, want %s", tc.got, tc.want)
			}
			// One of one is written as all of one: the same thing.
			if text != tc.want && text != strings.Replace(tc.want, "OR(", "AND(", 1) {
				t.Errorf("it reads back as %s, want %s", text, tc.want)
			}
		})
	}
}

// What is committed is compared byte by byte with what would be committed.
func TestAPolicyAlwaysBecomesTheSameBytes(t *testing.T) {
	ch := Channel{Policy: WithOneOf("HenanMSP", "AMSP", "BMSP", "CMSP", "DMSP", "EMSP")}
	first, err := define("evidence", "1.0", ch)
	if err != nil {
		t.Fatal(err)
	}
	for range 200 {
		again, err := define("evidence", "1.0", ch)
		if err != nil || !bytes.Equal(first.policy, again.policy) {
			t.Fatalf("%v: %x and then %x", err, first.policy, again.policy)
		}
	}
}

const collections = `[{"name":"private","policy":"OR('HenanMSP.member','ZhengzhouMSP.member')","requiredPeerCount":1,"maxPeerCount":2,"blockToLive":0,"memberOnlyRead":true,"memberOnlyWrite":true,"endorsementPolicy":{"signaturePolicy":"AND('HenanMSP.peer','ZhengzhouMSP.peer')"}}]`

func TestOnlyTheSameDefinitionIsTheSame(t *testing.T) {
	base := Channel{Policy: AllOf("HenanMSP", "ZhengzhouMSP"), Collections: []byte(collections)}
	d, err := define("evidence", "1.0", base)
	if err != nil {
		t.Fatal(err)
	}
	is := func(change func(*lifecycle.QueryChaincodeDefinitionResult)) *lifecycle.QueryChaincodeDefinitionResult {
		r := &lifecycle.QueryChaincodeDefinitionResult{Version: "1.0", EndorsementPlugin: "escc", ValidationPlugin: "vscc", ValidationParameter: d.policy, Collections: proto.CloneOf(d.collections)}
		change(r)
		return r
	}
	other, err := define("evidence", "1.0", Channel{Policy: AllOf("HenanMSP", "XinyangMSP")})
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		change func(*lifecycle.QueryChaincodeDefinitionResult)
		same   bool
	}{
		"nothing":        {func(*lifecycle.QueryChaincodeDefinitionResult) {}, true},
		"version":        {func(r *lifecycle.QueryChaincodeDefinitionResult) { r.Version = "1.1" }, false},
		"policy":         {func(r *lifecycle.QueryChaincodeDefinitionResult) { r.ValidationParameter = other.policy }, false},
		"no collections": {func(r *lifecycle.QueryChaincodeDefinitionResult) { r.Collections = nil }, false},
		"collection": {func(r *lifecycle.QueryChaincodeDefinitionResult) {
			r.Collections.Config[0].GetStaticCollectionConfig().BlockToLive = 9
		}, false},
		"init":   {func(r *lifecycle.QueryChaincodeDefinitionResult) { r.InitRequired = true }, false},
		"plugin": {func(r *lifecycle.QueryChaincodeDefinitionResult) { r.ValidationPlugin = "other" }, false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := d.same(is(tc.change)); got != tc.same {
				t.Fatalf("same is %t, want %t", got, tc.same)
			}
		})
	}
	if !other.same(&lifecycle.QueryChaincodeDefinitionResult{Version: "1.0", EndorsementPlugin: "escc", ValidationPlugin: "vscc", ValidationParameter: other.policy}) {
		t.Error("no collections and an empty package of collections are told apart")
	}
}

func TestRulesThatCannotHoldAreRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		ch   Channel
		says string
	}{
		"policy that is none":      {Channel{Policy: "HenanMSP"}, "endorsement policy"},
		"role that is none":        {Channel{Policy: "AND('HenanMSP.boss')"}, "endorsement policy"},
		"collections no JSON":      {Channel{Collections: []byte("{")}, "private data collections"},
		"misspelt field":           {Channel{Collections: []byte(`[{"name":"a","polcy":"OR('A.member')"}]`)}, "polcy"},
		"collection without name":  {Channel{Collections: []byte(`[{"policy":"OR('A.member')"}]`)}, "name is empty"},
		"more required than max":   {Channel{Collections: []byte(`[{"name":"a","policy":"OR('A.member')","requiredPeerCount":2,"maxPeerCount":1}]`)}, "requiredPeerCount"},
		"collection for everybody": {Channel{Collections: []byte(`[{"name":"a"}]`)}, "name the organisations"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := define("evidence", "1.0", tc.ch); err == nil || !strings.Contains(err.Error(), tc.says) {
				t.Fatalf("got %v, want a refusal that says %q", err, tc.says)
			}
		})
	}
}
