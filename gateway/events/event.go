// Package events tells business systems what changes on the ledgers: each
// version of a record is an event, in the order of its channel's blocks. An
// event's place in its channel is its number; the same blocks give the same
// numbers, so that a receiver goes on where it was whatever was restarted or
// made again in between.
package events

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"henanchain/gateway/index"
)

// MediaType is that of one event, JSON as CloudEvents 1.0 has it.
const MediaType = "application/cloudevents+json"

// Filter chooses events. An empty list lets everything through, but for Cities.
type Filter struct {
	// Cities are the channels, by name.
	Cities     []string `json:"cities"`
	Ledgers    []string `json:"ledgers,omitempty"`
	Types      []string `json:"types,omitempty"` // of records
	Operations []string `json:"operations,omitempty"`
	Statuses   []string `json:"statuses,omitempty"` // after the change
}

// Matches tells whether the filter lets a change through.
func (f *Filter) Matches(c *index.Change) bool {
	has := func(list []string, value string) bool { return len(list) == 0 || slices.Contains(list, value) }
	return slices.Contains(f.Cities, c.Channel) && has(f.Ledgers, c.Contract) && has(f.Types, c.Type) && has(f.Operations, c.Op) && has(f.Statuses, c.Status)
}

// Event is a change as receivers get it: a CloudEvent (CNCF, version 1.0).
type Event struct {
	SpecVersion string    `json:"specversion"`
	ID          string    `json:"id"`     // CITY-PLACE
	Source      string    `json:"source"` // the ledger's path at the gateway
	Type        string    `json:"type"`   // henanchain.LEDGER.OPERATION
	Subject     string    `json:"subject,omitempty"`
	Time        time.Time `json:"time"` // of the transaction
	ContentType string    `json:"datacontenttype"`
	Data        Data      `json:"data"`
}

// Data is what an event tells of a change.
type Data struct {
	City      string          `json:"city"`
	Ledger    string          `json:"ledger"`
	Type      string          `json:"type"`
	ID        string          `json:"id"`
	Version   int             `json:"version,omitempty"`
	Status    string          `json:"status,omitempty"`
	Operation string          `json:"operation,omitempty"`
	Deleted   bool            `json:"deleted,omitempty"`
	Org       string          `json:"org"` // MSP of the caller
	App       string          `json:"app,omitempty"`
	Block     uint64          `json:"block"`
	TxID      string          `json:"txId"`
	Record    json.RawMessage `json:"record,omitempty"` // as on the ledger
}

// prefix begins the type of every event.
const prefix = "henanchain."

// Of makes the event of a change.
func Of(c *index.Change) Event {
	op := c.Op
	if c.Value == nil {
		op = "deleted"
	}
	return Event{
		SpecVersion: "1.0", ID: ID(c.Channel, c.Place), Source: "/v1/" + c.Channel + "/" + c.Contract, Type: prefix + c.Contract + "." + op,
		Subject: c.Type + "/" + c.ID, Time: c.Time, ContentType: "application/json",
		Data: Data{City: c.Channel, Ledger: c.Contract, Type: c.Type, ID: c.ID, Version: c.Version, Status: c.Status, Operation: c.Op, Deleted: c.Value == nil,
			Org: c.MSP, App: c.App, Block: c.Block, TxID: c.TxID, Record: c.Value},
	}
}

// ID names the event at a place of a channel.
func ID(channel string, place int64) string { return channel + "-" + strconv.FormatInt(place, 10) }

// ParseID reads what ID wrote.
func ParseID(id string) (channel string, place int64, err error) {
	cut := strings.LastIndexByte(id, '-')
	if cut <= 0 {
		return "", 0, fmt.Errorf("%.64q is no event's id: a city, a minus and a number", id)
	}
	if place, err = strconv.ParseInt(id[cut+1:], 10, 39); err != nil || place < 0 {
		return "", 0, fmt.Errorf("%.64q is no event's id: a city, a minus and a number", id)
	}
	return id[:cut], place, nil
}

// Position is how far somebody is in several channels: the place up to which
// each was told.
type Position map[string]int64

// String writes a position as the ids of the last events, by city.
func (p Position) String() string {
	all := make([]string, 0, len(p))
	for channel, place := range p {
		all = append(all, ID(channel, place))
	}
	slices.Sort(all)
	return strings.Join(all, ",")
}

// maxPosition bounds the cities of a position.
const maxPosition = 64

// ParsePosition reads what Position.String wrote; the id of one event is the
// position after it.
func ParsePosition(text string) (Position, error) {
	parts := strings.Split(text, ",")
	if len(parts) > maxPosition {
		return nil, fmt.Errorf("it names %d cities; at most %d are taken", len(parts), maxPosition)
	}
	p := Position{}
	for _, part := range parts {
		channel, place, err := ParseID(part)
		if err != nil {
			return nil, err
		}
		if _, twice := p[channel]; twice {
			return nil, fmt.Errorf("it names %.64q twice", channel)
		}
		p[channel] = place
	}
	return p, nil
}
