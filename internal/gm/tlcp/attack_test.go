package tlcp

import (
	"bytes"
	"crypto/rand"
	"errors"
	"io"
	"math/big"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/emmansun/gmsm/smx509"
	"github.com/tjfoc/gmsm/gmtls"
	tjsm2 "github.com/tjfoc/gmsm/sm2"

	"henanchain/internal/gm"
	"henanchain/internal/gm/internal/offcurve"
)

// scalarOf is the number that an attacker is after.
func scalarOf(t testing.TB, key *gm.PrivateKey) *big.Int {
	t.Helper()
	der, err := smx509.MarshalPKCS8PrivateKey(key.CryptoSigner())
	if err != nil {
		t.Fatal(err)
	}
	// Behind INTEGER 1 (the version of SEC 1) and the header of an OCTET STRING.
	at := bytes.Index(der, []byte{2, 1, 1, 4, 32})
	if at < 0 {
		t.Fatalf("no scalar in the PKCS #8 form")
	}
	return new(big.Int).SetBytes(der[at+5 : at+5+32])
}

func premaster48() []byte {
	secret := make([]byte, premasterSize)
	_, _ = rand.Read(secret)
	secret[0], secret[1] = 1, 1
	return secret
}

// attempts are key exchanges of an attacker who knows, or guesses, the premaster
// secret that a server without checks would get from them.
func attempts(t testing.TB, key *gm.PrivateKey) map[string]func() (exchange, premaster []byte) {
	t.Helper()
	scalar := scalarOf(t, key)
	encrypt := func(secret []byte) []byte {
		ciphertext, err := key.Public().EncryptC1C3C2(secret)
		if err != nil {
			t.Fatal(err)
		}
		return ciphertext
	}
	exchange := func(ciphertext []byte) []byte { return opaque16(asn1Ciphertext(t, ciphertext)) }
	return map[string]func() (exchange, premaster []byte){
		"a point beside the curve, the right guess": func() ([]byte, []byte) {
			secret := premaster48()
			return exchange(offcurve.Ciphertext(secret, scalar)), secret
		},
		"a point beside the curve, a wrong guess": func() ([]byte, []byte) {
			secret := premaster48()
			return exchange(offcurve.Ciphertext(secret, new(big.Int).Add(scalar, big.NewInt(1)))), secret
		},
		"a wrong premaster secret": func() ([]byte, []byte) { return exchange(encrypt(premaster48())), premaster48() },
		"a changed digest": func() ([]byte, []byte) {
			secret := premaster48()
			ciphertext := encrypt(secret)
			ciphertext[65] ^= 1
			return exchange(ciphertext), secret
		},
		"a changed secret": func() ([]byte, []byte) {
			secret := premaster48()
			ciphertext := encrypt(secret)
			ciphertext[97] ^= 1
			secret[0] ^= 1
			return exchange(ciphertext), secret
		},
		"a secret too short": func() ([]byte, []byte) {
			secret := premaster48()[:47]
			return exchange(encrypt(secret)), secret
		},
		"a secret too long": func() ([]byte, []byte) {
			secret := append(premaster48(), 0)
			return exchange(encrypt(secret)), secret
		},
	}
}

func TestAnOffCurvePointTeachesAnAttackerNothing(t *testing.T) {
	p := newPKI(t)
	address, _ := serve(t, p.config(t))
	// This client is right about the protocol: an honest secret completes.
	honest := premaster48()
	ciphertext, err := p.server.EncryptKey.Public().EncryptC1C3C2(honest)
	if err != nil {
		t.Fatal(err)
	}
	raw := startRaw(t, address)
	if !raw.encryptTo.Equal(p.server.EncryptKey.Public()) {
		t.Fatalf("the server encrypts with %s", raw.encryptTo)
	}
	if answer := raw.finish(t, opaque16(asn1Ciphertext(t, ciphertext)), honest); !completed(answer) {
		t.Fatalf("an honest handshake is answered %x", answer)
	}
	// Everything else is answered alike, to the byte: bad_record_mac.
	want := record(0x15, []byte{2, 20})
	for name, attempt := range attempts(t, p.server.EncryptKey) {
		for range 3 {
			exchange, premaster := attempt()
			if answer := startRaw(t, address).finish(t, exchange, premaster); !bytes.Equal(answer, want) {
				t.Errorf("%s is answered %x, want %x", name, answer, want)
			}
		}
	}
}

