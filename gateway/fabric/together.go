package fabric

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"henanchain/internal/operation"
)

// together brings reads of the ledger together: those of one application from one
// contract that come while others are under way wait for them, and go as one call
// of Read. A read that finds none under way goes at once, alone. Every read is
// sent after it was asked for, so that it sees whatever was committed before.
type together struct {
	mu    sync.Mutex
	lines map[Place]*line
}

// line are the reads of one place.
type line struct {
	underway int      // calls
	waiting  []*asked // reads
	// apart is until when reads go alone: the contract does not know Read.
	apart time.Time
}

// asked is a read that waits.
type asked struct {
	ctx      context.Context
	question operation.Question
	answered chan answered // takes one
}

type answered struct {
	text json.RawMessage
	err  error
}

const (
	readsUnderway = 4   // calls of one place at a time
	readsTogether = 200 // reads in one call: some 300 kB of answers
	readsApart    = time.Minute
)

// read asks a question that Read answers as well.
func (n *Network) read(ctx context.Context, at Place, question operation.Question) (json.RawMessage, error) {
	q := &asked{ctx, question, make(chan answered, 1)}
	l, waits := n.together.enter(at, q)
	if !waits {
		text, err := n.readAlone(ctx, at, question)
		if l != nil {
			n.leave(at, l)
		}
		return text, err
	}
	select {
	case a := <-q.answered:
		return a.text, a.err
	case <-ctx.Done():
		p := at.proposal(question)
		return nil, classify(ctx.Err(), p.doing("evaluate"))
	}
}

// enter takes a read up: it waits, or it goes alone; then what it entered is left
// again, or nil where nothing was.
func (t *together) enter(at Place, q *asked) (l *line, waits bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.lines == nil {
		t.lines = map[Place]*line{}
	}
	l = t.lines[at]
	if l == nil {
		l = &line{}
		t.lines[at] = l
	}
	switch {
	case time.Now().Before(l.apart):
		return nil, false
	case l.underway < readsUnderway:
		l.underway++
		return l, false
	default:
		l.waiting = append(l.waiting, q)
		return l, true
	}
}

// leave hands a call's place to those who wait.
func (n *Network) leave(at Place, l *line) {
	if batch := n.together.take(at, l); len(batch) > 0 {
		go func() {
			for ; len(batch) > 0; batch = n.together.take(at, l) {
				n.readAll(at, l, batch)
			}
		}()
	}
}

// take takes the reads of the next call out of a line. Where none waits, the
// call's place is given up.
func (t *together) take(at Place, l *line) []*asked {
	t.mu.Lock()
	defer t.mu.Unlock()
	size := min(len(l.waiting), readsTogether)
	if size == 0 {
		if l.underway--; l.underway == 0 && time.Now().After(l.apart) {
			delete(t.lines, at)
		}
		return nil
	}
	batch := l.waiting[:size:size]
	l.waiting = l.waiting[size:]
	if len(l.waiting) == 0 {
		l.waiting = nil
	}
	return batch
}

// readAll answers reads with one call, and where that fails by anything but the
// network, one after the other: one of them may be at fault, or their answers
// together too large.
func (n *Network) readAll(at Place, l *line, batch []*asked) {
	questions := make([]operation.Question, 0, len(batch))
	live := batch[:0]
	for _, q := range batch {
		if q.ctx.Err() == nil { // nobody waits for it any more
			questions, live = append(questions, q.question), append(live, q)
		}
	}
	if len(live) == 0 {
		return
	}
	// The call goes on where the first of those who wait for it goes away.
	ctx := context.WithoutCancel(live[0].ctx)
	if len(live) > 1 && n.readTogether(ctx, at, l, live, questions) {
		return
	}
	for _, q := range live {
		text, err := n.readAlone(ctx, at, q.question)
		q.answered <- answered{text, err}
	}
}

// readTogether answers reads with one call, unless it tells that they are to be
// asked one by one.
func (n *Network) readTogether(ctx context.Context, at Place, l *line, batch []*asked, questions []operation.Question) bool {
	readings, err := n.readings(ctx, at, questions)
	if err == nil {
		for i, q := range batch {
			q.answered <- reading(at, q.question, readings[i])
		}
		return true
	}
	switch KindOf(err) {
	case Unavailable, Deadline, Denied, Unsettled:
		for _, q := range batch {
			q.answered <- answered{err: err}
		}
		return true
	case Refused: // the function itself: an older version of the contract
		n.together.part(l)
	}
	return false
}

// part lets the reads of a line go alone for a while.
func (t *together) part(l *line) {
	t.mu.Lock()
	defer t.mu.Unlock()
	l.apart = time.Now().Add(readsApart)
}

func (n *Network) readings(ctx context.Context, at Place, questions []operation.Question) ([]operation.Reading, error) {
	text, err := json.Marshal(questions)
	if err != nil {
		return nil, fmt.Errorf("encode %d questions: %w", len(questions), err)
	}
	p := at.proposal(operation.Question{Function: operation.Read, Args: []string{string(text)}})
	answer, err := n.Evaluate(ctx, p)
	if err != nil {
		return nil, err
	}
	readings, err := operation.DecodeReadings(answer)
	if err == nil && len(readings) != len(questions) {
		err = fmt.Errorf("%d questions have %d answers", len(questions), len(readings))
	}
	if err != nil {
		return nil, p.unreadable(err)
	}
	return readings, nil
}

func reading(at Place, q operation.Question, r operation.Reading) answered {
	if r.Refusal != nil {
		p := at.proposal(q)
		return answered{err: &Error{Kind: Refused, Doing: p.doing("evaluate"), Refusal: r.Refusal, Answered: true, Err: r.Refusal}}
	}
	return answered{text: r.Answer}
}

func (n *Network) readAlone(ctx context.Context, at Place, q operation.Question) (json.RawMessage, error) {
	return n.Evaluate(ctx, at.proposal(q))
}
