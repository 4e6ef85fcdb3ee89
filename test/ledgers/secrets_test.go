//go:build e2e

package ledgers

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"maps"
	"net/http"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"google.golang.org/protobuf/proto"

	"henanchain/test/chain"
	"henanchain/test/leak"
)

// personal takes down, of every request that a story sends, what must not be
// public: the identity numbers that the gateway is to hash, and the texts of
// private halves.
var personal = &recorder{values: map[string]string{}}

type recorder struct {
	sync.Mutex
	values map[string]string // the text, and its type where it is an identity number
}

func (r *recorder) RoundTrip(req *http.Request) (*http.Response, error) {
	if req.Body != nil {
		body, err := io.ReadAll(req.Body)
		if err != nil {
			return nil, err
		}
		req.Body = io.NopCloser(bytes.NewReader(body))
		var in any
		if json.Unmarshal(body, &in) == nil {
			r.Lock()
			r.take("", in, false)
			r.Unlock()
		}
	}
	return http.DefaultTransport.RoundTrip(req)
}

// public are members of private halves that are no secret: codes of a
// dictionary, dates, digests, and what stands in the public half as well.
var public = regexp.MustCompile(`^(idType|question|field|value|nationalCode|valuedOn|[a-zA-Z]*Key|[a-zA-Z]*Hash)$`)

func (r *recorder) take(name string, v any, private bool) {
	switch v := v.(type) {
	case string:
		if private && !public.MatchString(name) {
			r.keep(v, "")
		}
	case []any:
		for _, e := range v {
			r.take(name, e, private)
		}
	case map[string]any:
		if idType, ok := v["type"].(string); ok && len(v) == 2 {
			if number, ok := v["number"].(string); ok {
				r.keep(number, idType)
				return
			}
		}
		for member, e := range v {
			r.take(member, e, private || member == "private")
		}
	}
}

func (r *recorder) keep(text, idType string) {
	if old, ok := r.values[text]; !ok || old == "" {
		r.values[text] = idType
	}
}

// stories are all that this package tells. They are told before, unless this
// test runs alone.
var stories = map[string]func(*testing.T){
	"agritrace": TestGarlicGoesFromTheFieldToTheShopAndIsRecalled, "elicense": TestALicenceIsRenewedSuspendedAndRevoked, "evidence": TestEvidenceGoesFromDepositToDecision,
	"finance": TestAnEnterpriseAuthorizesIsLentToAndRepays, "guarantee": TestAGuarantorPaysWhatABorrowerDoesNotAndRecoversIt, "medical": TestADrugIsDispensedOnceAndADocumentSeenWithConsent, "realestate": TestAFlatIsRegisteredSoldMortgagedAndSeized,
}

// known are values of the stories by which the record of one shows.
var known = map[string]string{"agritrace": grower.number, "elicense": "410105190001010010", "evidence": firmNumber, "finance": firmNumber, "guarantee": debtorNumber, "medical": residentEHR, "realestate": buyer.number}

// held are values that are public on purpose: the same search finds them. Where
// it does not, that it finds no secret tells nothing.
var held = map[string]string{
	"a name in a record":               "郑州示例超市",
	"a text in an operation's input":   "监督抽检农药残留超标",
	"a text under a key":               "豫（2026）郑州市不动产权第",
	"a code that a record's id is of":  "86900001000019",
	"an organisation's identification": "92410302MA9YTT0284",
}

// After every ledger's story, nothing on any channel tells of a person: not the
// blocks, byte by byte, with their inputs, answers, events and write sets, and
// not the public state that they make, keys and values.
func TestNothingPersonalIsOnAnyChannel(t *testing.T) {
	untold := maps.Clone(stories)
	for name := range stories {
		if _, told := personal.values[known[name]]; told {
			delete(untold, name)
		}
	}
	for name, story := range untold {
		t.Run(name, story)
	}
	var secrets, controls []leak.Value
	for text, idType := range personal.values {
		secrets = append(secrets, leak.Value{Text: text, Type: idType})
	}
	for _, text := range held {
		controls = append(controls, leak.Value{Text: text})
	}
	// The digest of a file is public: so a bare hash is found where there is one.
	controls = append(controls, leak.Value{Text: run + "合同"})
	search, control := leak.New(secrets...), leak.New(controls...)
	found := map[string]bool{}
	for _, ch := range net.Connection.Channels {
		blocks, size, state := readAll(t, ch.Name, func(where string, data []byte) {
			for _, f := range search.In(ch.Name+" "+where, data) {
				t.Error(f)
			}
			for _, f := range control.In(where, data) {
				found[f.Value+" "+f.Form] = true
			}
		})
		t.Logf("%s: %d blocks of %d bytes, and %d keys of the public state, were searched for %d values in %d forms", ch.Name, blocks, size, state, len(secrets), search.Patterns())
	}
	for what, text := range held {
		if !found[`"`+text+`" UTF-8`] {
			t.Errorf("%s, %s, was not found: the search sees nothing", what, text)
		}
	}
	if !found[`"`+run+`合同" a bare SM3 in hex`] {
		t.Error("the digest of a deposited file was not found: the search sees no hashes")
	}
	if len(secrets) < 15 {
		t.Errorf("only %d values were searched for", len(secrets))
	}
}

// readAll shows every block of a channel and every key of its public state.
func readAll(t *testing.T, channel string, show func(where string, data []byte)) (blocks, size, keys int) {
	t.Helper()
	ctx := context.Background()
	// The province's own system may read every channel.
	l, err := chain.Open(net.Connection, channel, "province-elicense", "")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	state := map[string][]byte{}
	err = l.Blocks(ctx, 0, func(block *common.Block) error {
		raw, err := proto.Marshal(block)
		if err != nil {
			return err
		}
		blocks, size = blocks+1, size+len(raw)
		show("block "+strconv.FormatUint(block.GetHeader().GetNumber(), 10), raw)
		all, err := chain.Transactions(block)
		if err != nil {
			return err
		}
		for _, tx := range all {
			for _, w := range tx.Writes {
				if !tx.Valid() {
					continue
				}
				if at := w.Contract + " " + w.Key; w.Value == nil {
					delete(state, at)
				} else {
					state[at] = w.Value
				}
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for at, value := range state {
		show("the key "+at, []byte(at))
		show("the value of "+at, value)
	}
	checkState(t, l, state)
	return blocks, size, len(state)
}

// checkState asks the peer for some of the state: it is the one that the blocks
// make.
func checkState(t *testing.T, l *chain.Ledger, state map[string][]byte) {
	t.Helper()
	asked := 0
	for at, value := range state {
		contract, key, _ := strings.Cut(at, " ")
		recordType, id, ok := strings.Cut(key, "/")
		if !ok || strings.HasPrefix(key, "~") || strings.HasPrefix(contract, "_") || asked == 20 {
			continue
		}
		asked++
		got, err := l.Contract(contract).EvaluateTransaction("Get", recordType, id)
		if err != nil && strings.Contains(err.Error(), "EVIDENCE_SEALED") {
			continue // by this caller it cannot be read
		}
		if err != nil || !bytes.Equal(got, value) {
			t.Errorf("the peer says of %s %s %v, and the blocks %s", at, got, err, value)
		}
	}
}
