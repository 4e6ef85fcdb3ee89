package fabric

import (
	"bytes"
	"testing"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/gateway"
	"google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

func encode(t *testing.T, m proto.Message) []byte {
	t.Helper()
	out, err := proto.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestPayloadAndHeaderAreFoundWithoutDecodingTheTransaction(t *testing.T) {
	at := time.Date(2026, 3, 1, 2, 0, 0, 0, time.UTC)
	header := encode(t, &common.ChannelHeader{ChannelId: "zhengzhou", TxId: "abc", Timestamp: timestamppb.New(at.Add(time.Millisecond))})
	payload := encode(t, &common.Payload{Header: &common.Header{ChannelHeader: header, SignatureHeader: []byte("s")}, Data: bytes.Repeat([]byte{1}, 5000)})
	tx := &Transaction{ID: "abc", Bytes: encode(t, &gateway.PreparedTransaction{TransactionId: "abc", Envelope: &common.Envelope{Payload: payload, Signature: []byte("x")}})}
	if !bytes.Equal(tx.payload(), payload) {
		t.Fatal("the payload is not what the application signs")
	}
	if err := tx.readHeader(part(tx.payload(), payloadHeader, headerChannelHeader)); err != nil || tx.Channel != "zhengzhou" || !tx.Time.Equal(at) {
		t.Errorf("the header says %s at %s, %v", tx.Channel, tx.Time, err)
	}
}

func TestAPartThatIsNotThereIsNothing(t *testing.T) {
	whole := encode(t, &common.Payload{Data: []byte("data")})
	for name, message := range map[string][]byte{"another field": whole, "nothing": nil, "cut off": whole[:len(whole)-1], "no message": {0xff, 0xff}} {
		if got := part(message, payloadHeader, headerChannelHeader); got != nil {
			t.Errorf("%s: found %x", name, got)
		}
	}
}
