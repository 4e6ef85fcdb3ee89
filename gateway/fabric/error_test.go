package fabric

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/hyperledger/fabric-protos-go-apiv2/gateway"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// The texts are those of Fabric v3.1.1: internal/pkg/gateway, core/endorser,
// core/chaincode, orderer/common/msgprocessor.
func TestEachFailureOfFabricSaysWhatMayBeDoneAboutIt(t *testing.T) {
	tests := []struct {
		name     string
		code     codes.Code
		message  string
		details  []string
		kind     Kind
		refusal  string
		answered bool
	}{
		{"a contract's refusal at the first endorser", codes.Aborted, "failed to endorse transaction, see attached details for more info",
			[]string{"chaincode response 500, RECORD_EXISTS: evidence E1 is there already"}, Refused, "RECORD_EXISTS", true},
		{"a contract's refusal of a question", codes.Unknown, "evaluate call to endorser returned error: chaincode response 500, NOT_FOUND: there is no evidence E1",
			[]string{"chaincode response 500, NOT_FOUND: there is no evidence E1"}, Refused, "NOT_FOUND", true},
		{"a contract's error without a code", codes.Aborted, "failed to endorse transaction, see attached details for more info",
			[]string{"chaincode response 500, open file: EOF"}, Failed, "", true},
		{"a second endorser refuses what the first allowed", codes.Aborted, "failed to collect enough transaction endorsements, see attached details for more info",
			[]string{"chaincode response 500, NOT_FOUND: there is no evidence E1"}, Mismatch, "", false},
		{"endorsers disagree", codes.Aborted, "failed to collect enough transaction endorsements, see attached details for more info",
			[]string{"ProposalResponsePayloads do not match"}, Mismatch, "", false},
		{"a peer too busy", codes.ResourceExhausted, "too many requests for /gateway.Gateway, exceeding concurrency limit (500)", nil, Unavailable, "", false},
		{"a message too large for gRPC", codes.ResourceExhausted, "grpc: received message larger than max (104857601 vs. 104857600)", nil, TooMuch, "", false},
		{"a transaction too large for the orderers", codes.Aborted, "received unsuccessful response from orderer: status=BAD_REQUEST, info=message payload is 11 bytes and exceeds maximum allowed 10 bytes", nil, TooMuch, "", false},
		{"a contract too slow", codes.Aborted, "failed to endorse transaction, see attached details for more info",
			[]string{"error in simulation: failed to execute transaction 1: timeout expired while executing transaction"}, TooMuch, "", false},
		{"a contract's service that is down", codes.Aborted, "failed to endorse transaction, see attached details for more info",
			[]string{"error in simulation: failed to execute transaction 1: could not launch chaincode x: connection to x failed"}, Unavailable, "", false},
		{"a contract's service that dies on the way", codes.Aborted, "failed to endorse transaction, see attached details for more info",
			[]string{"error in simulation: failed to execute transaction 1: error sending: chaincode stream terminated"}, Unavailable, "", false},
		{"an endorser that goes away while another peer asks it", codes.Aborted, "failed to collect enough transaction endorsements, see attached details for more info",
			[]string{"rpc error: code = Canceled desc = grpc: the client connection is closing"}, Unavailable, "", false},
		{"an endorser that ends while another peer asks it", codes.Aborted, "failed to collect enough transaction endorsements, see attached details for more info",
			[]string{"rpc error: code = Unavailable desc = error reading from server: EOF"}, Unavailable, "", false},
		{"no orderer", codes.Unavailable, "no orderers could successfully process transaction", []string{"connection refused"}, Unavailable, "", false},
		{"too few BFT orderers", codes.Unavailable, "insufficient number of orderers could successfully process transaction to satisfy quorum requirement", nil, Unavailable, "", false},
		{"no peers that satisfy the policy", codes.FailedPrecondition, "no combination of peers can be derived which satisfy the endorsement policy", nil, Unsettled, "", false},
		{"no peer of a member that is named", codes.Unavailable, "failed to find any endorsing peers for org(s): LuoheMSP", nil, Unsettled, "", false},
		{"a contract's definition that changes meanwhile", codes.Aborted, "failed to endorse transaction, see attached details for more info",
			[]string{"make sure the chaincode evidence has been successfully defined on channel luohe and try again: chaincode cache at sequence 2 but current sequence is 1, chaincode definition for 'evidence' changed during invoke"}, Unsettled, "", false},
		{"an identity that the channel does not know", codes.Aborted, "failed to endorse transaction, see attached details for more info",
			[]string{"error validating proposal: access denied: channel [henan] creator org [XMSP]"}, Denied, "", false},
		{"an identity that the orderers do not take", codes.Aborted, "received unsuccessful response from orderer: status=FORBIDDEN, info=permission denied", nil, Denied, "", false},
		{"no status for this identity", codes.PermissionDenied, "failed evaluating policy on signed data", nil, Denied, "", false},
		{"too late", codes.DeadlineExceeded, "endorsement timeout expired while collecting first endorsement", nil, Deadline, "", false},
		{"a peer that stops while one waits for a commit", codes.Aborted, "unexpected close of commit notification channel", nil, Unavailable, "", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			st := status.New(test.code, test.message)
			for _, d := range test.details {
				var err error
				if st, err = st.WithDetails(&gateway.ErrorDetail{Address: "peer:1", MspId: "HenanMSP", Message: d}); err != nil {
					t.Fatal(err)
				}
			}
			e := classify(fmt.Errorf("wrapped: %w", st.Err()), "do this")
			code := ""
			if e.Refusal != nil {
				code = e.Refusal.Code
			}
			if e.Kind != test.kind || code != test.refusal || e.Answered != test.answered {
				t.Errorf("%v: kind %s, refusal %q, answered %v; want %s, %q, %v", e, e.Kind, code, e.Answered, test.kind, test.refusal, test.answered)
			}
		})
	}
}

func TestTheEndOfAContextIsADeadline(t *testing.T) {
	for _, err := range []error{context.DeadlineExceeded, context.Canceled} {
		if e := classify(fmt.Errorf("ask: %w", err), "ask"); e.Kind != Deadline || !errors.Is(e, err) {
			t.Errorf("%v is of kind %s", err, e.Kind)
		}
	}
}

func FuzzRestoreNeverPanics(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("\x0a\x03tx1\x12\x02\x0a\x00"))
	f.Fuzz(func(t *testing.T, data []byte) {
		tx, err := Restore("app", data, nil)
		if err == nil && (tx.ID == "" || tx.Channel == "") {
			t.Errorf("a transaction without ID or channel was restored: %+v", tx)
		}
	})
}
