package openapi

// explorerSchemas describe what the read model tells of the channels themselves.
func explorerSchemas() map[string]any {
	boolean := map[string]any{"type": "boolean"}
	who := object([]string{"msp"}, map[string]any{"msp": text("The organisation."), "name": text("Name in the certificate."), "app": text("The business system."), "dept": text("USCC of the department.")})
	counts := map[string]any{"type": "object", "additionalProperties": map[string]any{"type": "integer"}}
	block := map[string]any{
		"channel": text("The channel."), "number": whole("The block's number."), "hash": text("Its hash (SHA-256, hex)."), "dataHash": text("The hash of its transactions."),
		"time": text("The latest transaction time in it, UTC."), "bytes": whole("Its size."), "transactions": whole("How many transactions it holds."), "valid": whole("How many of them the ledger took."),
	}
	full := map[string]any{"list": list(Ref("Transaction"))}
	for name, s := range block {
		full[name] = s
	}
	return map[string]any{
		"Channels": object([]string{"channels"}, map[string]any{"channels": list(object([]string{"name", "title", "division"}, map[string]any{
			"name": text("The channel, as it stands in paths."), "title": text("The name that people read."), "division": text("The division code."), "asOf": Ref("AsOf")}))}),
		"Blocks": object([]string{"blocks"}, map[string]any{"blocks": list(object([]string{"channel", "number", "hash"}, block)), "next": text("Cursor of the next page; absent on the last.")}),
		"Block":  object([]string{"channel", "number", "hash", "list"}, full),
		"Transaction": object([]string{"txId", "channel", "block", "position", "type", "code", "time", "creator"}, map[string]any{
			"txId": text("The transaction's id."), "channel": text("The channel."), "block": whole("Its block."), "position": whole("Its place in the block, from 0."),
			"type": text("Fabric's type."), "code": text("Fabric's validation code: VALID where the ledger took it."), "time": text("Its time, as its sender claims, UTC."),
			"contract": text("The contract called."), "function": text("The function called."), "creator": who, "endorsers": list(who),
			"operations": object(nil, map[string]any{"asked": counts, "refused": counts}), "writeCount": whole("How many keys it wrote."),
			"writes": list(object([]string{"contract", "id"}, map[string]any{"contract": text("The contract."), "type": text("The record's type; absent where the key is no record."), "id": text("The record's id, or the key."),
				"version": whole("The record's version."), "status": text("Its status."), "op": text("The operation."), "deleted": boolean})),
			"event": text("The name of its event."),
		}),
		"Transactions": object([]string{"transactions"}, map[string]any{"transactions": list(Ref("Transaction")), "next": text("Cursor of the next page; absent on the last.")}),
		"ContractVersions": object([]string{"contracts"}, map[string]any{"contracts": list(object([]string{"name", "sequence", "version"}, map[string]any{
			"name": text("The contract."), "sequence": whole("The definition's sequence."), "version": text("The contract's version."), "txId": text("The transaction that committed it."), "block": whole("Its block."), "time": text("Its time, UTC.")}))}),
		"Configurations": object([]string{"configurations"}, map[string]any{"configurations": list(object([]string{"sequence", "block"}, map[string]any{
			"sequence": whole("The configuration's sequence."), "block": whole("Its block."), "time": text("Its time, UTC."), "organisations": list(text("MSP of a member.")), "orderers": list(text("MSP that orders.")),
			"ordering": text("etcdraft or BFT."), "consenters": list(text("A consenter.")), "batchTimeout": text("How long a block waits for more."), "maxTransactions": whole("Transactions in a block at most."),
			"preferredMaxBytes": whole("Bytes of a block, where it can be kept."), "absoluteMaxBytes": whole("Bytes of a block at most."), "capabilities": list(text("A capability.")), "revocationLists": whole("Revocation lists published.")}))}),
		"Statistics": object([]string{"records", "activity", "from", "to", "asOf"}, map[string]any{
			"records":  list(object([]string{"ledger", "type", "total", "statuses"}, map[string]any{"ledger": text("The ledger."), "type": text("The record type."), "total": whole("Records."), "statuses": counts})),
			"activity": list(object([]string{"day", "ledger", "type", "org", "operation", "count"}, map[string]any{"day": text("YYYYMMDD, UTC+8."), "ledger": text("The ledger."), "type": text("The record type."), "org": text("MSP of the caller."), "operation": text("The operation."), "count": whole("How often.")})),
			"from":     text("First day."), "to": text("Last day."), "asOf": Ref("AsOf"),
		}),
	}
}
