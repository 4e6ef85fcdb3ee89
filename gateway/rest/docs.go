package rest

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"net/http"
)

// docsPage shows the document and lets callers try it. It loads nothing from
// anywhere else, because a government network often has no way out.
//
//go:embed docs.html
var docsPage []byte

// docsPolicy lets the page's own script and style run, by their digests, and
// nothing else.
var docsPolicy = "default-src 'none'; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'" +
	"; script-src " + sourceOf("script") + "; style-src " + sourceOf("style")

// sourceOf is the digest of what stands in the page's only element of a name.
func sourceOf(element string) string {
	_, rest, _ := bytes.Cut(docsPage, []byte("<"+element+">"))
	inner, _, _ := bytes.Cut(rest, []byte("</"+element+">"))
	digest := sha256.Sum256(inner)
	return "'sha256-" + base64.StdEncoding.EncodeToString(digest[:]) + "'"
}

func (x *exchange) docs() error {
	x.gin.Writer.Header().Set("Content-Security-Policy", docsPolicy)
	x.send(http.StatusOK, "text/html; charset=utf-8", docsPage)
	return nil
}
