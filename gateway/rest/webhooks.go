package rest

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"henanchain/gateway/events"
	"henanchain/gateway/httpsig"
	"henanchain/gateway/problem"
	"henanchain/gateway/store"
	"henanchain/gateway/webhook"
	"henanchain/internal/gm"
	"henanchain/internal/operation"
	"henanchain/internal/schema"
)

// Webhooks keeps subscriptions; *store.Store in a gateway.
type Webhooks interface {
	CreateWebhook(ctx context.Context, w *store.Webhook, limit int) error
	Webhooks(ctx context.Context, app string) ([]*store.Webhook, error)
	Webhook(ctx context.Context, app, id string) (*store.Webhook, error)
	UpdateWebhook(ctx context.Context, w *store.Webhook, places map[string]int64, gone []string) error
	SetWebhookState(ctx context.Context, app, id, state string) error
	ReplayWebhook(ctx context.Context, app, id, channel string, place int64) error
	RotateWebhook(ctx context.Context, app, id string, secret []byte, until time.Time) error
	DeleteWebhook(ctx context.Context, app, id string) error
	WebhookCounts(ctx context.Context, id string) (waiting, dead int, err error)
	DeadLetters(ctx context.Context, id, channel string, place int64, limit int) ([]store.Delivery, error)
	Redeliver(ctx context.Context, app, id, channel string, place int64) (int64, error)
}

// Sender posts events to receivers; *webhook.Sender in a gateway.
type Sender interface {
	CheckURL(url string) error
	Send(ctx context.Context, url string, secrets [][]byte, id string, body []byte) webhook.Outcome
	Key() *gm.PublicKey
}

// maxWebhooks is how many an application may have.
const maxWebhooks = 20

// webhookSchema is what an application says of a subscription.
var webhookSchema = func() *schema.Schema {
	zero := int64(0)
	names := func(doc string) *schema.Schema {
		return &schema.Schema{Type: "array", MaxItems: 100, UniqueItems: true, Description: doc, Items: &schema.Schema{Type: "string", MinLength: 1, MaxLength: 64}}
	}
	return &schema.Schema{Type: "object", Closed: true, Required: []string{"url"}, Properties: schema.Properties{
		{Name: "url", Schema: &schema.Schema{Type: "string", MinLength: 1, MaxLength: 2048, Description: "Where events are posted to."}},
		{Name: "label", Schema: &schema.Schema{Type: "string", MaxLength: 128, Description: "What people call it."}},
		{Name: "cities", Schema: names("Cities; absent: all that the caller may call at this moment.")},
		{Name: "ledgers", Schema: names("Ledgers; absent: all.")},
		{Name: "types", Schema: names("Record types; absent: all.")},
		{Name: "operations", Schema: names("Operations; absent: all.")},
		{Name: "statuses", Schema: names("Statuses after the change; absent: all.")},
		{Name: "fromBlock", Schema: &schema.Schema{Type: "integer", Minimum: &zero, Description: "The block of the one city named with which it begins; absent: it begins now."}},
	}}
}()

// webhookBody is that, read.
type webhookBody struct {
	URL       string  `json:"url"`
	Label     string  `json:"label"`
	FromBlock *uint64 `json:"fromBlock"`
	events.Filter
}

func (x *exchange) webhookBody() (*webhookBody, error) {
	if _, err := x.contentType(typeJSON); err != nil {
		return nil, err
	}
	raw, err := x.body(x.Limits.BodyBytes)
	if err != nil {
		return nil, err
	}
	normal, err := checked(webhookSchema, raw, "", nil)
	if err != nil {
		return nil, err
	}
	body := &webhookBody{}
	if err := json.Unmarshal(normal, body); err != nil {
		return nil, problem.New(problem.JSONMalformed, "The subscription cannot be read: %s.", err)
	}
	if err := x.Sender.CheckURL(body.URL); err != nil {
		return nil, inputInvalid(operation.FieldError{Field: "url", Code: schema.Format, Message: err.Error()})
	}
	return body, x.checkFilter(&body.Filter, [5]string{"cities", "ledgers", "types", "operations", "statuses"})
}

func (x *exchange) createWebhook() error {
	body, err := x.webhookBody()
	if err != nil {
		return err
	}
	places, err := x.startAt(body.Cities, body.FromBlock, "fromBlock")
	if err != nil {
		return err
	}
	filter, err := json.Marshal(body.Filter)
	if err != nil {
		return err
	}
	secret := newSecret()
	w := &store.Webhook{ID: rand.Text(), App: x.caller.Name, URL: body.URL, Label: body.Label, Filter: filter, Secret: secret,
		State: store.WebhookActive, Created: time.Now(), Updated: time.Now(), Places: places}
	err = x.Webhooks.CreateWebhook(x.ctx(), w, maxWebhooks)
	if errors.Is(err, store.ErrTooMany) {
		return problem.New(problem.WebhookLimit, "The application %s has %d webhooks already; remove one first.", x.caller.Name, maxWebhooks)
	}
	if err != nil {
		return storeAway(err)
	}
	x.Wake()
	d, err := x.describe(w)
	if err != nil {
		return err
	}
	x.gin.Writer.Header().Set("Location", webhooksPath+"/"+w.ID)
	return x.tellSecret(http.StatusCreated, d, secret)
}

