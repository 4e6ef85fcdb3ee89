package auth

import (
	"crypto/rand"
	"strings"
)

// tokenPrefix starts the tokens that gateways issue, so that scanners for
// leaked secrets know them, and nothing else is looked up as one.
const tokenPrefix = "hnc_"

// NewToken makes a bearer token of more than 256 random bits.
func NewToken() string { return tokenPrefix + rand.Text() + rand.Text() }

// IsToken tells whether a text may be a token that NewToken made.
func IsToken(text string) bool { return strings.HasPrefix(text, tokenPrefix) }
