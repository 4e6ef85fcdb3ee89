package rest

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"sync"
	"time"

	"go.uber.org/zap"

	"henanchain/gateway/openapi"
	"henanchain/gateway/problem"
	"henanchain/gateway/store"
)

// Bounds of the jobs of one gateway. A job that was accepted is on disk; the
// bounds keep memory and start-up time small.
const (
	maxJobs     = 1000 // accepted and not done
	jobsAtOnce  = 32
	claimEvery  = 5 * time.Second
	jobKind     = "write"
	firstPause  = 200 * time.Millisecond
	longestWait = 30 * time.Second
)

// runner does the jobs of this gateway.
type runner struct {
	ctx   context.Context
	stop  context.CancelFunc
	slots chan struct{}
	done  sync.WaitGroup

	mu     sync.Mutex
	jobs   int
	closed bool
}

func newRunner() *runner {
	r := &runner{slots: make(chan struct{}, jobsAtOnce)}
	r.ctx, r.stop = context.WithCancel(context.Background())
	return r
}

// enter counts a job in, unless there are too many.
func (r *runner) enter(limit int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.closed || limit > 0 && r.jobs >= limit {
		return false
	}
	r.jobs++
	r.done.Add(1)
	return true
}

func (r *runner) leave() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.jobs--
	r.done.Done()
}

// accept stores a task as a job and answers 202.
func (x *exchange) accept(t *task, ticket *store.Ticket) error {
	if !x.jobs.enter(maxJobs) {
		return problem.New(problem.Overloaded, "%d jobs are waiting already.", maxJobs)
	}
	payload, err := json.Marshal(t)
	if err != nil {
		x.jobs.leave()
		return err
	}
	job, err := x.Store.CreateJob(x.ctx(), t.App, jobKind, payload, ticket, acceptedAnswer)
	if err != nil {
		x.jobs.leave()
		return storeAway(err)
	}
	go x.doJob(job, t)
	answer := acceptedAnswer(job.ID)
	x.reply(&answer)
	return nil
}

type jobDocument struct {
	ID       string            `json:"id"`
	State    string            `json:"state"`
	Created  *time.Time        `json:"created,omitempty"`
	Finished *time.Time        `json:"finished,omitempty"`
	Status   int               `json:"status,omitempty"`
	Headers  map[string]string `json:"headers,omitempty"`
	Body     any               `json:"body,omitempty"`
}

// States of a job.
const (
	jobRunning = "running"
	jobDone    = "done"
)

func acceptedAnswer(id string) store.Answer {
	body, err := json.Marshal(jobDocument{ID: id, State: jobRunning})
	if err != nil { // texts only: cannot happen
		panic("rest: " + err.Error())
	}
	return store.Answer{Status: http.StatusAccepted, Body: body, Header: map[string]string{
		"Content-Type": typeJSON, "Location": "/v1/jobs/" + id, "Preference-Applied": "respond-async", "Retry-After": "1"}}
}

// doJob does a job until it is settled or the gateway stops. The job is in
// r.jobs already.
func (s *Server) doJob(job *store.Job, t *task) {
	defer s.jobs.leave()
	select {
	case s.jobs.slots <- struct{}{}:
		defer func() { <-s.jobs.slots }()
	case <-s.jobs.ctx.Done():
		job.Ticket.Drop()
		return
	}
	answer, settled := s.insist(job, t)
	if !settled {
		job.Ticket.Drop() // the next start, or another gateway, goes on with it
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(s.jobs.ctx), lastWords)
	defer cancel()
	if err := s.Store.FinishJob(ctx, job, answer); err != nil {
		s.Log.Warn("a job's answer could not be stored; it will be done again, which finds what was done", zap.String("job", job.ID), zap.Error(err))
	}
}

