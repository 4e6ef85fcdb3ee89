package fabric

import (
	"testing"

	"github.com/hyperledger/fabric-protos-go-apiv2/gateway"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

func TestOnlyWhatEveryNamedOrganisationRefusesIsRefused(t *testing.T) {
	const (
		missing = "chaincode response 500, RECORD_NOT_FOUND: there is no evidence E1"
		other   = "chaincode response 500, NOT_PERMITTED: not for you"
		away    = "connection refused"
	)
	for name, c := range map[string]struct {
		said map[string]string
		code string
	}{
		"both say the same":         {map[string]string{"HenanMSP": missing, "ZhengzhouMSP": missing}, "RECORD_NOT_FOUND"},
		"they say different":        {map[string]string{"HenanMSP": missing, "ZhengzhouMSP": other}, ""},
		"one says nothing":          {map[string]string{"HenanMSP": missing}, ""},
		"one is away":               {map[string]string{"HenanMSP": missing, "ZhengzhouMSP": away}, ""},
		"both are away":             {map[string]string{"HenanMSP": away, "ZhengzhouMSP": away}, ""},
		"somebody else says no":     {map[string]string{"HenanMSP": missing, "XinyangMSP": missing}, ""},
		"nobody says anything":      {nil, ""},
		"one answered with no code": {map[string]string{"HenanMSP": "chaincode response 500, EOF", "ZhengzhouMSP": "chaincode response 500, EOF"}, ""},
	} {
		st := status.New(codes.Aborted, "failed to collect enough transaction endorsements, see attached details for more info")
		for msp, text := range c.said {
			var err error
			if st, err = st.WithDetails(&gateway.ErrorDetail{Address: "peer:1", MspId: msp, Message: text}); err != nil {
				t.Fatal(err)
			}
		}
		got := ""
		if e := unanimous(st.Err(), []string{"HenanMSP", "ZhengzhouMSP"}); e != nil {
			got = e.Refusal.Code
		}
		if got != c.code {
			t.Errorf("%s: %q, not %q", name, got, c.code)
		}
	}
}
