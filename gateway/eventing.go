package main

import (
	"context"
	"fmt"
	"sync"

	"github.com/prometheus/client_golang/prometheus"

	"henanchain/gateway/events"
	"henanchain/gateway/rest"
	"henanchain/gateway/store"
	"henanchain/gateway/webhook"
	"henanchain/internal/catalog"
)

// eventing tells business systems what changes. A nil one tells nothing: events
// come from the read model.
type eventing struct {
	hub       *events.Hub
	sight     *events.Sight
	sender    *webhook.Sender
	deliverer *webhook.Deliverer
	store     *store.Store
}

// openEvents makes the parts of the events of a gateway with a read model.
func openEvents(s *service, contracts []catalog.Contract) (*eventing, error) {
	if s.model == nil {
		return nil, nil
	}
	c := s.config.Webhooks
	networks, err := c.Prefixes()
	if err != nil {
		return nil, err
	}
	o := webhook.SenderOptions{Networks: networks, Plain: c.Plain, Timeout: c.Timeout}
	if c.Key != "" {
		if o.Key, err = readPrivateKey(c.Key, s.secrets); err != nil {
			return nil, fmt.Errorf("webhooks.key: %w", err)
		}
	}
	return &eventing{sight: events.NewSight(s.model.index, contracts), hub: events.NewHub(s.model.index, s.log.Named("events")), sender: webhook.NewSender(o), store: s.store}, nil
}

// deliver makes the deliverer of the webhooks, which asks the door what may be
// delivered.
func (e *eventing) deliver(s *service, metrics prometheus.Registerer) {
	if e == nil {
		return
	}
	e.deliverer = webhook.New(e.store, e.hub, e.sender, s.door.WebhookRights(), webhook.Options{Attempts: s.config.Webhooks.Attempts, Metrics: metrics, Log: s.log.Named("webhook")})
}

// run tells until ctx ends.
func (e *eventing) run(ctx context.Context) {
	if e == nil {
		return
	}
	var running sync.WaitGroup
	running.Go(func() { e.hub.Run(ctx) })
	running.Go(func() { e.deliverer.Run(ctx) })
	running.Wait()
}

// serve lets the door tell of events.
func (e *eventing) serve(o *rest.Options) {
	if e == nil {
		return
	}
	o.Events, o.Sight, o.Webhooks, o.Sender, o.Wake = e.hub, e.sight, e.store, e.sender, func() { e.deliverer.Wake() } // it is made after the door
}
