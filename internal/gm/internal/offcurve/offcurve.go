// Package offcurve makes the ciphertexts of an attacker who wants an SM2 private
// key out of a decrypter that does not check the point it is sent. Only tests
// import it: they show that the attack works where the check is missing, and
// that it does not work here.
//
// The addition formulas of y² = x³ + ax + b do not use b. A point on the curve
// with another b is therefore multiplied as happily, and there the attacker
// finds points P of small order ℓ: d·P is one of ℓ points, and a decrypter that
// tells a right guess from a wrong one tells d mod ℓ. A few such ℓ give all of d.
//
// With a = -3 and b = ±2 the curve is singular, and on one of the two the points
// form a group of p + 1 = 2⁶⁴(2³²-1)(2¹⁶⁰-1) elements, which has the divisor
// 65537.
package offcurve

import (
	"math/big"

	"github.com/emmansun/gmsm/sm3"
)

// Order is the order ℓ of the attacker's point.
const Order = 65537

var (
	p, _  = new(big.Int).SetString("fffffffeffffffffffffffffffffffffffffffff00000000ffffffffffffffff", 16)
	small = findPoint()
)

// point is an affine point; x is nil at infinity.
type point struct{ x, y *big.Int }

// Ciphertext returns an SM2 ciphertext in the order C1C3C2 whose C1 is the
// attacker's point. A decrypter without a check opens it, and gets secret,
// exactly if its private key is guess modulo Order.
func Ciphertext(secret []byte, guess *big.Int) []byte {
	shared := multiply(small, new(big.Int).Mod(guess, big.NewInt(Order)))
	if shared.x == nil {
		panic("offcurve: a guess of zero has no shared point")
	}
	x, y := bytes32(shared.x), bytes32(shared.y)
	masked := kdf(append(append([]byte{}, x...), y...), len(secret))
	for i := range masked {
		masked[i] ^= secret[i]
	}
	check := sm3.Sum(append(append(append([]byte{}, x...), secret...), y...))
	out := append([]byte{4}, bytes32(small.x)...)
	out = append(out, bytes32(small.y)...)
	out = append(out, check[:]...)
	return append(out, masked...)
}

// kdf is the key derivation function of GB/T 32918.4, 5.4.3.
func kdf(z []byte, length int) []byte {
	var out []byte
	for counter := byte(1); len(out) < length; counter++ {
		block := sm3.Sum(append(append([]byte{}, z...), 0, 0, 0, counter))
		out = append(out, block[:]...)
	}
	return out[:length]
}

// findPoint returns a point of order Order on one of the two singular curves.
func findPoint() point {
	cofactor := new(big.Int).Add(p, big.NewInt(1))
	cofactor.Div(cofactor, big.NewInt(Order))
	for _, b := range []int64{2, -2} {
		for i := int64(3); i < 50; i++ {
			x := big.NewInt(i)
			y := new(big.Int).ModSqrt(modp(big.NewInt(i*i*i-3*i+b)), p)
			if y == nil {
				continue
			}
			found := multiply(point{x, y}, cofactor)
			if found.x != nil && multiply(found, big.NewInt(Order)).x == nil {
				return found
			}
		}
	}
	panic("offcurve: no point of small order")
}

func multiply(base point, scalar *big.Int) point {
	var sum point
	for i := scalar.BitLen() - 1; i >= 0; i-- {
		sum = add(sum, sum)
		if scalar.Bit(i) == 1 {
			sum = add(sum, base)
		}
	}
	return sum
}

// add is the textbook addition for a = -3; b does not occur in it.
func add(a, b point) point {
	if a.x == nil {
		return b
	}
	if b.x == nil {
		return a
	}
	var slope *big.Int
	if a.x.Cmp(b.x) == 0 {
		if modp(new(big.Int).Add(a.y, b.y)).Sign() == 0 {
			return point{}
		}
		slope = new(big.Int).Mul(a.x, a.x)
		slope.Sub(slope.Mul(slope, big.NewInt(3)), big.NewInt(3))
		slope.Mul(slope, inverse(new(big.Int).Lsh(a.y, 1)))
	} else {
		slope = new(big.Int).Sub(b.y, a.y)
		slope.Mul(slope, inverse(new(big.Int).Sub(b.x, a.x)))
	}
	modp(slope)
	x := new(big.Int).Mul(slope, slope)
	x = modp(x.Sub(x.Sub(x, a.x), b.x))
	y := new(big.Int).Sub(a.x, x)
	return point{x, modp(y.Sub(y.Mul(y, slope), a.y))}
}

func inverse(n *big.Int) *big.Int { return new(big.Int).ModInverse(modp(n), p) }
func modp(n *big.Int) *big.Int    { return n.Mod(n, p) }
func bytes32(n *big.Int) []byte   { return n.FillBytes(make([]byte, 32)) }
