package rest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/tmaxmax/go-sse"
	"go.uber.org/zap"

	"henanchain/gateway/events"
	"henanchain/gateway/index"
	"henanchain/gateway/openapi"
	"henanchain/gateway/problem"
	"henanchain/internal/catalog"
	"henanchain/internal/operation"
	"henanchain/internal/schema"
)

// Events tell what changes on the ledgers; *events.Hub in a gateway.
type Events interface {
	Now() (map[string]index.Head, <-chan struct{})
	Changes(ctx context.Context, channel string, after int64, limit int) ([]index.Change, int64, error)
	PlaceBefore(ctx context.Context, channel string, number uint64) (int64, error)
}

// Sight tells who may see which change; *events.Sight in a gateway.
type Sight interface {
	Sees(ctx context.Context, from catalog.Reader, c *index.Change) (bool, error)
}

// Bounds of streams of events.
const (
	maxStreams     = 20 // of an application
	streamLife     = 15 * time.Minute
	heartbeat      = 15 * time.Second
	streamRead     = 256 // places looked at in one step
	streamPatience = 30 * time.Second
	reconnectIn    = 2 * time.Second
	typeStream     = "text/event-stream"
	eventsPath     = "/v1/events"
)

// Parameters of streams beside Last-Event-ID.
const (
	paramCity, paramLedger, paramType, paramOperation, paramStatus = "city", "ledger", "type", "operation", "status"
	paramFrom, paramLastEvent                                      = "from", "lastEventId"
	lastEventHeader                                                = "Last-Event-ID"
)

// streams are those that are open.
type streams struct {
	mu    sync.Mutex
	byApp map[string]int
	once  sync.Once
	end   chan struct{}
}

func newStreams() *streams { return &streams{byApp: map[string]int{}, end: make(chan struct{})} }

func (s *streams) enter(app string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byApp[app] >= maxStreams {
		return false
	}
	s.byApp[app]++
	return true
}

func (s *streams) leave(app string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.byApp[app]--; s.byApp[app] == 0 {
		delete(s.byApp, app)
	}
}

// EndStreams ends the streams of events, which would not end by themselves when
// the gateway stops. Their receivers go on at another gateway, or at the next start.
func (s *Server) EndStreams() { s.streams.once.Do(func() { close(s.streams.end) }) }

func eventsRoute() Route {
	several := func(name, doc string) openapi.Parameter {
		return openapi.Parameter{Name: name, In: "query", Description: doc, Schema: map[string]any{"type": "array", "items": map[string]string{"type": "string"}}}
	}
	answer := openapi.Text("the events, until the gateway ends the stream", typeStream)
	return Route{
		Endpoint: openapi.Endpoint{
			Method: http.MethodGet, Path: eventsPath, ID: "events.stream", Tag: "events", Summary: "Receive events as they happen", SummaryZh: "订阅事件流",
			Doc: "Server-sent events: each version of a record that comes to the ledgers of the caller's cities, in the order of the blocks, as a CloudEvent. " +
				"A stream ends after 15 minutes at the latest, when the caller may no longer have it, and whenever the gateway stops; the receiver connects again with the id of the last event in Last-Event-ID (browsers and libraries do so by themselves) and misses nothing. " +
				"Without it a stream begins now, or with a block. An event may come twice; its id and source tell.",
			Parameters: []openapi.Parameter{
				{Ref: "#/components/parameters/RequestID"},
				several(paramCity, "Cities; absent: all that the caller may call."), several(paramLedger, "Ledgers."), several(paramType, "Record types."),
				several(paramOperation, "Operations."), several(paramStatus, "Statuses after the change."),
				{Name: paramFrom, In: "query", Description: "A block of the one city named, with which the stream begins.", Schema: map[string]any{"type": "integer", "minimum": 0}},
				{Name: paramLastEvent, In: "query", Description: "As the header Last-Event-ID, where a client cannot set it.", Schema: map[string]string{"type": "string"}},
				{Name: lastEventHeader, In: "header", Description: "The id of the last event that came.", Schema: map[string]string{"type": "string"}},
			},
			Success:  map[int]*openapi.Response{http.StatusOK: answer},
			Problems: []int{http.StatusUnprocessableEntity},
		},
		stream: true, handle: (*exchange).stream,
	}
}

