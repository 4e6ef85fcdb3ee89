package tlcp

import (
	"bytes"
	"crypto/cipher"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"encoding/binary"
	"fmt"
	"io"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/emmansun/gmsm/sm4"

	"henanchain/internal/gm"
)

// What follows is a TLCP client written out over GB/T 38636, for messages that
// no honest client sends.

func join(parts ...[]byte) []byte { return bytes.Join(parts, nil) }

func record(kind byte, body []byte) []byte {
	return join([]byte{kind, 1, 1, byte(len(body) >> 8), byte(len(body))}, body)
}

func message(kind byte, body []byte) []byte {
	return join([]byte{kind}, opaque24(body))
}

func opaque24(body []byte) []byte {
	return join([]byte{byte(len(body) >> 16), byte(len(body) >> 8), byte(len(body))}, body)
}

func opaque16(body []byte) []byte {
	return join([]byte{byte(len(body) >> 8), byte(len(body))}, body)
}

func readRecord(conn net.Conn) ([]byte, error) {
	head := make([]byte, 5)
	if _, err := io.ReadFull(conn, head); err != nil {
		return nil, err
	}
	body := make([]byte, binary.BigEndian.Uint16(head[3:]))
	_, err := io.ReadFull(conn, body)
	return join(head, body), err
}

// rawClient is a client in the middle of a handshake: the server has said all
// of its first flight.
type rawClient struct {
	conn                     net.Conn
	transcript               []byte
	clientRandom, serverRand []byte
	encryptTo                *gm.PublicKey
}

// startRaw sends a ClientHello and reads up to ServerHelloDone.
func startRaw(t testing.TB, address string) *rawClient {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close() })
	_ = conn.SetDeadline(time.Now().Add(patience))
	c := &rawClient{conn: conn, clientRandom: make([]byte, 32)}
	_, _ = rand.Read(c.clientRandom)
	c.send(t, message(1, join([]byte{1, 1}, c.clientRandom, []byte{0, 0, 2, 0xe0, 0x13, 1, 0})))
	var pending []byte
	for {
		for len(pending) < 4 || len(pending) < 4+int(pending[1])<<16+int(pending[2])<<8+int(pending[3]) {
			rec, err := readRecord(conn)
			if err != nil || rec[0] != 0x16 {
				t.Fatalf("server's first flight: %x, %v", rec, err)
			}
			pending = append(pending, rec[5:]...)
		}
		size := 4 + int(pending[1])<<16 + int(pending[2])<<8 + int(pending[3])
		m := pending[:size:size]
		pending = pending[size:]
		c.transcript = append(c.transcript, m...)
		switch m[0] {
		case 2:
			c.serverRand = m[6:38]
		case 11:
			c.encryptTo = secondKey(t, m[4:])
		case 14:
			return c
		}
	}
}

// secondKey is the key of the encryption certificate in a Certificate message.
func secondKey(t testing.TB, body []byte) *gm.PublicKey {
	t.Helper()
	first := 3 + 3 + int(body[3])<<16 + int(body[4])<<8 + int(body[5])
	size := int(body[first])<<16 + int(body[first+1])<<8 + int(body[first+2])
	cert, err := parseSM2(body[first+3 : first+3+size])
	if err != nil {
		t.Fatal(err)
	}
	key, err := gm.ParsePublicKey(cert.RawSubjectPublicKeyInfo)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func (c *rawClient) send(t testing.TB, handshake []byte) {
	t.Helper()
	c.transcript = append(c.transcript, handshake...)
	if _, err := c.conn.Write(record(0x16, handshake)); err != nil {
		t.Fatal(err)
	}
}

// finish sends a key exchange and a Finished under the premaster secret, and
// returns all that the server answers.
func (c *rawClient) finish(t testing.TB, keyExchange, premaster []byte) []byte {
	t.Helper()
	c.send(t, message(16, keyExchange))
	master := prf(premaster, "master secret", join(c.clientRandom, c.serverRand), 48)
	keys := prf(master, "key expansion", join(c.serverRand, c.clientRandom), 128)
	digest := gm.Digest(c.transcript)
	finished := message(20, prf(master, "client finished", digest[:], 12))
	sealed := sealRecord(t, keys[:32], keys[64:80], finished)
	// The server may have hung up on the key exchange: its answer is there all the same.
	_, _ = c.conn.Write(join(record(0x14, []byte{1}), record(0x16, sealed)))
	return c.answer(t)
}

// answer reads what the server says before it closes, or before the application
// would speak.
func (c *rawClient) answer(t testing.TB) []byte {
	t.Helper()
	var all []byte
	for {
		rec, err := readRecord(c.conn)
		if err != nil {
			return all
		}
		all = append(all, rec...)
		if rec[0] == 0x16 { // the server's Finished: the handshake is complete
			return all
		}
	}
}

// completed tells whether an answer is ChangeCipherSpec and Finished.
func completed(answer []byte) bool {
	return bytes.HasPrefix(answer, record(0x14, []byte{1})) && len(answer) > 6 && answer[6] == 0x16
}

// prf is P_SM3 (GB/T 38636, 5.3).
func prf(secret []byte, label string, seed []byte, size int) []byte {
	seed = join([]byte(label), seed)
	a, out := seed, []byte(nil)
	for len(out) < size {
		a = gm.HMAC(secret, a)
		out = append(out, gm.HMAC(secret, join(a, seed))...)
	}
	return out[:size]
}

// sealRecord is the body of the first record under SM4-CBC with HMAC-SM3.
func sealRecord(t testing.TB, macKey, key, body []byte) []byte {
	t.Helper()
	header := join(make([]byte, 8), []byte{0x16, 1, 1, byte(len(body) >> 8), byte(len(body))})
	plain := join(body, gm.HMAC(macKey, join(header, body)))
	pad := 16 - len(plain)%16
	plain = append(plain, bytes.Repeat([]byte{byte(pad - 1)}, pad)...)
	block, err := sm4.NewCipher(key)
	if err != nil {
		t.Fatal(err)
	}
	iv := make([]byte, 16)
	_, _ = rand.Read(iv)
	cipher.NewCBCEncrypter(block, iv).CryptBlocks(plain, plain)
	return join(iv, plain)
}

// asn1Ciphertext turns 04 ‖ x ‖ y ‖ C3 ‖ C2 into the SM2Cipher of GM/T 0009.
func asn1Ciphertext(t testing.TB, plain []byte) []byte {
	t.Helper()
	out, err := asn1.Marshal(struct {
		X, Y   *big.Int
		C3, C2 []byte
	}{new(big.Int).SetBytes(plain[1:33]), new(big.Int).SetBytes(plain[33:65]), plain[65:97], plain[97:]})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func rsaCertificate(t testing.TB) []byte {
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		panic(fmt.Sprint("no RSA key: ", err))
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "localhost"}, NotAfter: time.Now().Add(hour)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		panic(fmt.Sprint("no RSA certificate: ", err))
	}
	return der
}
