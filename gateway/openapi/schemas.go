package openapi

import "henanchain/internal/identifier"

// sharedSchemas describes what all ledgers answer with; a test holds them to
// the Go types of package operation.
func sharedSchemas() map[string]any {
	return map[string]any{
		"Problem":         problemSchema(),
		"FieldError":      fieldErrorSchema(),
		"Signature":       signatureSchema(),
		"Receipt":         receiptSchema(),
		"Acknowledgement": acknowledgementSchema(),
		"Request":         requestSchema(),
		"Outcome":         outcomeSchema(),
		"Outcomes":        outcomesSchema(),
		"Record":          recordSchema(),
		"Change":          changeSchema(),
		"History": object([]string{"changes"}, map[string]any{"changes": list(With("Change", map[string]any{
			"block": whole("Its block."), "org": text("The organisation of who sent it."), "app": text("The business system that sent it."),
		})), "asOf": Ref("AsOf")}),
		"Page":       pageSchema(),
		"AsOf":       asOfSchema(),
		"Search":     searchSchema(),
		"Claim":      claimSchema(),
		"Verdict":    verdictSchema(),
		"Digest":     digestSchema(),
		"Job":        jobSchema(),
		"Call":       callSchema(),
		"CallAnswer": object([]string{"result"}, map[string]any{"result": map[string]any{"description": "What the function answered: JSON where it is JSON, else a text."}, "receipt": Ref("Receipt")}),
		"Network":    networkSchema(),
		"Health":     healthSchema(),
		"Subject":    subjectSchema(),
		"SubjectKey": object([]string{"key"}, map[string]any{"key": text("The keyed hash, 64 hexadecimal digits.")}),
	}
}

func problemSchema() any {
	return object([]string{"type", "title", "status", "code"}, map[string]any{
		"type":      text("Where the code is explained."),
		"title":     text("The kind of problem, in Chinese or English (Accept-Language)."),
		"status":    whole("The HTTP status."),
		"detail":    text("What happened this time, and what would be right."),
		"code":      text("The stable code to decide by."),
		"errors":    list(Ref("FieldError")),
		"location":  text("Path of the record that exists already."),
		"requestId": text("The request's id, for the operator."),
	})
}

func fieldErrorSchema() any {
	return object([]string{"field", "code", "message"}, map[string]any{
		"field": text("JSON path, such as owners[1].share."), "code": text("REQUIRED, UNKNOWN, TYPE, LENGTH, RANGE, ENUM, FORMAT, DUPLICATE or a contract's own."),
		"message": text("What is wrong and what would be right."),
	})
}

func signatureSchema() any {
	return object([]string{"keyId", "nonce", "value"}, map[string]any{
		"keyId": text("The id of a key that is registered on the ledger."), "nonce": text("16 to 64 letters and digits, used once."),
		"value": text("Base64 of the SM2 signature (ASN.1) over the request's statement."),
	})
}

func receiptSchema() any {
	return object([]string{"channel", "contract", "txId", "block", "index", "type", "id", "version", "status", "digest", "time"}, map[string]any{
		"channel": text("The channel."), "contract": text("The contract."), "txId": text("The transaction."),
		"block": whole("The block's number."), "index": whole("The operation's place in the transaction, from 0."),
		"type": text("The record's type."), "id": text("The record's id."), "version": whole("The record's version."),
		"status": text("The record's status."), "digest": text("SM3 of the record's canonical JSON."), "time": text("The transaction's time, UTC."),
	})
}

func acknowledgementSchema() any {
	return object([]string{"type", "id", "version", "status", "digest"}, map[string]any{
		"type": text("The record's type."), "id": text("The record's id."), "version": whole("The record's version after the operation."),
		"status": text("The record's status after the operation."), "digest": text("SM3 of the record's canonical JSON."),
		"existing": map[string]any{"type": "boolean", "description": "The record was there already, the same; nothing was changed."},
		"data":     map[string]any{"description": "The operation's own answer, where it has one."},
		"receipt":  Ref("Receipt"),
	})
}

func requestSchema() any {
	return object([]string{"op", "in"}, map[string]any{
		"op": text("The operation's name."), "in": map[string]any{"type": "object", "description": "The operation's input."},
		"private":   map[string]any{"type": "object", "description": "The private half, where the operation takes one; it never enters a block."},
		"ifVersion": whole("The version that the record must have."), "sig": Ref("Signature"),
	})
}

func outcomeSchema() any {
	return object([]string{"status"}, map[string]any{
		"status": whole("The status that this operation would have had alone."), "result": Ref("Acknowledgement"), "problem": Ref("Problem"),
	})
}

func outcomesSchema() any {
	return object([]string{"succeeded", "refused", "results"}, map[string]any{
		"succeeded": whole("How many operations were done."), "refused": whole("How many were not."), "results": list(Ref("Outcome")),
	})
}

func recordSchema() any {
	return object([]string{"type", "id", "ver", "status", "org", "time", "body", "digest"}, map[string]any{
		"type": text("The record's type."), "id": text("The record's id."), "ver": whole("Its version, from 1."), "status": text("Its status."),
		"org": text("The organisation that owns it."), "dept": text("USCC of the department that wrote it first."),
		"app": text("The business system that wrote it last."), "op": text("The operation that wrote it last."),
		"time": text("Transaction time of the last change, UTC."), "schema": whole("Version of the type's schema that the body was written by; 1 where it is left out."), "body": map[string]any{"type": "object", "description": "The ledger's own fields."},
		"digest": text("SM3 of the record's canonical JSON without this field."),
	})
}

