package channelconfig

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"github.com/hyperledger/fabric-config/configtx"
	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/msp"
	"github.com/hyperledger/fabric-protos-go-apiv2/orderer"
	"github.com/hyperledger/fabric-protos-go-apiv2/orderer/etcdraft"
	"google.golang.org/protobuf/proto"

	"henanchain/network/failure"
	"henanchain/network/state"
	"henanchain/network/topology"
)

// Consenter is an orderer that takes part in making a channel's blocks.
type Consenter struct {
	ID       uint32 `json:"id,omitempty"` // BFT only
	Host     string `json:"host"`
	Port     uint32 `json:"port"`
	MSP      string `json:"msp,omitempty"` // BFT only
	identity []byte // PEM, BFT only
	tls      []byte // PEM
}

// Address is its host and port.
func (c Consenter) Address() string { return net.JoinHostPort(c.Host, strconv.Itoa(int(c.Port))) }

// ConsenterFrom describes an orderer of the topology by its certificates.
func ConsenterFrom(st state.Folder, org *topology.Organisation, o topology.Node) (Consenter, error) {
	return ConsenterIn(st.Identity(o.Organisation, o.Name), org, o)
}

// ConsenterIn is ConsenterFrom with the certificates of another folder.
func ConsenterIn(dir string, org *topology.Organisation, o topology.Node) (Consenter, error) {
	id, err := os.ReadFile(filepath.Join(dir, "msp", "signcerts", "cert.pem"))
	if err != nil {
		return Consenter{}, fmt.Errorf("certificate of %s: %w", o.Name, err)
	}
	tls, err := os.ReadFile(filepath.Join(dir, "tls", "server.crt"))
	if err != nil {
		return Consenter{}, fmt.Errorf("TLS certificate of %s: %w", o.Name, err)
	}
	return Consenter{Host: o.Address, Port: uint32(o.Port), MSP: org.MSP, identity: id, tls: tls}, nil
}

// Ordering is how a channel's blocks are made.
type Ordering struct {
	Type       string      `json:"type"` // etcdraft or BFT
	Consenters []Consenter `json:"consenters"`
	Tolerates  int         `json:"tolerates"` // consenters that may fail
}

// OrderingOf reads who makes a channel's blocks.
func OrderingOf(config *common.Config) (Ordering, error) {
	var kind orderer.ConsensusType
	if err := value(ordererGroup(config), "ConsensusType", &kind); err != nil {
		return Ordering{}, err
	}
	out := Ordering{Type: kind.GetType(), Consenters: []Consenter{}}
	if out.Type == topology.BFT {
		list, err := mapping(config)
		if err != nil {
			return Ordering{}, err
		}
		for _, c := range list {
			out.Consenters = append(out.Consenters, Consenter{ID: c.GetId(), Host: c.GetHost(), Port: c.GetPort(), MSP: c.GetMspId()})
		}
		out.Tolerates = (len(list) - 1) / 3
		return out, nil
	}
	var raft etcdraft.ConfigMetadata
	if err := proto.Unmarshal(kind.GetMetadata(), &raft); err != nil {
		return Ordering{}, fmt.Errorf("read Raft's settings: %w", err)
	}
	for _, c := range raft.GetConsenters() {
		out.Consenters = append(out.Consenters, Consenter{Host: c.GetHost(), Port: c.GetPort()})
	}
	out.Tolerates = (len(raft.GetConsenters()) - 1) / 2
	return out, nil
}

func mapping(config *common.Config) ([]*common.Consenter, error) {
	var m common.Orderers
	err := value(ordererGroup(config), "Orderers", &m)
	return m.GetConsenterMapping(), err
}

// Has tells whether an orderer is one of the consenters.
func (o Ordering) Has(c Consenter) bool { return o.HasAddress(c.Host, int(c.Port)) }

// HasAddress tells whether one of the consenters is at an address.
func (o Ordering) HasAddress(host string, port int) bool {
	return slices.ContainsFunc(o.Consenters, func(x Consenter) bool { return x.Host == host && int(x.Port) == port })
}

// AddConsenter makes an orderer one of those that make a channel's blocks. Its
// organisation must be one of the ordering organisations.
func AddConsenter(c Consenter) Edit {
	return func(tx *configtx.ConfigTx) error {
		config := tx.UpdatedConfig()
		is, err := OrderingOf(config)
		if err != nil || is.Has(c) {
			return err
		}
		if is.Type == topology.BFT {
			err = editMapping(config, func(list []*common.Consenter) []*common.Consenter {
				id := uint32(0)
				for _, x := range list {
					id = max(id, x.GetId())
				}
				return append(list, &common.Consenter{
					Id: id + 1, Host: c.Host, Port: c.Port, MspId: c.MSP,
					Identity: c.identity, ClientTlsCert: c.tls, ServerTlsCert: c.tls,
				})
			})
		} else {
			err = editRaft(config, func(list []*etcdraft.Consenter) []*etcdraft.Consenter {
				return append(list, &etcdraft.Consenter{Host: c.Host, Port: c.Port, ClientTlsCert: c.tls, ServerTlsCert: c.tls})
			})
		}
		if err != nil {
			return err
		}
		return editEndpoints(config, c, func(list []string) []string { return append(list, c.Address()) })
	}
}

