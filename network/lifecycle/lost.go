package lifecycle

import (
	"context"
	"strings"

	"github.com/hyperledger/fabric-admin-sdk/pkg/chaincode"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer/lifecycle"
)

// saysLost is what a peer answers that has the hash of what its organisation
// approved, and not the approval itself. Approvals are private data of one
// organisation: where its only peer has lost its disk, nobody can give them back.
const saysLost = "private data matching public hash version is not available"

func isLost(err error) bool { return err != nil && strings.Contains(err.Error(), saysLost) }

// fromHashes tells what an organisation has approved where its peers hold only
// the hashes of it. A peer refers to a package for a channel's contract when the
// hashes of its organisation's approval are those of the committed definition and
// of that package: that is the approval. nil where no peer does, or the sequence
// is not the committed one.
func fromHashes(ctx context.Context, org Organisation, channel, name string, sequence int64) (*lifecycle.QueryApprovedChaincodeDefinitionResult, error) {
	is, err := committed(ctx, org, channel, name)
	if err != nil || is.GetSequence() != sequence {
		return nil, err
	}
	for _, at := range org.Peers {
		id, err := referred(ctx, org, at, channel, name)
		if err != nil || id == "" {
			continue
		}
		return &lifecycle.QueryApprovedChaincodeDefinitionResult{
			Sequence: sequence, Version: is.GetVersion(), EndorsementPlugin: is.GetEndorsementPlugin(), ValidationPlugin: is.GetValidationPlugin(),
			ValidationParameter: is.GetValidationParameter(), Collections: is.GetCollections(), InitRequired: is.GetInitRequired(),
			Source: &lifecycle.ChaincodeSource{Type: &lifecycle.ChaincodeSource_LocalPackage{LocalPackage: &lifecycle.ChaincodeSource_Local{PackageId: id}}},
		}, nil
	}
	return nil, nil
}

// referred is the package by which a peer serves a channel's contract.
func referred(ctx context.Context, org Organisation, at Peer, channel, name string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	result, err := chaincode.NewPeer(at.Conn, org.Signer).QueryInstalled(ctx)
	if err != nil {
		return "", err
	}
	for _, has := range result.GetInstalledChaincodes() {
		for _, c := range has.GetReferences()[channel].GetChaincodes() {
			if c.GetName() == name {
				return has.GetPackageId(), nil
			}
		}
	}
	return "", nil
}