func changeSchema() any {
	return object([]string{"txId", "time"}, map[string]any{
		"txId": text("The transaction."), "time": text("Its time, UTC."), "record": Ref("Record"),
		"changed": list(object([]string{"field"}, map[string]any{"field": text("The field that changed."), "from": map[string]any{}, "to": map[string]any{}})),
	})
}

func pageSchema() any {
	return object([]string{"records"}, map[string]any{
		"records": list(Ref("Record")), "asOf": Ref("AsOf"),
		"next":  text("Cursor of the next page; absent on the last. A page of few matches among many records may hold fewer than the limit, even none, and still have a next one."),
		"count": object([]string{"n", "exact"}, map[string]any{"n": whole("How many records match, where that was asked."), "exact": map[string]any{"type": "boolean", "description": "Whether that is all, or at least that many."}}),
	})
}

func asOfSchema() any {
	return object([]string{"channel", "block", "time"}, map[string]any{
		"channel": text("The channel."), "block": whole("The last block that the answer knows of."), "time": text("The latest transaction time up to that block, UTC."),
	})
}

func searchSchema() any {
	s := object(nil, map[string]any{
		"filters": map[string]any{"type": "object", "description": "By field: a value, a list of which one matches, or an object with from and to (both included).", "additionalProperties": true},
		"sort":    text("id, created, updated, or a number or date field; with a minus before it, the other way round."),
		"limit":   map[string]any{"type": "integer", "minimum": 1, "description": "How many records at most."},
		"cursor":  text("Where the next page starts, as the page before gave it."),
		"count":   map[string]any{"type": "boolean", "description": "Tell beside how many records match."},
	})
	s["additionalProperties"] = false
	return s
}

func claimSchema() any {
	return object(nil, map[string]any{
		"id": text("The record's id, where it is known."), "fileHash": text("SM3 of the document in hand."), "digest": text("The record's digest, as a receipt gives it."),
		"version": whole("The version that is meant; 0 or absent is the latest."),
		"fields":  map[string]any{"type": "object", "description": "Values that the record should have.", "additionalProperties": true},
	})
}

func verdictSchema() any {
	boolean := func(doc string) map[string]any { return map[string]any{"type": "boolean", "description": doc} }
	return object([]string{"match", "exists", "reason"}, map[string]any{
		"match": boolean("Whether everything claimed is as on the ledger."), "exists": boolean("Whether there is such a record."),
		"type": text("The record's type."), "id": text("The record's id."), "status": text("Its status now."), "version": whole("Its latest version."),
		"checks": list(object([]string{"field", "match"}, map[string]any{"field": text("The part of the claim."), "match": boolean("Whether it holds.")})),
		"reason": text("Why it matches or does not."), "supersededBy": text("The record that took this one's place."),
	})
}

func digestSchema() any {
	return object([]string{"fileHash", "algorithm", "size"}, map[string]any{
		"fileHash": text("The digest, 64 hexadecimal digits."), "algorithm": text("SM3 (GB/T 32905)."), "size": whole("The file's length in bytes."),
	})
}

func jobSchema() any {
	return object([]string{"id", "state"}, map[string]any{
		"id": text("The job's id."), "state": map[string]any{"type": "string", "enum": []string{"running", "done"}},
		"created": text("When it was accepted, UTC."), "finished": text("When it was done, UTC."),
		"status":  whole("The status that the request would have been answered with."),
		"headers": map[string]any{"type": "object", "description": "The headers of that answer.", "additionalProperties": map[string]any{"type": "string"}},
		"body":    map[string]any{"description": "The body of that answer, once the job is done."},
	})
}

func subjectSchema() any {
	var codes []string
	for _, t := range identifier.HolderIDTypes() {
		codes = append(codes, t.Code)
	}
	s := object([]string{"type", "number"}, map[string]any{
		"type":   map[string]any{"type": "string", "enum": codes, "description": "The type of the identity document (GB/T 36903): 001 unified social credit code, 111 citizen identity number, …"},
		"number": text("Its number, checked by the type's own rule. The gateway hashes it with its key and forgets it; it never reaches a ledger or a log."),
	})
	s["additionalProperties"] = false
	return s
}

func callSchema() any {
	return object([]string{"args"}, map[string]any{
		"args":      list(text("One argument.")),
		"transient": map[string]any{"type": "object", "description": "The transient map: values in base64, never in a block.", "additionalProperties": text("Base64.")},
	})
}

func networkSchema() any {
	channel := object([]string{"name", "division", "title", "organisations", "contracts"}, map[string]any{
		"name": text("The channel, as it stands in paths."), "division": text("The division code, which may stand there too."), "title": text("The name that people read."),
		"organisations": list(text("MSP of a member.")), "contracts": list(text("A contract on the channel.")), "ledgers": list(text("A contract that has routes of its own.")),
	})
	return object([]string{"mainChannel", "channels"}, map[string]any{"mainChannel": text("The provincial main channel."), "channels": list(channel)})
}

func healthSchema() any {
	return object([]string{"status"}, map[string]any{
		"status": text("ok, or what is wrong."),
		"checks": list(object([]string{"name", "ok"}, map[string]any{"name": text("What was looked at."), "ok": map[string]any{"type": "boolean"}, "missing": text("What is missing, and what to do.")})),
	})
}