// stream sends events until the receiver, the gateway or the time ends it.
func (x *exchange) stream() error {
	filter, at, err := x.streamBegin()
	if err != nil {
		return err
	}
	if !x.streams.enter(x.caller.Name) {
		return problem.New(problem.TooManyRequests, "The application %s has %d streams open already.", x.caller.Name, maxStreams)
	}
	defer x.streams.leave(x.caller.Name)
	control := http.NewResponseController(x.gin.Writer)
	control.SetReadDeadline(time.Time{}) //nolint:errcheck // where it cannot be set there is none
	x.audit(http.StatusOK)
	x.gin.Writer.Header().Set("Cache-Control", "no-store")
	x.gin.Writer.Header().Set("X-Accel-Buffering", "no")
	session, err := sse.Upgrade(x.gin.Writer, x.request())
	if err != nil {
		return fmt.Errorf("begin a stream: %w", err)
	}
	s := &streaming{exchange: x, rights: x.rightsBy(x.name()), filter: filter, at: at, session: session, control: control}
	if err := s.run(); err != nil && x.ctx().Err() == nil {
		x.Log.Info("a stream of events ended early", zap.String("requestId", x.id), zap.String("app", x.caller.Name), zap.Error(err))
	}
	return nil
}

// streaming is a stream that is open.
type streaming struct {
	*exchange
	rights  rights
	filter  *events.Filter
	at      events.Position
	session *sse.Session
	control *http.ResponseController
}

func (s *streaming) run() error {
	if err := s.beat(reconnectIn); err != nil {
		return err
	}
	life, beat := time.NewTimer(streamLife), time.NewTicker(heartbeat)
	defer life.Stop()
	defer beat.Stop()
	for {
		heads, news := s.Events.Now()
		for _, city := range s.filter.Cities {
			if err := s.city(city, heads[city].Place); err != nil {
				return err
			}
		}
		select {
		case <-s.ctx().Done():
			return nil
		case <-s.streams.end:
			return nil
		case <-life.C:
			return nil
		case <-news:
		case <-beat.C:
			if err := s.beat(0); err != nil {
				return err
			}
		}
	}
}

// city sends what a city has new. Where the caller may have no more of it the
// stream ends: whoever connects again is told why.
func (s *streaming) city(city string, head int64) error {
	if err := s.rights.Follows(s.ctx(), s.caller.Name, city); err != nil {
		return err
	}
	for s.at[city] < head {
		changes, through, err := s.Events.Changes(s.ctx(), city, s.at[city], streamRead)
		if err != nil || through == s.at[city] {
			return err
		}
		sent := false
		for i := range changes {
			if !s.filter.Matches(&changes[i]) {
				continue
			}
			var denied *events.Denied
			err := s.rights.Receives(s.ctx(), s.caller.Name, &changes[i])
			if errors.As(err, &denied) && !denied.Channel {
				continue
			}
			if err != nil {
				return errors.Join(err, s.session.Flush())
			}
			s.at[city] = changes[i].Place
			if err := s.send(&changes[i]); err != nil {
				return err
			}
			sent = true
		}
		s.at[city] = through
		if sent {
			if err := s.session.Flush(); err != nil {
				return err
			}
		}
		select {
		case <-s.streams.end:
			return nil
		default:
		}
	}
	return nil
}

func (s *streaming) send(c *index.Change) error {
	data, err := json.Marshal(events.Of(c))
	if err != nil {
		return err
	}
	m := &sse.Message{ID: sse.ID(s.at.String())}
	m.AppendData(string(data))
	s.control.SetWriteDeadline(time.Now().Add(streamPatience)) //nolint:errcheck // where it cannot be set there is none
	return s.session.Send(m)
}

// beat keeps the connection up, and tells where the receiver is: what the
// filter left out is not looked at again.
func (s *streaming) beat(retry time.Duration) error {
	m := &sse.Message{ID: sse.ID(s.at.String()), Retry: retry}
	s.control.SetWriteDeadline(time.Now().Add(streamPatience)) //nolint:errcheck // where it cannot be set there is none
	if err := s.session.Send(m); err != nil {
		return err
	}
	return s.session.Flush()
}

