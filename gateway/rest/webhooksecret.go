package rest

import (
	"crypto/rand"
	"encoding/base64"
	"net/http"
	"time"

	"henanchain/internal/schema"
)

// secretPrefix begins a secret, as Standard Webhooks writes it.
const secretPrefix = "whsec_"

func newSecret() []byte {
	secret := make([]byte, 32)
	rand.Read(secret) //nolint:errcheck // it never fails
	return secret
}

// tellSecret answers how a webhook stands, with its new secret, which is told
// this once.
func (x *exchange) tellSecret(status int, d *webhookDocument, secret []byte) error {
	d.Secret = secretPrefix + base64.StdEncoding.EncodeToString(secret)
	x.gin.Writer.Header().Set("Cache-Control", "no-store")
	return x.json(status, d)
}

// Hours for which the secret before stands beside a new one.
const (
	usualOverlap   = 24
	longestOverlap = 7 * 24
)

var rotateSchema = func() *schema.Schema {
	zero, most := int64(0), int64(longestOverlap)
	return &schema.Schema{Type: "object", Closed: true, Properties: schema.Properties{
		{Name: "overlapHours", Schema: &schema.Schema{Type: "integer", Minimum: &zero, Maximum: &most, Description: "For how long events carry the authentication code of the secret before too; absent: 24; 0: that one has leaked, and ends now."}},
	}}
}()

// rotateWebhook gives a webhook a new secret, and tells it.
func (x *exchange) rotateWebhook() error {
	var body struct {
		OverlapHours *int64 `json:"overlapHours"`
	}
	if err := x.read(rotateSchema, &body); err != nil {
		return err
	}
	overlap := int64(usualOverlap)
	if body.OverlapHours != nil {
		overlap = *body.OverlapHours
	}
	secret := newSecret()
	if err := x.Webhooks.RotateWebhook(x.ctx(), x.caller.Name, x.gin.Param("webhook"), secret, time.Now().Add(time.Duration(overlap)*time.Hour)); err != nil {
		return x.webhookProblem(err)
	}
	x.Wake()
	w, err := x.webhook()
	if err != nil {
		return err
	}
	d, err := x.describe(w)
	if err != nil {
		return err
	}
	return x.tellSecret(http.StatusOK, d, secret)
}
