package openapi

// outsideSchemas are of transactions that callers sign with their own keys.
func outsideSchemas() map[string]any {
	return map[string]any{
		"Prepare": object([]string{"certificate", "contract"}, map[string]any{
			"certificate": text("The caller's own certificate, in PEM: of the calling application, by the organisation's CA."), "contract": text("The contract's name."),
			"op": text("An operation of the ledger, in place of a function."), "in": map[string]any{"type": "object", "description": "The operation's input."},
			"private": map[string]any{"type": "object", "description": "Its private half."}, "ifVersion": whole("The version that the record must have."),
			"function": text("A function, in place of an operation."), "args": map[string]any{"type": "array", "items": map[string]string{"type": "string"}, "description": "Its arguments."},
			"transient": map[string]any{"type": "object", "additionalProperties": map[string]string{"type": "string"}, "description": "What reaches the peers and never a block; base64."},
		}),
		"Signed": object([]string{"bytes", "signature"}, map[string]any{
			"bytes": base64Text("The bytes as they were handed out."), "signature": base64Text("ECDSA signature over their SHA-256 (ASN.1, low S), by the certificate's key."),
		}),
		"ToSign": object([]string{"txId", "bytes", "digest", "expires"}, map[string]any{
			"txId": text("The transaction."), "bytes": base64Text("What is signed, to be sent back as it is."), "digest": base64Text("SHA-256 of the bytes."),
			"expires": text("Until when it must come back."), "result": map[string]any{"description": "What the contract answered, once it was endorsed."},
		}),
		"Submitted": object([]string{"receipt"}, map[string]any{
			"receipt": Ref("Receipt"), "result": map[string]any{"description": "What the function answered. An operation is acknowledged as if its key were at the gateway."},
		}),
	}
}

func base64Text(description string) map[string]any {
	return map[string]any{"type": "string", "contentEncoding": "base64", "description": description}
}