// The same client against a stock gmtls server: the right guess completes the
// handshake, so the test above would see a leak if there were one.
func TestTheAttackWorksOnAStockServer(t *testing.T) {
	p := newPKI(t)
	config := (&Config{Identity: mustIdentity(t, p)}).gmtls()
	stock := new(tjsm2.PrivateKey)
	stock.Curve = tjsm2.P256Sm2()
	stock.D = scalarOf(t, p.server.EncryptKey)
	config.Certificates[1].PrivateKey = stock
	address := stockServer(t, config)
	answers := map[string]string{}
	for name, attempt := range attempts(t, p.server.EncryptKey) {
		exchange, premaster := attempt()
		answers[name] = string(startRaw(t, address).finish(t, exchange, premaster))
	}
	right, wrong := answers["a point beside the curve, the right guess"], answers["a point beside the curve, a wrong guess"]
	if !completed([]byte(right)) || right == wrong {
		t.Errorf("right guess %x, wrong guess %x: the attack of these tests tells nothing", right, wrong)
	}
}

func mustIdentity(t testing.TB, p *pki) *Identity {
	t.Helper()
	identity, err := p.server.ServerIdentity()
	if err != nil {
		t.Fatal(err)
	}
	return identity
}

func stockServer(t testing.TB, config *gmtls.Config) (address string) {
	t.Helper()
	inner, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = inner.Close() })
	go func() {
		for {
			raw, err := inner.Accept()
			if err != nil {
				return
			}
			go func() {
				defer func() { _, _ = recover(), raw.Close() }()
				_ = raw.SetDeadline(time.Now().Add(patience))
				_ = gmtls.Server(raw, config).Handshake()
			}()
		}
	}()
	return inner.Addr().String()
}

func TestMisshapenKeyExchangesHarmNobody(t *testing.T) {
	p := newPKI(t)
	address, reported := serve(t, p.config(t))
	number := func(n int) []byte { return bytes.Repeat([]byte{0x7f}, n) }
	der := func(x, y, c3, c2 []byte) []byte {
		body := join(tlv(2, x), tlv(2, y), tlv(4, c3), tlv(4, c2))
		return opaque16(tlv(0x30, body))
	}
	for name, exchange := range map[string][]byte{
		"nothing":                  {},
		"one byte":                 {0}, // gmtls indexes the second, and panics
		"an empty ciphertext":      opaque16(nil),
		"a length beyond the end":  {0, 200, 1},
		"garbage":                  opaque16([]byte("garbage")),
		"an empty sequence":        opaque16([]byte{0x30, 0}),
		"numbers of one byte":      der([]byte{1}, []byte{1}, number(32), number(48)),
		"long numbers":             der(number(60), number(60), number(32), number(48)),
		"negative numbers":         der([]byte{0xff}, []byte{0xff}, number(32), number(48)),
		"the origin":               der([]byte{0}, []byte{0}, number(32), number(48)),
		"no digest":                der(number(32), number(32), nil, number(48)),
		"no secret":                der(number(32), number(32), number(32), nil),
		"two bytes of everything":  der(number(2), number(2), number(2), number(2)),
		"the C1C3C2 form":          opaque16(join([]byte{4}, number(64), number(32), number(48))),
		"a compressed C1C3C2 form": opaque16(join([]byte{2}, number(32), number(32), number(48))),
	} {
		t.Run(name, func(t *testing.T) {
			if answer := startRaw(t, address).finish(t, exchange, premaster48()); completed(answer) {
				t.Errorf("the handshake completes: %x", answer)
			}
		})
	}
	reported.wait(t, func(err error) bool { return strings.Contains(err.Error(), "panic") })
	if got, err := get(httpOver(p.client()), address); err != nil {
		t.Errorf("the next caller: %s, %v", got, err)
	}
}

