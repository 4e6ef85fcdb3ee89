// Package conformance holds the gateway's OpenAPI document to the standard, and
// what the gateway answers to the document, by a library that knows nothing of
// either. It holds tests only: the library is large, and apart from here no
// test binary needs it.
package conformance
