package randomness

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/sha256"
	"fmt"
	"hash/maphash"
	mathrand "math/rand"
	randv2 "math/rand/v2"
)

func numbers() int {
	buf := make([]byte, 8)
	_, _ = rand.Read(buf)                  // want `rand.Read is used: derive it`
	_ = maphash.MakeSeed()                 // want `maphash.MakeSeed is used`
	return mathrand.Int() + randv2.IntN(3) // want `rand.Int is used` `rand.IntN is used`
}

func seeded() int {
	return mathrand.New(mathrand.NewSource(1)).Int() // want `rand.New is used` `rand.NewSource is used` `Int is used`
}

func keys(signer crypto.Signer, digest []byte) {
	key, _ := ecdsa.GenerateKey(elliptic.P256(), rand.Reader) // want `rand.Reader is used`
	_, _ = ecdsa.SignASN1(nil, key, digest)                   // want `ecdsa.SignASN1 draws random numbers`
	_, _ = signer.Sign(nil, digest, crypto.SHA256)
}

func addresses(p *int) string {
	_ = fmt.Sprintf("%d%%p", 1)
	return fmt.Sprintf("at %p", p) // want `%p prints a memory address`
}

func fine(data []byte) [32]byte { return sha256.Sum256(data) }
