package channelconfig

import (
	"fmt"

	"github.com/hyperledger/fabric-config/configtx"
	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/msp"
	"google.golang.org/protobuf/proto"

	"henanchain/network/failure"
)

// SetCRL puts the list of an organisation's revoked certificates (PEM) in the
// place of the one before, wherever the channel names the organisation: as a
// member, and as one that owns orderers.
func SetCRL(mspID string, crl []byte) Edit {
	return func(tx *configtx.ConfigTx) error {
		config := tx.UpdatedConfig()
		found := false
		for _, part := range []*common.ConfigGroup{applicationGroup(config), ordererGroup(config)} {
			org := part.GetGroups()[mspID]
			if org == nil {
				continue
			}
			found = true
			if err := setCRL(org, crl); err != nil {
				return fmt.Errorf("the MSP %s: %w", mspID, err)
			}
		}
		if !found {
			return failure.New(failure.NotThere, "%s is not a member of the channel", mspID)
		}
		return nil
	}
}

func setCRL(org *common.ConfigGroup, crl []byte) error {
	var outer msp.MSPConfig
	var inner msp.FabricMSPConfig
	if err := value(org, "MSP", &outer); err != nil {
		return err
	}
	if err := proto.Unmarshal(outer.GetConfig(), &inner); err != nil {
		return err
	}
	inner.RevocationList = [][]byte{crl}
	var err error
	if outer.Config, err = (proto.MarshalOptions{Deterministic: true}).Marshal(&inner); err != nil {
		return err
	}
	return setValue(org, "MSP", &outer)
}

// Involves tells whether a channel names an organisation, as a member or as one
// that owns orderers.
func Involves(config *common.Config, mspID string) bool { return isMember(config, mspID) }
