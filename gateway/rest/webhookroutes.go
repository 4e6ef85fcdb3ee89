package rest

import (
	"encoding/json"
	"net/http"

	"henanchain/gateway/openapi"
	"henanchain/gateway/store"
)

// webhooksPath is where webhooks are, and subscribeRoute the route that makes one.
const (
	webhooksPath   = "/v1/webhooks"
	subscribeRoute = http.MethodPost + " " + webhooksPath
)

// webhookRoutes are everything about subscriptions.
func webhookRoutes() []Route {
	const one = webhooksPath + "/{webhook}"
	requestID := openapi.Parameter{Ref: "#/components/parameters/RequestID"}
	route := func(method, path, id, summary, zh, doc string, status int, answer any, handle func(*exchange) error, parameters ...openapi.Parameter) Route {
		success := &openapi.Response{Description: "done"}
		if answer != nil {
			success = openapi.Answer(summary, answer, RequestIDHeader)
		}
		return Route{Endpoint: openapi.Endpoint{Method: method, Path: path, ID: "webhooks." + id, Tag: "events", Summary: summary, SummaryZh: zh, Doc: doc,
			Parameters: append([]openapi.Parameter{requestID}, parameters...), Success: map[int]*openapi.Response{status: success}}, handle: handle}
	}
	withBody := func(r Route, body *openapi.RequestBody) Route {
		r.Body = body
		r.Problems = append(r.Problems, http.StatusUnprocessableEntity)
		return r
	}
	example := json.RawMessage(`{"url":"https://system.example/henanchain","cities":["zhengzhou"],"ledgers":["evidence"],"operations":["Deposit"]}`)
	hook := openapi.Ref("Webhook")
	list := route(http.MethodGet, one+"/dead-letters", "dead", "List a webhook's dead letters", "死信列表", "Events that the receiver refused to the end, by city and place.", http.StatusOK, openapi.Ref("DeadLetters"), (*exchange).deadLetters,
		openapi.Parameter{Name: paramLimit, In: "query", Description: "How many at most.", Schema: map[string]any{"type": "integer", "minimum": 1}},
		openapi.Parameter{Name: paramCursor, In: "query", Description: "Where the next page starts, as the page before gave it.", Schema: map[string]string{"type": "string"}})
	list.Problems = []int{http.StatusUnprocessableEntity}
	create := withBody(route(http.MethodPost, webhooksPath, "create", "Subscribe a webhook", "新增事件回调",
		"Every event that the filter lets through is posted to the URL, at least once and a record's in their order: a CloudEvent as JSON, authenticated as Standard Webhooks says with the secret that this answer tells once, and signed with SM2 (RFC 9421) where the gateway has a key for it. Answer 2xx within 10 seconds. What is answered otherwise is tried again, with growing pauses, for hours.",
		http.StatusCreated, hook, (*exchange).createWebhook), openapi.JSON(openapi.Input(webhookSchema), example))
	create.Problems = append(create.Problems, http.StatusConflict)
	keys := route(http.MethodGet, "/v1/webhook-keys", "keys", "Read the keys that sign webhooks", "回调签名公钥", "The public keys (SM2) of the signatures on this gateway's requests.", http.StatusOK, openapi.Ref("WebhookKeys"), (*exchange).webhookKeys)
	keys.Public = true
	return []Route{
		create,
		route(http.MethodGet, webhooksPath, "list", "List webhooks", "事件回调列表", "The caller's own.", http.StatusOK, openapi.Ref("Webhooks"), (*exchange).listWebhooks),
		route(http.MethodGet, one, "get", "Read a webhook", "查询事件回调", "How it stands: where it is, what waits, what went wrong last.", http.StatusOK, hook, (*exchange).getWebhook),
		withBody(route(http.MethodPut, one, "update", "Change a webhook", "修改事件回调", "URL, label and filter are replaced; cities that stay go on where they are, new ones begin now.", http.StatusOK, hook, (*exchange).updateWebhook), openapi.JSON(openapi.Input(webhookSchema), example)),
		route(http.MethodDelete, one, "delete", "Remove a webhook", "删除事件回调", "With what waits for it.", http.StatusNoContent, nil, (*exchange).deleteWebhook),
		route(http.MethodPost, one+":suspend", "suspend", "Suspend a webhook", "暂停事件回调", "Nothing is delivered until it is resumed.", http.StatusOK, hook, func(x *exchange) error { return x.setWebhook(store.WebhookSuspended) }),
		route(http.MethodPost, one+":resume", "resume", "Resume a webhook", "恢复事件回调", "It goes on where it was, at once.", http.StatusOK, hook, func(x *exchange) error { return x.setWebhook(store.WebhookActive) }),
		withBody(route(http.MethodPost, one+":replay", "replay", "Replay events from a block", "从区块重放事件", "The city's events from that block on are delivered again.", http.StatusOK, hook, (*exchange).replayWebhook), openapi.JSON(openapi.Input(replaySchema), json.RawMessage(`{"city":"zhengzhou","block":12}`))),
		withBody(route(http.MethodPost, one+":rotate", "rotate", "Rotate a webhook's secret", "轮换回调密钥", "A new secret, which this answer tells once. For a time events carry the authentication codes of both, the new one's first, so that the receiver can change over.", http.StatusOK, hook, (*exchange).rotateWebhook), openapi.Optional(openapi.JSON(openapi.Input(rotateSchema), json.RawMessage(`{"overlapHours":24}`)))),
		route(http.MethodPost, one+":test", "test", "Send a test event", "发送测试事件", "At once, and the answer tells what the receiver made of it. Its type is henanchain.test.", http.StatusOK, openapi.Ref("TestDelivery"), (*exchange).testWebhook),
		list,
		withBody(route(http.MethodPost, one+"/dead-letters:redeliver", "redeliver", "Try dead letters again", "重投死信", "One, or all. The record may have later versions by now, which the receiver has: compare versions.", http.StatusOK, openapi.Ref("Redelivered"), (*exchange).redeliver), openapi.Optional(openapi.JSON(openapi.Input(redeliverSchema), json.RawMessage(`{}`)))),
		keys,
	}
}
