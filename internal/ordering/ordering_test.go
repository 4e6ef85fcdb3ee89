package ordering

import (
	"errors"
	"fmt"
	"testing"

	"github.com/hyperledger/fabric-protos-go-apiv2/gateway"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// The texts are those of Fabric v3.1.1 (internal/pkg/gateway/submit.go).
func TestATransactionThatOrderersHaveIsToldFromOneThatTheyLack(t *testing.T) {
	const quorum = "insufficient number of orderers could successfully process transaction to satisfy quorum requirement"
	for _, test := range []struct {
		says    string
		details []string
		has     bool
	}{
		{"ordered while it was handed over", []string{"received unsuccessful response from orderer: status=SERVICE_UNAVAILABLE, info=failed to submit request: request already processed"}, true},
		{"one is away, one has it", []string{"connection refused", "received unsuccessful response from orderer: status=SERVICE_UNAVAILABLE, info=failed to submit request: request already processed"}, true},
		{"all are away", []string{"connection refused", "connection refused"}, false},
		{"no leader", []string{"received unsuccessful response from orderer: status=SERVICE_UNAVAILABLE, info=failed to submit request: no leader"}, false},
		{"nothing is said", nil, false},
	} {
		st := status.New(codes.Unavailable, quorum)
		for _, d := range test.details {
			var err error
			if st, err = st.WithDetails(&gateway.ErrorDetail{Address: "orderer:1", MspId: "HenanMSP", Message: d}); err != nil {
				t.Fatal(err)
			}
		}
		if got := Has(fmt.Errorf("submit: %w", st.Err())); got != test.has {
			t.Errorf("%s: %t", test.says, got)
		}
	}
	if Has(nil) || Has(errors.New("request already processed")) {
		t.Error("no failure, or one of others, was taken for it")
	}
}
