package topology

import (
	"slices"
	"strings"
	"testing"
)

// apart is the pilot with a host for each organisation.
func apart(t *testing.T) *Network {
	t.Helper()
	text := strings.NewReplacer("  - {name: local, address: 127.0.0.1}\n", "  - {name: henan, address: 10.0.0.1}\n  - {name: zhengzhou, address: 10.0.0.2}\n  - {name: xinyang, address: 10.0.0.3}\n  - {name: orderers, address: 10.0.0.4}\n",
		"msp: ZhengzhouMSP,", "msp: ZhengzhouMSP, host: zhengzhou,", "msp: XinyangMSP,", "msp: XinyangMSP, host: xinyang,",
		"    - {name: orderer0, organisation: henan}\n  # A", "    - {name: orderer0, organisation: henan, host: orderers}\n  # A").Replace(shipped(t))
	f, err := Parse("topology.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	n, err := f.Select("pilot", 0)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestAHostHoldsThePartOfWhoIsAtHomeThere(t *testing.T) {
	n := apart(t)
	for host, want := range map[string]struct{ channels, systems string }{
		"henan":     {"henan zhengzhou xinyang", "province-"},
		"zhengzhou": {"henan zhengzhou", "zhengzhou-"},
		"xinyang":   {"henan xinyang", "xinyang-"},
		"orderers":  {"", ""},
	} {
		p := n.Part(host)
		var channels []string
		for _, ch := range p.Channels {
			channels = append(channels, ch.Name)
		}
		if got := strings.Join(channels, " "); got != want.channels {
			t.Errorf("%s holds the channels %q, want %q", host, got, want.channels)
		}
		for _, a := range p.Applications {
			if !strings.HasPrefix(a.Name, want.systems) || want.systems == "" {
				t.Errorf("%s holds the system %s", host, a.Name)
			}
		}
		if len(p.Organisations) != 3 || len(p.Orderers) != 1 || !p.IsHere(host) || p.IsHere("another") || p.GatewayHost() != host {
			t.Errorf("%s holds %+v", host, p.Placement)
		}
		if again := p.Part(host); len(again.Channels) != len(p.Channels) {
			t.Errorf("the part of the part of %s has %d channels", host, len(again.Channels))
		}
	}
	if len(n.Channels) != 3 || n.Here != "" {
		t.Error("taking parts changed the whole")
	}
}

func TestAHostIsOwnedByWhoHasSomethingThere(t *testing.T) {
	n := apart(t)
	for host, want := range map[string]string{"henan": "henan", "zhengzhou": "zhengzhou", "orderers": "henan"} {
		if got := n.Owner(host).Name; got != want {
			t.Errorf("%s is owned by %s, want %s", host, got, want)
		}
		if got := n.Sharers(host); !slices.Equal(got, []string{want}) {
			t.Errorf("%s has keys of %v, want %s alone", host, got, want)
		}
	}
	f, err := Parse("topology.yaml", []byte(shipped(t)))
	if err != nil {
		t.Fatal(err)
	}
	one, _ := f.Select("pilot", 0)
	if got := one.Sharers("local"); len(got) != 3 || one.Owner("local").Name != "henan" {
		t.Errorf("one machine has keys of %v and is owned by %s", got, one.Owner("local").Name)
	}
}

func TestInContainersEveryProcessHasItsOwnName(t *testing.T) {
	n := apart(t).InContainers()
	seen := map[string]bool{}
	for _, nd := range n.Nodes() {
		if nd.Address != nd.Name || nd.ListenHost() != "0.0.0.0" || seen[nd.Address] {
			t.Errorf("%s is at %s and listens on %s", nd.Name, nd.Address, nd.ListenHost())
		}
		seen[nd.Address] = true
	}
	for _, h := range n.Hosts {
		for _, address := range []string{n.CAAddress(h.Name), n.ContractsAddress(h.Name)} {
			if seen[address] || n.Listen(address) != "0.0.0.0" {
				t.Errorf("%s is there twice, or listens on %s", address, n.Listen(address))
			}
			seen[address] = true
		}
	}
	if len(seen) != 10 || n.GatewayURL(n.GatewayHost()) != "http://gateway:21050" || len(n.HomeHosts()) != 3 {
		t.Errorf("the containers are %v, the gateway is at %s", seen, n.GatewayURL(n.GatewayHost()))
	}
}

func TestAGatewayOnANetworkSpeaksTLS(t *testing.T) {
	n := apart(t)
	for address, want := range map[string]string{
		"10.0.0.1": "https://10.0.0.1:21050", "127.0.0.1": "http://127.0.0.1:21050", "localhost": "http://localhost:21050",
		"::1": "http://[::1]:21050", "gateway.example": "https://gateway.example:21050",
	} {
		n.Hosts = []Host{{Name: "henan", Address: address}}
		if got := n.GatewayURL("henan"); got != want {
			t.Errorf("at %s it is %s, want %s", address, got, want)
		}
	}
}

func TestInAWorkshopEveryHostsCAHasItsOwnLoopbackAddress(t *testing.T) {
	n := apart(t).InWorkshop()
	seen := map[string]bool{}
	for _, h := range n.Hosts {
		address := n.CAAddress(h.Name)
		if seen[address] || !strings.HasPrefix(address, "127.") {
			t.Errorf("the CA of %s answers at %s", h.Name, address)
		}
		seen[address] = true
	}
}