func (x *exchange) listWebhooks() error {
	all, err := x.Webhooks.Webhooks(x.ctx(), x.caller.Name)
	if err != nil {
		return storeAway(err)
	}
	out := struct {
		Webhooks []*webhookDocument `json:"webhooks"`
	}{[]*webhookDocument{}}
	for _, w := range all {
		d, err := x.describe(w)
		if err != nil {
			return err
		}
		out.Webhooks = append(out.Webhooks, d)
	}
	return x.json(http.StatusOK, out)
}

// webhook is the one in the path, if it is the caller's.
func (x *exchange) webhook() (*store.Webhook, error) {
	id := x.gin.Param("webhook")
	w, err := x.Webhooks.Webhook(x.ctx(), x.caller.Name, id)
	if err != nil {
		return nil, x.webhookProblem(err)
	}
	return w, nil
}

func (x *exchange) webhookProblem(err error) error {
	if errors.Is(err, store.ErrNotFound) {
		return problem.New(problem.WebhookNotFound, "The application %s has no webhook %.64q.", x.caller.Name, x.gin.Param("webhook"))
	}
	return storeAway(err)
}

func (x *exchange) getWebhook() error {
	w, err := x.webhook()
	if err != nil {
		return err
	}
	d, err := x.describe(w)
	if err != nil {
		return err
	}
	return x.json(http.StatusOK, d)
}

// updateWebhook replaces URL, label and filter; cities that stay go on where
// they are.
func (x *exchange) updateWebhook() error {
	w, err := x.webhook()
	if err != nil {
		return err
	}
	body, err := x.webhookBody()
	if err != nil {
		return err
	}
	if body.FromBlock != nil {
		return inputInvalid(operation.FieldError{Field: "fromBlock", Code: schema.Unknown, Message: "is for a new webhook; POST …:replay goes back to a block"})
	}
	now, err := x.startAt(body.Cities, nil, "")
	if err != nil {
		return err
	}
	places, gone := map[string]int64{}, []string{}
	for city := range w.Places {
		if _, stays := now[city]; !stays {
			gone = append(gone, city)
		}
	}
	for city, place := range now {
		if _, had := w.Places[city]; !had {
			places[city] = place
		}
	}
	w.URL, w.Label = body.URL, body.Label
	if w.Filter, err = json.Marshal(body.Filter); err != nil {
		return err
	}
	return x.changed(x.Webhooks.UpdateWebhook(x.ctx(), w, places, gone))
}

// changed answers a change with how the webhook stands now.
func (x *exchange) changed(err error) error {
	if err != nil {
		return x.webhookProblem(err)
	}
	x.Wake()
	return x.getWebhook()
}

func (x *exchange) deleteWebhook() error {
	if err := x.Webhooks.DeleteWebhook(x.ctx(), x.caller.Name, x.gin.Param("webhook")); err != nil {
		return x.webhookProblem(err)
	}
	x.Wake()
	x.audit(http.StatusNoContent)
	x.gin.Writer.WriteHeader(http.StatusNoContent)
	return nil
}

func (x *exchange) setWebhook(state string) error {
	return x.changed(x.Webhooks.SetWebhookState(x.ctx(), x.caller.Name, x.gin.Param("webhook"), state))
}

var replaySchema = func() *schema.Schema {
	zero := int64(0)
	return &schema.Schema{Type: "object", Closed: true, Required: []string{"city", "block"}, Properties: schema.Properties{
		{Name: "city", Schema: &schema.Schema{Type: "string", MaxLength: 64, Description: "One of the webhook's cities."}},
		{Name: "block", Schema: &schema.Schema{Type: "integer", Minimum: &zero, Description: "The first block whose events are delivered again."}},
	}}
}()

// replayWebhook goes back to a block.
func (x *exchange) replayWebhook() error {
	w, err := x.webhook()
	if err != nil {
		return err
	}
	var body struct {
		City  string `json:"city"`
		Block uint64 `json:"block"`
	}
	if err := x.read(replaySchema, &body); err != nil {
		return err
	}
	if ch, ok := x.Network.Connection().Channel(body.City); ok {
		body.City = ch.Name
	}
	if _, has := w.Places[body.City]; !has {
		return inputInvalid(operation.FieldError{Field: "city", Code: schema.Enum, Message: "is none of the webhook's cities"})
	}
	place, err := x.placeBefore(body.City, body.Block)
	if err != nil {
		return err
	}
	return x.changed(x.Webhooks.ReplayWebhook(x.ctx(), w.App, w.ID, body.City, place))
}

// read reads a JSON body of a schema. None at all is an object without members.
func (x *exchange) read(s *schema.Schema, into any) error {
	raw, err := x.body(x.Limits.BodyBytes) // to its end, so that a signed one is held to its digest
	if err != nil {
		return err
	}
	if len(raw) == 0 {
		raw = []byte("{}")
	} else if _, err := x.contentType(typeJSON); err != nil {
		return err
	}
	normal, err := checked(s, raw, "", nil)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(normal, into); err != nil {
		return problem.New(problem.JSONMalformed, "The body cannot be read: %s.", err)
	}
	return nil
}

