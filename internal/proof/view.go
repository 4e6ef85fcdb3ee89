package proof

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
)

// View is an attested view: raw bytes, as the peers signed them.
type View struct {
	// ChannelHeader and SignatureHeader are the two halves of the proposal's
	// header (common.ChannelHeader, common.SignatureHeader).
	ChannelHeader   []byte
	SignatureHeader []byte
	// ProposalPayload is the peer.ChaincodeProposalPayload without its transient map.
	ProposalPayload []byte
	// ResponsePayload is the peer.ProposalResponsePayload that was signed.
	ResponsePayload []byte
	Endorsements    []Endorsement
}

// Endorsement is one peer's signature over the response payload and its own
// identity.
type Endorsement struct {
	Endorser  []byte // msp.SerializedIdentity
	Signature []byte // ECDSA, ASN.1
}

// MaxSize bounds an encoded view, and MaxEndorsements the signatures in it.
const (
	MaxSize         = 4 << 20
	MaxEndorsements = 64
)

// The layout of version 1: the four bytes "HNCV", the version, the number of
// endorsements, and then each part with its length as a 4-byte big-endian
// number before it: channel header, signature header, proposal payload,
// response payload, and endorser and signature of each endorsement. There is
// one way to write a view and nothing may follow it.
var magic = [4]byte{'H', 'N', 'C', 'V'}

const version = 1

// Encode writes the view in its compact form.
func (v *View) Encode() ([]byte, error) {
	if len(v.Endorsements) > MaxEndorsements {
		return nil, refuse(TooLarge, "the view has %d endorsements and may have %d", len(v.Endorsements), MaxEndorsements)
	}
	out := append(magic[:], version, byte(len(v.Endorsements)))
	for _, part := range v.parts() {
		out = binary.BigEndian.AppendUint32(out, uint32(len(*part)))
		out = append(out, *part...)
	}
	if len(out) > MaxSize {
		return nil, refuse(TooLarge, "the view has %d bytes and may have %d", len(out), MaxSize)
	}
	return out, nil
}

// Decode reads what Encode wrote, and nothing else.
func Decode(data []byte) (*View, error) {
	switch {
	case len(data) > MaxSize:
		return nil, refuse(TooLarge, "the view has %d bytes and may have %d", len(data), MaxSize)
	case len(data) < 6 || [4]byte(data[:4]) != magic:
		return nil, refuse(Malformed, "the bytes do not begin as a view does")
	case data[4] != version:
		return nil, refuse(VersionUnknown, "the view has the layout %d; this program reads %d", data[4], version)
	case int(data[5]) > MaxEndorsements:
		return nil, refuse(TooLarge, "the view has %d endorsements and may have %d", data[5], MaxEndorsements)
	}
	v := &View{Endorsements: make([]Endorsement, data[5])}
	rest := data[6:]
	for _, part := range v.parts() {
		if len(rest) < 4 {
			return nil, refuse(Malformed, "the view ends too early")
		}
		n := binary.BigEndian.Uint32(rest)
		if rest = rest[4:]; uint64(n) > uint64(len(rest)) {
			return nil, refuse(Malformed, "the view ends too early")
		}
		*part, rest = rest[:n:n], rest[n:]
	}
	if len(rest) > 0 {
		return nil, refuse(Malformed, "%d bytes follow the view", len(rest))
	}
	return v, nil
}

func (v *View) parts() []*[]byte {
	all := []*[]byte{&v.ChannelHeader, &v.SignatureHeader, &v.ProposalPayload, &v.ResponsePayload}
	for i := range v.Endorsements {
		all = append(all, &v.Endorsements[i].Endorser, &v.Endorsements[i].Signature)
	}
	return all
}

// MarshalJSON writes the view for people and for REST: what it says, as far as
// it can be read, beside the bytes that count.
func (v *View) MarshalJSON() ([]byte, error) {
	raw, err := v.Encode()
	if err != nil {
		return nil, err
	}
	out := struct {
		View string `json:"view"`
		Says *Fact  `json:"says,omitempty"`
	}{View: base64.StdEncoding.EncodeToString(raw)}
	if f, err := v.read(); err == nil {
		out.Says = &f.Fact
	}
	return json.Marshal(out)
}

// UnmarshalJSON reads the bytes that count and leaves what the JSON says
// beside them alone: Verify reads that from the bytes again.
func (v *View) UnmarshalJSON(data []byte) error {
	var in struct {
		View string `json:"view"`
	}
	if err := json.Unmarshal(data, &in); err != nil {
		return refuse(Malformed, "the view is not readable: %v", err)
	}
	raw, err := base64.StdEncoding.Strict().DecodeString(in.View)
	if err != nil {
		return refuse(Malformed, "the view is not base64: %v", err)
	}
	decoded, err := Decode(raw)
	if err != nil {
		return err
	}
	*v = *decoded
	return nil
}
