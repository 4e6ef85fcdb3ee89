package channelconfig

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"slices"

	"github.com/hyperledger/fabric-config/configtx"
	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/orderer"
	"github.com/hyperledger/fabric-protos-go-apiv2/orderer/etcdraft"
	"google.golang.org/protobuf/proto"

	"henanchain/network/failure"
	"henanchain/network/topology"
)

// RenewConsenter puts an orderer's new certificates in the place of those by
// which a channel knows it; the orderer's address stays.
func RenewConsenter(c Consenter) Edit {
	return func(tx *configtx.ConfigTx) error {
		config := tx.UpdatedConfig()
		is, err := OrderingOf(config)
		if err != nil || !is.Has(c) {
			return err // the channel is made by others: it does not know this one
		}
		if is.Type == topology.BFT {
			return editMapping(config, func(list []*common.Consenter) []*common.Consenter {
				for _, x := range list {
					if x.GetHost() == c.Host && x.GetPort() == c.Port {
						x.Identity, x.ClientTlsCert, x.ServerTlsCert = c.identity, c.tls, c.tls
					}
				}
				return list
			})
		}
		return editRaft(config, func(list []*etcdraft.Consenter) []*etcdraft.Consenter {
			for _, x := range list {
				if x.GetHost() == c.Host && x.GetPort() == c.Port {
					x.ClientTlsCert, x.ServerTlsCert = c.tls, c.tls
				}
			}
			return list
		})
	}
}

// Knows tells whether a channel knows an orderer by the certificates given. TLS
// certificates are the same to Fabric where their keys are. A channel that does
// not know the orderer at all knows it by any.
func Knows(config *common.Config, c Consenter) (bool, error) {
	is, err := OrderingOf(config)
	if err != nil || !is.Has(c) {
		return true, err
	}
	if is.Type == topology.BFT {
		list, err := mapping(config)
		return slices.ContainsFunc(list, func(x *common.Consenter) bool {
			return sameKey(x.GetServerTlsCert(), c.tls) && bytes.Equal(x.GetIdentity(), c.identity)
		}), err
	}
	var kind orderer.ConsensusType
	var raft etcdraft.ConfigMetadata
	if err := value(ordererGroup(config), "ConsensusType", &kind); err != nil {
		return false, err
	}
	if err := proto.Unmarshal(kind.GetMetadata(), &raft); err != nil {
		return false, failure.Wrap(failure.Other, err, "read Raft's settings")
	}
	return slices.ContainsFunc(raft.GetConsenters(), func(x *etcdraft.Consenter) bool { return sameKey(x.GetServerTlsCert(), c.tls) }), nil
}

// sameKey tells whether two certificates (PEM) are of one key.
func sameKey(a, b []byte) bool {
	x, xerr := publicKey(a)
	y, yerr := publicKey(b)
	return xerr == nil && yerr == nil && bytes.Equal(x, y)
}

func publicKey(data []byte) ([]byte, error) {
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, errors.New("no certificate in PEM")
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, err
	}
	return cert.RawSubjectPublicKeyInfo, nil
}
