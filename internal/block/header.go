package block

import (
	"bytes"
	"crypto/sha256"
	"encoding/asn1"
	"math/big"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"google.golang.org/protobuf/proto"
)

// asn1Header is the form in which a block's header is hashed and signed.
type asn1Header struct {
	Number       *big.Int
	PreviousHash []byte
	DataHash     []byte
}

// HeaderBytes is the header in the form that is hashed and signed.
func HeaderBytes(h *common.BlockHeader) []byte {
	out, err := asn1.Marshal(asn1Header{new(big.Int).SetUint64(h.GetNumber()), h.GetPreviousHash(), h.GetDataHash()})
	if err != nil { // a number and two byte strings: cannot happen
		panic("block: " + err.Error())
	}
	return out
}

// Hash is the block's hash (SHA-256): that of its header.
func Hash(h *common.BlockHeader) []byte {
	sum := sha256.Sum256(HeaderBytes(h))
	return sum[:]
}

// dataHash is the hash that the header gives of the transactions: of all of
// them, one after another, without a mark between two.
func dataHash(d *common.BlockData) []byte {
	h := sha256.New()
	for _, tx := range d.GetData() {
		h.Write(tx)
	}
	return h.Sum(nil)
}

// checkForm refuses a block that could be read in another way under the same
// hash: the data hash tells not where one transaction ends and the next
// begins, so each must be exactly one envelope and nothing more.
func checkForm(d *common.BlockData) error {
	if len(d.GetData()) == 0 {
		return refuse(Malformed, "it holds no transaction")
	}
	for i, raw := range d.Data {
		envelope := &common.Envelope{}
		if err := proto.Unmarshal(raw, envelope); err != nil {
			return refuse(Malformed, "transaction %d is no envelope: %v", i, err)
		}
		if len(envelope.Payload) == 0 {
			return refuse(Malformed, "transaction %d has no payload", i)
		}
		again, err := proto.MarshalOptions{Deterministic: true}.Marshal(envelope)
		if err != nil || !bytes.Equal(again, raw) || len(envelope.ProtoReflect().GetUnknown()) > 0 {
			return refuse(Malformed, "transaction %d is not in the one form that an envelope has", i)
		}
	}
	return nil
}

// checkParts refuses a block of which a part is missing, or that carries
// something beside its parts.
func checkParts(b *common.Block) error {
	if b.GetHeader() == nil || b.GetData() == nil || b.GetMetadata() == nil {
		return refuse(Malformed, "header, data or metadata is missing")
	}
	for _, m := range []proto.Message{b, b.Header, b.Data, b.Metadata} {
		if len(m.ProtoReflect().GetUnknown()) > 0 {
			return refuse(Malformed, "it carries fields that a block does not have")
		}
	}
	return nil
}

func metadata(b *common.Block, i common.BlockMetadataIndex) []byte {
	if all := b.GetMetadata().GetMetadata(); int(i) < len(all) {
		return all[i]
	}
	return nil
}