// insist tries a job again until it is done or refused.
func (s *Server) insist(job *store.Job, t *task) (store.Answer, bool) {
	pause := firstPause
	for s.jobs.ctx.Err() == nil {
		ctx, cancel := context.WithTimeout(s.jobs.ctx, s.Limits.Timeout)
		r, err := s.perform(ctx, t, job.Ticket)
		cancel()
		switch {
		case err == nil && !r.again:
			return r.Answer, true
		case err != nil && !isTransient(err):
			return problemAnswer(s.explain(t.Contract, err), t), true
		case err != nil:
			s.Log.Info("a job waits", zap.String("job", job.ID), zap.Duration("for", pause), zap.Error(err))
		}
		job.Ticket.Resumed = true // what was done by now is not done again
		select {
		case <-time.After(pause):
		case <-s.jobs.ctx.Done():
		}
		pause = min(2*pause, longestWait)
	}
	return store.Answer{}, false
}

// RunJobs takes up the jobs that nobody does, of gateways that are gone and of
// this one's last run, until ctx ends.
func (s *Server) RunJobs(ctx context.Context) {
	tick := time.NewTicker(claimEvery)
	defer tick.Stop()
	for {
		s.claimJobs(ctx)
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}

func (s *Server) claimJobs(ctx context.Context) {
	jobs, err := s.Store.ClaimJobs(ctx)
	if err != nil && ctx.Err() == nil {
		s.Log.Warn("jobs could not be searched", zap.Error(err))
	}
	for _, job := range jobs {
		t := &task{}
		if err := json.Unmarshal(job.Payload, t); err != nil || job.Kind != jobKind || len(t.Entries) == 0 && t.Call == nil && t.Signed == nil {
			s.Log.Error("a stored job cannot be read; it is left alone", zap.String("job", job.ID), zap.Error(err))
			job.Ticket.Drop()
			continue
		}
		if !s.jobs.enter(0) {
			job.Ticket.Drop()
			continue
		}
		go s.doJob(job, t)
	}
}

// Close stops the jobs; those that are not done are left to the next start.
func (s *Server) Close(ctx context.Context) error {
	s.jobs.mu.Lock()
	s.jobs.closed = true
	s.jobs.mu.Unlock()
	s.jobs.stop()
	finished := make(chan struct{})
	go func() {
		s.jobs.done.Wait()
		close(finished)
	}()
	select {
	case <-finished:
		return nil
	case <-ctx.Done():
		return errors.New("some jobs did not stop in time; the next start goes on with them")
	}
}

// jobRoute tells how a job stands.
func jobRoute() Route {
	return Route{Endpoint: openapi.Endpoint{
		Method: http.MethodGet, Path: "/v1/jobs/{job}", ID: "jobs.get", Tag: "jobs", Summary: "Read a job", SummaryZh: "查询异步任务",
		Doc:        "How a request stands that was sent with Prefer: respond-async. Once it is done, the job holds the status, the headers and the body that the request would have been answered with. Jobs are kept for seven days and seen by the application that made them.",
		Parameters: []openapi.Parameter{{Ref: "#/components/parameters/RequestID"}},
		Success:    map[int]*openapi.Response{http.StatusOK: openapi.Answer("the job", openapi.Ref("Job"), RequestIDHeader)},
	}, handle: (*exchange).job}
}

func (x *exchange) job() error {
	id := x.gin.Param("job")
	job, err := x.Store.Job(x.ctx(), x.caller.Name, id)
	switch {
	case errors.Is(err, store.ErrNotFound):
		return problem.New(problem.JobNotFound, "The application %s has no job %.64q; jobs are kept for seven days.", x.caller.Name, id)
	case err != nil:
		return storeAway(err)
	}
	created := job.Created.UTC()
	d := jobDocument{ID: id, State: jobRunning, Created: &created}
	if job.Answer == nil {
		x.gin.Writer.Header().Set("Retry-After", "1")
		return x.json(http.StatusOK, d)
	}
	finished := job.Finished.UTC()
	d.State, d.Finished, d.Status, d.Headers, d.Body = jobDone, &finished, job.Answer.Status, job.Answer.Header, value(job.Answer.Body)
	return x.json(http.StatusOK, d)
}
