package openapi

// eventSchemas describe events, and the webhooks that they are posted to.
func eventSchemas() map[string]any {
	boolean := map[string]any{"type": "boolean"}
	names := list(map[string]string{"type": "string"})
	times := map[string]any{"type": "string", "format": "date-time"}
	webhook := object([]string{"id", "url", "cities", "state", "positions", "behind", "waiting", "deadLetters", "delivered", "created", "updated"}, map[string]any{
		"id": text("The webhook's id."), "url": text("Where events are posted to."), "label": text("What people call it."),
		"secret":            text("What its authentication codes are made with; told once, to who makes or rotates it."),
		"secretBeforeUntil": map[string]any{"type": "string", "format": "date-time", "description": "Until then events carry the authentication code of the secret before too; absent: there is none."}, "cities": names, "ledgers": names, "types": names, "operations": names, "statuses": names,
		"state": map[string]any{"type": "string", "enum": []string{"active", "suspended"}}, "reason": text("Why the gateway itself suspended it."),
		"positions": map[string]any{"type": "object", "additionalProperties": map[string]string{"type": "string"}, "description": "By city, the id of the last event that was looked at."},
		"behind":    map[string]any{"type": "object", "additionalProperties": map[string]string{"type": "integer"}, "description": "By city, how many changes the ledgers are further."},
		"waiting":   whole("Events that are to be tried again, or stand behind such."), "deadLetters": whole("Events that were given up."), "delivered": whole("Deliveries that were taken."),
		"denied": object([]string{"count", "time", "code", "reason"}, map[string]any{"count": whole("Events that were not delivered because a read of their records would have been refused."), "time": times,
			"code": text("That of the last refusal."), "reason": text("The last refusal in words.")}),
		"held": map[string]any{"type": "object", "description": "The cities of which nothing is delivered at this moment, because the application might not subscribe to them now; their events wait.",
			"additionalProperties": object([]string{"code", "reason"}, map[string]any{"code": text("That of the refusal."), "reason": text("The refusal in words.")})},
		"lastAttempt": object([]string{"time"}, map[string]any{"time": times, "status": whole("What the receiver answered."), "error": text("What went wrong; absent: it was taken.")}),
		"nextAttempt": map[string]any{"type": "string", "format": "date-time", "description": "While nobody was there: not before then."}, "created": times, "updated": times,
	})
	return map[string]any{
		"Event": object([]string{"specversion", "id", "source", "type", "time", "data"}, map[string]any{
			"specversion": text("1.0: a CloudEvent."), "id": text("City and place; the same for the same change, whenever it comes."), "source": text("The ledger's path."),
			"type": text("henanchain.LEDGER.OPERATION."), "subject": text("Type and id of the record."), "time": times, "datacontenttype": text("application/json."),
			"data": object([]string{"city", "ledger", "type", "id", "org", "block", "txId"}, map[string]any{
				"city": text("The city's channel."), "ledger": text("The ledger."), "type": text("The record's type."), "id": text("The record's id."), "version": whole("The version that came."),
				"status": text("The status after the change."), "operation": text("The operation."), "deleted": boolean, "org": text("MSP of who wrote it."), "app": text("The business system that wrote it."),
				"block": whole("The block."), "txId": text("The transaction."), "record": Ref("Record")}),
		}),
		"Webhook":  webhook,
		"Webhooks": object([]string{"webhooks"}, map[string]any{"webhooks": list(Ref("Webhook"))}),
		"DeadLetters": object([]string{"deadLetters"}, map[string]any{"deadLetters": list(object([]string{"event", "record", "attempts", "error", "since", "givenUp"}, map[string]any{
			"event": text("The event's id."), "record": text("Ledger, type and id of the record."), "attempts": whole("How often it was tried."), "status": whole("What the receiver answered last."),
			"error": text("What went wrong last."), "since": times, "givenUp": times})), "next": text("Cursor of the next page; absent on the last.")}),
		"Redelivered":  object([]string{"redelivered"}, map[string]any{"redelivered": whole("How many are tried again.")}),
		"TestDelivery": object([]string{"delivered", "milliseconds"}, map[string]any{"delivered": boolean, "status": whole("What the receiver answered."), "error": text("What went wrong."), "milliseconds": map[string]any{"type": "number", "description": "How long the receiver took."}}),
		"WebhookKeys": object([]string{"keys"}, map[string]any{"keys": list(object([]string{"keyId", "algorithm", "publicKey"}, map[string]any{
			"keyId": text("SM3 of the public key's DER form, as keyid in Signature-Input."), "algorithm": text("sm2-sm3."), "publicKey": text("PEM.")}))}),
	}
}