// RemoveConsenter is the reverse. It refuses to go below what the ordering
// service needs to work at all.
func RemoveConsenter(c Consenter) Edit {
	return func(tx *configtx.ConfigTx) error {
		config := tx.UpdatedConfig()
		is, err := OrderingOf(config)
		if err != nil || !is.Has(c) {
			return err
		}
		least := 1
		if is.Type == topology.BFT {
			least = 4
		}
		if len(is.Consenters) <= least {
			return failure.New(failure.Refused, "%s takes no fewer consenters than %d, and there are %d: add another one first", is.Type, least, len(is.Consenters))
		}
		if is.Type == topology.BFT {
			err = editMapping(config, func(list []*common.Consenter) []*common.Consenter {
				return slices.DeleteFunc(list, func(x *common.Consenter) bool { return x.GetHost() == c.Host && x.GetPort() == c.Port })
			})
		} else {
			err = editRaft(config, func(list []*etcdraft.Consenter) []*etcdraft.Consenter {
				return slices.DeleteFunc(list, func(x *etcdraft.Consenter) bool { return x.GetHost() == c.Host && x.GetPort() == c.Port })
			})
		}
		if err != nil {
			return err
		}
		return editEndpoints(config, c, func(list []string) []string {
			return slices.DeleteFunc(list, func(a string) bool { return a == c.Address() })
		})
	}
}

func editRaft(config *common.Config, edit func([]*etcdraft.Consenter) []*etcdraft.Consenter) error {
	var kind orderer.ConsensusType
	if err := value(ordererGroup(config), "ConsensusType", &kind); err != nil {
		return err
	}
	var raft etcdraft.ConfigMetadata
	if err := proto.Unmarshal(kind.GetMetadata(), &raft); err != nil {
		return fmt.Errorf("read Raft's settings: %w", err)
	}
	raft.Consenters = edit(raft.GetConsenters())
	var err error
	if kind.Metadata, err = proto.Marshal(&raft); err != nil {
		return err
	}
	return setValue(ordererGroup(config), "ConsensusType", &kind)
}

// editMapping changes BFT's consenters, and with them the policy by which their
// blocks are known: signatures of a quorum of them.
func editMapping(config *common.Config, edit func([]*common.Consenter) []*common.Consenter) error {
	list, err := mapping(config)
	if err != nil {
		return err
	}
	list = edit(list)
	if err := setValue(ordererGroup(config), "Orderers", &common.Orderers{ConsenterMapping: list}); err != nil {
		return err
	}
	envelope := &common.SignaturePolicyEnvelope{}
	var rules []*common.SignaturePolicy
	for i, c := range list {
		principal, err := proto.Marshal(&msp.SerializedIdentity{Mspid: c.GetMspId(), IdBytes: c.GetIdentity()})
		if err != nil {
			return err
		}
		rules = append(rules, &common.SignaturePolicy{Type: &common.SignaturePolicy_SignedBy{SignedBy: int32(i)}})
		envelope.Identities = append(envelope.Identities, &msp.MSPPrincipal{PrincipalClassification: msp.MSPPrincipal_IDENTITY, Principal: principal})
	}
	n := len(list)
	quorum := (n + (n-1)/3 + 2) / 2 // the smallest half above n + f, rounded up
	envelope.Rule = &common.SignaturePolicy{Type: &common.SignaturePolicy_NOutOf_{NOutOf: &common.SignaturePolicy_NOutOf{N: int32(quorum), Rules: rules}}}
	data, err := proto.Marshal(envelope)
	if err != nil {
		return err
	}
	policies := ordererGroup(config).Policies
	is := policies["BlockValidation"]
	policies["BlockValidation"] = &common.ConfigPolicy{
		Version: is.GetVersion(), ModPolicy: is.GetModPolicy(),
		Policy: &common.Policy{Type: int32(common.Policy_SIGNATURE), Value: data},
	}
	return nil
}

// editEndpoints changes where clients find the orderers of the consenter's
// organisation.
func editEndpoints(config *common.Config, c Consenter, edit func([]string) []string) error {
	org := ordererGroup(config).GetGroups()[c.MSP]
	if org == nil {
		return failure.New(failure.Refused, "%s is not an ordering organisation of this channel", c.MSP)
	}
	var addresses common.OrdererAddresses
	if err := value(org, "Endpoints", &addresses); err != nil {
		return err
	}
	addresses.Addresses = edit(addresses.GetAddresses())
	return setValue(org, "Endpoints", &addresses)
}
