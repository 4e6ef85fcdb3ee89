package fabric

import (
	"errors"
	"slices"
	"testing"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"

	"henanchain/internal/connection"
)

func TestEndorsersAreNamedOnlyWhereTheyAreCertain(t *testing.T) {
	n := &Network{
		conn: &connection.Connection{Province: "HenanMSP", MainChannel: "henan", Channels: []connection.Channel{
			{Name: "henan", Organisations: []string{"HenanMSP", "ZhengzhouMSP", "XinyangMSP"}},
			{Name: "zhengzhou", Organisations: []string{"ZhengzhouMSP", "HenanMSP"}},
		}},
		apps: map[string]*application{
			"province": {Application: connection.Application{MSPID: "HenanMSP"}},
			"notary":   {Application: connection.Application{MSPID: "ZhengzhouMSP"}},
		},
	}
	for name, tc := range map[string]struct {
		channel, app string
		want         []string
	}{
		"a city on its channel":            {"zhengzhou", "notary", []string{"ZhengzhouMSP", "HenanMSP"}},
		"the province on a city's channel": {"zhengzhou", "province", []string{"ZhengzhouMSP", "HenanMSP"}},
		"a city on the main channel":       {"henan", "notary", []string{"HenanMSP", "ZhengzhouMSP"}},
		"the province on the main channel": {"henan", "province", nil},
		"a channel that is not there":      {"beijing", "notary", nil},
		"an application that nobody knows": {"zhengzhou", "stranger", nil},
	} {
		if got := n.endorsers(Proposal{Channel: tc.channel, App: tc.app}); !slices.Equal(got, tc.want) {
			t.Errorf("%s: named are %v, not %v", name, got, tc.want)
		}
	}
}

// The text is that of Fabric v3.1.1: internal/pkg/gateway/registry.go.
func TestAPeerThatDoesNotKnowWhoEndorsesIsToldApart(t *testing.T) {
	for text, want := range map[string]bool{
		"no combination of peers can be derived which satisfy the endorsement policy: required chaincodes are not installed on sufficient peers": true,
		"failed to find any endorsing peers for org(s): XinyangMSP":                                                                              false,
	} {
		if got := unaware(status.Error(codes.FailedPrecondition, text)); got != want {
			t.Errorf("%q: %t", text, got)
		}
	}
	if unaware(nil) || unaware(errors.New("connection refused")) {
		t.Error("no failure, or another one, was taken for it")
	}
}
