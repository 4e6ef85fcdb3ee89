package rest

import (
	"errors"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"time"

	"henanchain/gateway/fabric"
	"henanchain/gateway/problem"
	"henanchain/internal/catalog"
	"henanchain/internal/operation"
)

const (
	// longestHold bounds how long a read waits for a record's end.
	longestHold = 30 * time.Second
	// Pauses between two looks: one that waits long looks less often.
	waitPause    = 40 * time.Millisecond
	longestPause = 500 * time.Millisecond
)

// lead goes to the main channel where records of that type are kept there: a
// city's caller reads and writes them by the city's path.
func (x *exchange) lead(r *catalog.Record) {
	if !r.Main {
		return
	}
	c := x.Network.Connection()
	if main, ok := c.Channel(c.MainChannel); ok && hasContract(main, x.route.contract.Name) {
		x.channel = main
	}
}

// waits is how long the caller would wait for the record's end (RFC 7240,
// Prefer: wait=seconds); 0 where it would not.
func (x *exchange) waits() time.Duration {
	for _, header := range x.request().Header.Values(headerPrefer) {
		for _, p := range strings.Split(header, ",") {
			if text, ok := strings.CutPrefix(strings.ReplaceAll(strings.TrimSpace(p), " ", ""), "wait="); ok {
				if seconds, err := strconv.Atoi(text); err == nil && seconds > 0 {
					return min(time.Duration(seconds)*time.Second, longestHold)
				}
			}
		}
	}
	return 0
}

// awaitEnd reads a record from the peers until its status is one that nothing
// leads out of, or the wait is over, and answers it as it is then.
func (x *exchange) awaitEnd(r *catalog.Record, id string, wait time.Duration) error {
	deadline, pause := time.Now().Add(wait), waitPause
	for {
		record, err := x.Reader.Get(x.ctx(), x.target(), r.Type, id)
		if err != nil && !isMissing(err) {
			return err
		}
		over := !time.Now().Before(deadline)
		if err == nil && (over || ended(r, record.Status)) {
			h := x.gin.Writer.Header()
			h.Set("ETag", tag(record.Version))
			h.Set("Cache-Control", "no-cache")
			h.Set("Preference-Applied", "wait")
			return x.json(http.StatusOK, record)
		}
		if over {
			return err
		}
		select {
		case <-x.ctx().Done():
			return x.ctx().Err()
		case <-time.After(pause):
		}
		pause = min(pause*5/4, longestPause)
	}
}

// isMissing tells that the ledger has no such record, or a peer that is a block
// behind has none yet.
func isMissing(err error) bool {
	var e *fabric.Error
	var r *operation.Refusal
	if errors.As(err, &e) && e.Refusal != nil {
		r = e.Refusal
	}
	return (r != nil || errors.As(err, &r)) && r.Code == problem.RecordNotFound
}

func ended(r *catalog.Record, status string) bool {
	return slices.ContainsFunc(r.Statuses, func(s catalog.Status) bool { return s.Code == status && s.Terminal })
}