// testDelivery is what a receiver made of a test.
type testDelivery struct {
	Delivered bool    `json:"delivered"`
	Status    int     `json:"status,omitempty"`
	Error     string  `json:"error,omitempty"`
	Millis    float64 `json:"milliseconds"`
}

// testWebhook posts an event that tells of nothing, and answers what came of it.
func (x *exchange) testWebhook() error {
	w, err := x.webhook()
	if err != nil {
		return err
	}
	id := "test-" + x.id
	body, err := json.Marshal(map[string]any{"specversion": "1.0", "id": id, "source": webhooksPath + "/" + w.ID, "type": "henanchain.test", "time": time.Now().UTC().Format(time.RFC3339),
		"datacontenttype": typeJSON, "data": map[string]string{"webhook": w.ID}})
	if err != nil {
		return err
	}
	o := x.Sender.Send(x.ctx(), w.URL, w.Secrets(time.Now()), id, body)
	return x.json(http.StatusOK, testDelivery{o.Taken(), o.Status, o.Error, float64(o.Took.Microseconds()) / 1000})
}

type deadLetter struct {
	Event    string    `json:"event"` // its id
	Record   string    `json:"record"`
	Attempts int       `json:"attempts"`
	Status   int       `json:"status,omitempty"`
	Error    string    `json:"error"`
	Since    time.Time `json:"since"` // when it was first due
	GivenUp  time.Time `json:"givenUp"`
}

// deadLetters lists the events that were given up.
func (x *exchange) deadLetters() error {
	w, err := x.webhook()
	if err != nil {
		return err
	}
	if err := x.known(paramLimit, paramCursor); err != nil {
		return err
	}
	query := x.request().URL.Query()
	limit, after, err := x.deadPage(query.Get(paramLimit), query.Get(paramCursor))
	if err != nil {
		return err
	}
	all, err := x.Webhooks.DeadLetters(x.ctx(), w.ID, after.channel, after.place, limit)
	if err != nil {
		return storeAway(err)
	}
	out := struct {
		DeadLetters []deadLetter `json:"deadLetters"`
		Next        string       `json:"next,omitempty"`
	}{DeadLetters: []deadLetter{}}
	for _, d := range all {
		out.DeadLetters = append(out.DeadLetters, deadLetter{events.ID(d.Channel, d.Place), d.Record, d.Attempts, d.Status, d.Error, d.Created.UTC(), d.Dead.UTC()})
	}
	if len(all) == limit {
		out.Next = out.DeadLetters[limit-1].Event
	}
	return x.json(http.StatusOK, out)
}

// eventAt is an event by its place.
type eventAt struct {
	channel string
	place   int64
}

func (x *exchange) deadPage(limitText, cursor string) (limit int, after eventAt, err error) {
	limit = min(defaultLimit, x.Limits.PageSize)
	if limitText != "" {
		if limit, err = x.limitText(limitText); err != nil {
			return 0, after, err
		}
	}
	if cursor != "" {
		if after.channel, after.place, err = events.ParseID(cursor); err != nil {
			err = inputInvalid(operation.FieldError{Field: paramCursor, Code: schema.Format, Message: "must be a cursor as the page before gave it"})
		}
	}
	return limit, after, err
}

var redeliverSchema = &schema.Schema{Type: "object", Closed: true, Properties: schema.Properties{
	{Name: "event", Schema: &schema.Schema{Type: "string", MaxLength: 128, Description: "The id of one event; absent: all."}},
}}

// redeliver has dead letters tried again.
func (x *exchange) redeliver() error {
	var body struct {
		Event string `json:"event"`
	}
	if err := x.read(redeliverSchema, &body); err != nil {
		return err
	}
	var one eventAt
	var err error
	if body.Event != "" {
		if one.channel, one.place, err = events.ParseID(body.Event); err != nil {
			return inputInvalid(operation.FieldError{Field: "event", Code: schema.Format, Message: err.Error()})
		}
	}
	n, err := x.Webhooks.Redeliver(x.ctx(), x.caller.Name, x.gin.Param("webhook"), one.channel, one.place)
	if err != nil {
		return x.webhookProblem(err)
	}
	x.Wake()
	return x.json(http.StatusOK, map[string]int64{"redelivered": n})
}

type webhookKey struct {
	ID        string `json:"keyId"`
	Algorithm string `json:"algorithm"`
	PublicKey string `json:"publicKey"` // PEM
}

// webhookKeys tells by which keys this gateway's requests are signed.
func (x *exchange) webhookKeys() error {
	keys := []webhookKey{}
	if key := x.Sender.Key(); key != nil {
		keys = append(keys, webhookKey{key.ID(), httpsig.Algorithm, string(key.PEM())})
	}
	return x.json(http.StatusOK, map[string]any{"keys": keys})
}
