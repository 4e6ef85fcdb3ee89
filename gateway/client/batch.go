package client

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"
)

// Request is one operation of a batch.
type Request struct {
	Op        string `json:"op"` // the contract's operation, such as Deposit
	In        any    `json:"in"`
	Private   any    `json:"private,omitempty"`
	IfVersion int    `json:"ifVersion,omitempty"` // done only if the record has that version; 0: whatever it has
}

// Outcome is what became of one operation of a batch: what it would have been
// answered alone. One of Result and Problem is there.
type Outcome struct {
	Status  int              `json:"status"`
	Result  *Acknowledgement `json:"result"`
	Problem *Problem         `json:"problem"`
}

// Batch runs up to 10,000 operations on a city's ledger and answers an outcome
// for each, in their order. An error means that nothing is known of any of them.
func (c *Client) Batch(ctx context.Context, city, ledger string, requests []Request) ([]Outcome, error) {
	answer, err := call[struct {
		Results []Outcome `json:"results"`
	}](ctx, c, http.MethodPost, path(city, ledger)+":batch", requests)
	if err != nil {
		return nil, err
	}
	if len(answer.Results) != len(requests) {
		return nil, fmt.Errorf("a batch of %d operations was answered with %d results", len(requests), len(answer.Results))
	}
	return answer.Results, nil
}

// Job is a write that the gateway does later.
type Job struct {
	ID      string            `json:"id"`
	State   string            `json:"state"`
	Status  int               `json:"status"` // of the answer, once there is one
	Headers map[string]string `json:"headers"`
	Body    json.RawMessage   `json:"body"` // the answer that the write would have had
}

// Done tells whether the job has its answer.
func (j *Job) Done() bool { return j.Status != 0 }

// Answer reads a finished job's answer into out, or returns the *Problem that
// it ended in.
func (j *Job) Answer(out any) error {
	if !j.Done() {
		return fmt.Errorf("job %s is not done", j.ID)
	}
	if j.Status >= 300 {
		p := &Problem{}
		if err := json.Unmarshal(j.Body, p); err != nil {
			return fmt.Errorf("read the answer of job %s: %w", j.ID, err)
		}
		p.Status, p.Location = j.Status, j.Headers["Location"]
		return p
	}
	if err := json.Unmarshal(j.Body, out); err != nil {
		return fmt.Errorf("read the answer of job %s: %w", j.ID, err)
	}
	return nil
}

// Start is Create without waiting for the ledger: the write is on the gateway's
// disk when Start returns, and the job tells how it ends.
func (c *Client) Start(ctx context.Context, city, ledger, collection string, input any) (*Job, error) {
	return call[Job](ctx, c.with("Prefer", "respond-async"), http.MethodPost, path(city, ledger, collection), input)
}

// StartBatch is Batch without waiting for the ledger.
func (c *Client) StartBatch(ctx context.Context, city, ledger string, requests []Request) (*Job, error) {
	return call[Job](ctx, c.with("Prefer", "respond-async"), http.MethodPost, path(city, ledger)+":batch", requests)
}

// Job tells how a job stands.
func (c *Client) Job(ctx context.Context, id string) (*Job, error) {
	return call[Job](ctx, c, http.MethodGet, path("jobs", id), nil)
}

// pollEvery is how often Wait looks.
const pollEvery = 200 * time.Millisecond

// Wait returns a job when it is done, or the error of ctx when that ends first.
func (c *Client) Wait(ctx context.Context, id string) (*Job, error) {
	for {
		job, err := c.Job(ctx, id)
		if err != nil || job.Done() {
			return job, err
		}
		select {
		case <-ctx.Done():
			return nil, fmt.Errorf("wait for job %s: %w", id, ctx.Err())
		case <-time.After(pollEvery):
		}
	}
}
