package gm

import (
	"encoding/hex"
	"os"
	"path/filepath"
	"testing"

	"github.com/emmansun/gmsm/sm2"
	tjsm2 "github.com/tjfoc/gmsm/sm2"
	tjx509 "github.com/tjfoc/gmsm/x509"
	"pgregory.net/rapid"
)

func newKey(t testing.TB) *PrivateKey {
	t.Helper()
	key, err := GenerateKey(nil)
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func unhex(t testing.TB, text string) []byte {
	t.Helper()
	data, err := hex.DecodeString(text)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// keyFromScalar makes the private key with a given number.
func keyFromScalar(t testing.TB, scalar []byte) *PrivateKey {
	t.Helper()
	key, err := sm2.NewPrivateKey(scalar)
	if err != nil {
		t.Fatal(err)
	}
	wrapped, err := newPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	return wrapped
}

// standardKey is the key of the examples in GB/T 32918.5-2017, annexes A and C.
func standardKey(t testing.TB) *PrivateKey {
	t.Helper()
	return keyFromScalar(t, unhex(t, "3945208f7b2144b13f36e38ac6d39f95889393692860b51a42fb81ef4df7c5b8"))
}

// otherLibrarysKey is the same key in the independent implementation.
func otherLibrarysKey(t testing.TB, key *PrivateKey) *tjsm2.PrivateKey {
	t.Helper()
	text, err := key.PEM()
	if err != nil {
		t.Fatal(err)
	}
	other, err := tjx509.ReadPrivateKeyFromPem(text, nil)
	if err != nil {
		t.Fatal(err)
	}
	return other
}

func scalarOf(key *PrivateKey) []byte {
	scalar, err := key.key.ECDH()
	if err != nil {
		panic(err)
	}
	return scalar.Bytes()
}

// flip returns data with one bit changed.
func flip(data []byte, bit int) []byte {
	changed := append([]byte(nil), data...)
	changed[bit/8] ^= 1 << (bit % 8)
	return changed
}

// drawFlip returns data with one bit changed, which rapid chooses.
func drawFlip(rt *rapid.T, data []byte) []byte {
	return flip(data, rapid.IntRange(0, 8*len(data)-1).Draw(rt, "bit"))
}

func writeFile(t testing.TB, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
