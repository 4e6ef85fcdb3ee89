package lifecycle

import (
	"context"
	"slices"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/hyperledger/fabric-protos-go-apiv2/gateway"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// signer signs as anybody.
type signer struct{}

func (signer) MspID() string               { return "HenanMSP" }
func (signer) Credentials() []byte         { return []byte("certificate") }
func (signer) Sign([]byte) ([]byte, error) { return []byte("signature"), nil }

// door is a peer's gateway service whose orderers answer each hand-over as told,
// and which knows of a commit once so many were made.
type door struct {
	grpc.ClientConnInterface
	answers []error
	known   int
	handed  int
}

func (d *door) Invoke(ctx context.Context, method string, _, reply any, _ ...grpc.CallOption) error {
	if strings.HasSuffix(method, "/Submit") {
		d.handed++
		return d.answers[d.handed-1]
	}
	if d.handed < d.known {
		<-ctx.Done()
		return status.FromContextError(ctx.Err()).Err()
	}
	reply.(*gateway.CommitStatusResponse).Result = peer.TxValidationCode_VALID
	return nil
}

func TestATransactionIsHandedOverAgainOnlyWhereNobodyHasIt(t *testing.T) {
	away := status.Error(codes.Unavailable, "insufficient number of orderers could successfully process transaction")
	detailed, err := status.Convert(away).WithDetails(&gateway.ErrorDetail{Message: "status=SERVICE_UNAVAILABLE, info=failed to submit request: request already processed"})
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		answers []error
		known   int // committed after so many
		handed  int
	}{
		"taken":                          {[]error{nil}, 1, 1},
		"ordered while it was handed on": {[]error{detailed.Err()}, 1, 1},
		"taken by some":                  {[]error{away}, 1, 1},
		"taken at the third time":        {[]error{away, away, nil}, 3, 3},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, err := newCall(signer{}, "henan", "CommitChaincodeDefinition", &peer.ChaincodeID{})
				if err != nil {
					t.Fatal(err)
				}
				d := &door{answers: slices.Clone(test.answers), known: test.known}
				endorsed := []*peer.ProposalResponse{{Endorsement: &peer.Endorsement{}}}
				if err := c.submit(t.Context(), Peer{Name: "peer0.henan", Conn: d}, endorsed); err != nil {
					t.Error(err)
				}
				if d.handed != test.handed {
					t.Errorf("it was handed over %d times, not %d", d.handed, test.handed)
				}
			})
		})
	}
}