func tlv(tag byte, body []byte) []byte {
	if len(body) < 128 {
		return join([]byte{tag, byte(len(body))}, body)
	}
	return join([]byte{tag, 0x81, byte(len(body))}, body)
}

func TestThePremasterDecrypterAnswersEverything(t *testing.T) {
	key, err := gm.GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	decrypter := premasterDecrypter{key}
	secret := premaster48()
	good, err := key.Public().EncryptC1C3C2(secret)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := decrypter.Decrypt(nil, good, nil); err != nil || !bytes.Equal(got, secret) {
		t.Fatalf("%x, %v; want %x", got, err, secret)
	}
	bad := map[string][]byte{"nothing": nil, "short": {4}, "beside the curve": offcurve.Ciphertext(secret, scalarOf(t, key)), "cut": good[:100]}
	for name, ciphertext := range bad {
		one, err1 := decrypter.Decrypt(nil, ciphertext, nil)
		two, err2 := decrypter.Decrypt(nil, ciphertext, nil)
		if err := errors.Join(err1, err2); err != nil || len(one) != premasterSize || bytes.Equal(one, two) || bytes.Equal(one, secret) {
			t.Errorf("%s: %x and %x, %v; want two random secrets", name, one, two, err)
		}
	}
	if got, err := (premasterDecrypter{panicking{}}).Decrypt(nil, good, nil); err != nil || len(got) != premasterSize {
		t.Errorf("a panic behind it: %x, %v", got, err)
	}
}

type panicking struct{ Decrypter }

func (panicking) DecryptC1C3C2([]byte) ([]byte, error) { panic("device gone") }

func FuzzPremasterDecrypter(f *testing.F) {
	key, err := gm.GenerateKey(nil)
	if err != nil {
		f.Fatal(err)
	}
	secret := premaster48()
	good, err := key.Public().EncryptC1C3C2(secret)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(good)
	f.Add(offcurve.Ciphertext(secret, big.NewInt(5)))
	f.Add([]byte{4})
	decrypter := premasterDecrypter{key}
	f.Fuzz(func(t *testing.T, ciphertext []byte) {
		got, err := decrypter.Decrypt(nil, ciphertext, nil)
		if err != nil || len(got) != premasterSize {
			t.Fatalf("%x, %v", got, err)
		}
	})
}

// FuzzHandshake feeds a server whole byte streams: it never panics, and never
// hands out a connection.
func FuzzHandshake(f *testing.F) {
	p := newPKI(f)
	identity := mustIdentity(f, p)
	config := Config{Identity: identity, HandshakeTimeout: 10 * time.Second}
	if err := config.check(); err != nil {
		f.Fatal(err)
	}
	listener := &Listener{config: config, gmtls: config.gmtls()}
	hello := record(0x16, message(1, join([]byte{1, 1}, make([]byte, 32), []byte{0, 0, 2, 0xe0, 0x13, 1, 0})))
	f.Add(hello)
	f.Add(join(hello, record(0x16, message(16, []byte{0}))))
	f.Add(join(hello, record(0x16, message(16, opaque16(asn1Ciphertext(f, offcurve.Ciphertext(premaster48(), big.NewInt(5)))))), record(0x14, []byte{1})))
	f.Fuzz(func(t *testing.T, stream []byte) {
		conn, err := listener.handshake(&scripted{in: bytes.NewReader(stream)})
		if err == nil || conn != nil {
			t.Fatalf("%x completes a handshake", stream)
		}
	})
}

// scripted is a connection whose other end says what it is to say and is gone.
type scripted struct {
	net.Conn
	in io.Reader
}

func (s *scripted) Read(b []byte) (int, error)       { return s.in.Read(b) }
func (s *scripted) Write(b []byte) (int, error)      { return len(b), nil }
func (s *scripted) Close() error                     { return nil }
func (s *scripted) RemoteAddr() net.Addr             { return &net.TCPAddr{} }
func (s *scripted) SetDeadline(time.Time) error      { return nil }
func (s *scripted) SetWriteDeadline(time.Time) error { return nil }
func (s *scripted) SetReadDeadline(time.Time) error  { return nil }
