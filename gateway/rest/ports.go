package rest

import (
	"context"
	"encoding/json"

	"henanchain/gateway/audit"
	"henanchain/gateway/fabric"
	"henanchain/gateway/store"
	"henanchain/gateway/write"
	"henanchain/internal/connection"
	"henanchain/internal/operation"
)

// What the door needs of the rest of the gateway. Each is as small as its use.

// Writer submits operations and answers when they are committed;
// *write.Writer in a gateway.
type Writer interface {
	Submit(ctx context.Context, call write.Call) ([]write.Outcome, error)
	Invoke(ctx context.Context, i write.Invocation) (*write.Outcome, error)
}

// Store remembers idempotency keys and jobs; *store.Store in a gateway.
type Store interface {
	Begin(ctx context.Context, app, key, bodyDigest string) (*store.Ticket, *store.Answer, error)
	CreateJob(ctx context.Context, app, kind string, payload []byte, t *store.Ticket, answer func(id string) store.Answer) (*store.Job, error)
	FinishJob(ctx context.Context, job *store.Job, a store.Answer) error
	Job(ctx context.Context, app, id string) (*store.Job, error)
	ClaimJobs(ctx context.Context) ([]*store.Job, error)
	HandOut(ctx context.Context, o *store.Outside) error
	Outside(ctx context.Context, app, txID string) (*store.Outside, error)
	Advance(ctx context.Context, app, txID string, from int, digest string) (bool, error)
	TakeBack(ctx context.Context, app, txID string) error
}

// Reader asks contracts without changing anything.
type Reader interface {
	Get(ctx context.Context, at fabric.Place, recordType, id string) (*operation.Record, error)
	History(ctx context.Context, at fabric.Place, recordType, id string) ([]operation.Change, error)
	Range(ctx context.Context, at fabric.Place, recordType, start string, limit int, cursor string) (*operation.Page, error)
	Verify(ctx context.Context, at fabric.Place, claim operation.Claim) (*operation.Verdict, error)
	Query(ctx context.Context, at fabric.Place, function string, in json.RawMessage) (json.RawMessage, error)
}

// Invocation is a call of any function of any contract.
type Invocation struct {
	Function  string            `json:"function"`
	Args      []string          `json:"args"`
	Transient map[string][]byte `json:"transient,omitempty"`
}

func (i *Invocation) args() [][]byte {
	all := make([][]byte, len(i.Args))
	for k, a := range i.Args {
		all[k] = []byte(a)
	}
	return all
}

// Invoker asks contracts that the catalogue does not know; *fabric.Network in a
// gateway.
type Invoker interface {
	Evaluate(ctx context.Context, p fabric.Proposal) ([]byte, error)
}

// Outsider makes transactions that are signed by keys that the gateway does not
// have; *fabric.Network in a gateway.
type Outsider interface {
	Propose(p fabric.Proposal, as *fabric.Outside) (*fabric.Unsigned, error)
	EndorseSigned(ctx context.Context, p fabric.Proposal, u *fabric.Unsigned, signature []byte) (*fabric.Unsigned, error)
}

// Limiter holds applications to their rates and quotas; *limit.Limiter in a
// gateway. Its error is a problem.
type Limiter interface {
	Take(ctx context.Context, app string, operations int) error
}

// Audit records calls; *audit.Log in a gateway.
type Audit interface {
	Append(*audit.Entry) error
	Err() error
}

// Network tells which cities, contracts and applications there are now.
type Network interface {
	Connection() *connection.Connection
}

// Check is one thing that readiness depends on.
type Check struct {
	Name    string `json:"name"`
	OK      bool   `json:"ok"`
	Missing string `json:"missing,omitempty"` // what is missing, and what to do
}