// streamBegin reads the filter, and where the stream begins.
func (x *exchange) streamBegin() (*events.Filter, events.Position, error) {
	query := x.request().URL.Query()
	filter := &events.Filter{}
	var from *uint64
	for _, name := range sortedKeys(query) {
		values := query[name]
		switch name {
		case paramCity:
			filter.Cities = values
		case paramLedger:
			filter.Ledgers = values
		case paramType:
			filter.Types = values
		case paramOperation:
			filter.Operations = values
		case paramStatus:
			filter.Statuses = values
		case paramLastEvent:
		case paramFrom:
			n, err := strconv.ParseUint(values[0], 10, 62)
			if err != nil || len(values) != 1 {
				return nil, nil, inputInvalid(operation.FieldError{Field: paramFrom, Code: schema.Type, Message: "must be one block's number"})
			}
			from = &n
		default:
			return nil, nil, inputInvalid(operation.FieldError{Field: name, Code: schema.Unknown, Message: "is not a parameter here"})
		}
	}
	if err := x.checkFilter(filter, [5]string{paramCity, paramLedger, paramType, paramOperation, paramStatus}); err != nil {
		return nil, nil, err
	}
	at, err := x.startAt(filter.Cities, from, paramFrom)
	if err != nil {
		return nil, nil, err
	}
	last, err := x.lastEvent(query)
	for city := range at {
		if place, ok := last[city]; ok {
			at[city] = place
		}
	}
	return filter, at, err
}

// lastEvent reads where the receiver says that it is.
func (x *exchange) lastEvent(query url.Values) (events.Position, error) {
	text, field := x.header(lastEventHeader), lastEventHeader
	if text == "" {
		text, field = query.Get(paramLastEvent), paramLastEvent
	}
	if text == "" {
		return nil, nil
	}
	last, err := events.ParsePosition(text)
	if err != nil {
		return nil, inputInvalid(operation.FieldError{Field: field, Code: schema.Format, Message: err.Error()})
	}
	return last, nil
}

// startAt is where a subscription begins: with a block of one city, else now.
func (x *exchange) startAt(cities []string, block *uint64, field string) (events.Position, error) {
	if block != nil && len(cities) != 1 {
		return nil, inputInvalid(operation.FieldError{Field: field, Code: schema.Unknown, Message: "goes with one city: each has blocks of its own"})
	}
	heads, _ := x.Events.Now()
	at := events.Position{}
	for _, city := range cities {
		at[city] = heads[city].Place
		if block == nil {
			continue
		}
		place, err := x.placeBefore(city, *block)
		if err != nil {
			return nil, err
		}
		at[city] = place
	}
	return at, nil
}

func (x *exchange) placeBefore(city string, block uint64) (int64, error) {
	place, err := x.Events.PlaceBefore(x.ctx(), city, block)
	switch {
	case errors.Is(err, index.ErrNotFound):
		return 0, problem.New(problem.BlockNotFound, "The channel %s has no block %d, as far as it was read.", city, block)
	case err != nil:
		return 0, indexAway(err)
	}
	return place, nil
}

// checkFilter holds a filter to what there is and what the caller may see;
// without a city it is of all of the caller's. Names are those of the fields.
func (x *exchange) checkFilter(f *events.Filter, names [5]string) error {
	cities := []string{}
	for _, name := range f.Cities {
		ch, err := x.cityOf(x.caller, name)
		if err != nil {
			return err
		}
		cities = append(cities, ch.Name)
	}
	if len(cities) == 0 {
		cities = append(cities, x.caller.Cities...)
	}
	slices.Sort(cities)
	f.Cities = slices.Compact(cities)
	known := knownTo(x.Contracts)
	var wrong []operation.FieldError
	for i, values := range [][]string{f.Ledgers, f.Types, f.Operations, f.Statuses} {
		for _, v := range values {
			if !known[i][v] {
				wrong = append(wrong, operation.FieldError{Field: names[i+1], Code: schema.Enum, Message: fmt.Sprintf("%.64q is none of the ledgers'", v)})
			}
		}
	}
	if len(wrong) > 0 {
		return inputInvalid(wrong...)
	}
	return nil
}

// knownTo are the names of ledgers, record types, operations and statuses.
func knownTo(contracts []catalog.Contract) [4]map[string]bool {
	all := [4]map[string]bool{{}, {}, {}, {}}
	for _, c := range contracts {
		all[0][c.Name] = true
		for _, r := range c.Records {
			all[1][r.Type] = true
			for _, s := range r.Statuses {
				all[3][s.Code] = true
			}
		}
		for _, op := range c.Operations {
			all[2][op.Name] = true
		}
	}
	return all
}
