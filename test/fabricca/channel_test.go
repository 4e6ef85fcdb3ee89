package fabricca_test

import (
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/hyperledger/fabric-config/configtx"
	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/msp"
	"google.golang.org/protobuf/proto"

	"henanchain/network/channelconfig"
	"henanchain/network/genesis"
	"henanchain/network/identity"
	"henanchain/network/state"
	"henanchain/network/topology"
)

// genesisConfig is the configuration of a channel as the pinned configtxgen makes
// it, of identities that a real CA has enrolled.
func genesisConfig(t *testing.T, kind string, orderers int) (*common.Config, *identity.Authority, state.Folder, *topology.Network) {
	t.Helper()
	configtxgen, err := filepath.Abs("../../build/bin/configtxgen")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(configtxgen); err != nil {
		t.Skip("skipped: Fabric is not built; scripts/network.sh build builds it")
	}
	_, st, n, zhengzhou := authority(t)
	province := *n.Province()
	a, err := identity.Open(context.Background(), st, n, province)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(a.Close)
	first := n.Orderers[0]
	n.OrderingType, n.Orderers = kind, nil
	for i := range orderers {
		od := first
		od.Name, od.Port = "orderer"+string(rune('0'+i))+".henan", first.Port+3*i
		n.Orderers = append(n.Orderers, od)
		if err := a.Node(context.Background(), od); err != nil {
			t.Fatal(err)
		}
	}
	ch, _ := n.Channel(zhengzhou.Name)
	if err := genesis.Block(context.Background(), st, n, *ch, configtxgen); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(st.Genesis(ch.Name))
	if err != nil {
		t.Fatal(err)
	}
	var block common.Block
	if err := proto.Unmarshal(data, &block); err != nil {
		t.Fatal(err)
	}
	config, err := channelconfig.OfBlock(&block)
	if err != nil {
		t.Fatal(err)
	}
	return config, a, st, n
}

// edited is a configuration after an edit that Fabric's own library can compute
// an update of.
func edited(t *testing.T, config *common.Config, edit channelconfig.Edit) *common.Config {
	t.Helper()
	tx := configtx.New(config)
	if err := edit(&tx); err != nil {
		t.Fatal(err)
	}
	if _, err := tx.ComputeMarshaledUpdate("zhengzhou"); err != nil {
		t.Fatal(err)
	}
	return tx.UpdatedConfig()
}

func TestAChannelIsToldOfAnOrderersNewCertificates(t *testing.T) {
	for kind, orderers := range map[string]int{topology.Raft: 3, topology.BFT: 4} {
		t.Run(kind, func(t *testing.T) {
			config, a, st, n := genesisConfig(t, kind, orderers)
			od := n.Orderers[1]
			if err := a.RenewNode(context.Background(), od, false); err != nil {
				t.Fatal(err)
			}
			next, err := channelconfig.ConsenterIn(identity.Next(st.Identity(od.Organisation, od.Name)), n.Province(), od)
			if err != nil {
				t.Fatal(err)
			}
			is, err := channelconfig.ConsenterFrom(st, n.Province(), od)
			if err != nil {
				t.Fatal(err)
			}
			knows := func(c *common.Config, who channelconfig.Consenter) bool {
				t.Helper()
				yes, err := channelconfig.Knows(c, who)
				if err != nil {
					t.Fatal(err)
				}
				return yes
			}
			if !knows(config, is) || knows(config, next) {
				t.Fatal("the channel does not know the orderer by what it has")
			}
			after := edited(t, config, channelconfig.RenewConsenter(next))
			if knows(after, is) || !knows(after, next) {
				t.Error("the channel does not know the orderer by its new certificates")
			}
			for i, other := range n.Orderers {
				c, err := channelconfig.ConsenterFrom(st, n.Province(), other)
				if err != nil {
					t.Fatal(err)
				}
				if i != 1 && !knows(after, c) {
					t.Errorf("%s is known no more", other.Name)
				}
			}
			ordering, err := channelconfig.OrderingOf(after)
			if err != nil || len(ordering.Consenters) != orderers || ordering.Consenters[1].Port != uint32(od.Port) {
				t.Errorf("ordering %+v: %v", ordering, err)
			}
		})
	}
}

func TestAChannelIsToldOfWhatWasRevoked(t *testing.T) {
	config, a, _, n := genesisConfig(t, topology.Raft, 1)
	crl, err := a.StoreCRL(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	after := edited(t, config, channelconfig.SetCRL(n.Province().MSP, crl))
	for part, want := range map[string]bool{"Application": true, "Orderer": true} {
		var outer msp.MSPConfig
		var inner msp.FabricMSPConfig
		group := after.GetChannelGroup().GetGroups()[part].GetGroups()[n.Province().MSP]
		if err := proto.Unmarshal(group.GetValues()["MSP"].GetValue(), &outer); err != nil {
			t.Fatal(err)
		}
		if err := proto.Unmarshal(outer.GetConfig(), &inner); err != nil {
			t.Fatal(err)
		}
		if has := len(inner.GetRevocationList()) == 1 && string(inner.GetRevocationList()[0]) == string(crl); has != want {
			t.Errorf("%s has the list: %v, want %v", part, has, want)
		}
		if len(inner.GetRootCerts()) == 0 || inner.GetFabricNodeOus() == nil {
			t.Errorf("%s has lost its roots or its units", part)
		}
	}
	tx := configtx.New(config)
	if err := channelconfig.SetCRL("LuoyangMSP", crl)(&tx); err == nil {
		t.Error("an organisation that is no member was given a list")
	}
}
