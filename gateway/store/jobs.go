package store

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"henanchain/gateway/sqldb"
)

// Job is a call that is answered later. Its Ticket makes sure that it is done
// once, however often its gateway dies on the way.
type Job struct {
	ID   string
	App  string
	Kind string // what the payload is, for whoever carries the job out
	// Payload is what the job needs to be done. It is gone when it is done.
	Payload []byte
	// Answer is nil while the job is not done.
	Answer   *Answer
	Created  time.Time
	Finished time.Time // zero while it is not done
	// Ticket goes with the call that the job makes, see write.Call; nil in what Job returns.
	Ticket *Ticket
}

// CreateJob stores a job, which is then this gateway's to do. Where the call
// that asks for it came with an idempotency key, its ticket is finished with
// the answer in the same step; answer is told the job's ID.
func (s *Store) CreateJob(ctx context.Context, app, kind string, payload []byte, t *Ticket, answer func(id string) Answer) (*Job, error) {
	job := &Job{ID: rand.Text(), App: app, Kind: kind, Payload: payload, Created: time.Now()}
	sealed, err := s.opts.Seal(payload)
	if err != nil {
		return nil, fmt.Errorf("seal a job: %w", err)
	}
	status, header, body, err := answerColumns(t, answer, job.ID)
	if err != nil {
		return nil, err
	}
	job.Ticket = s.jobTicket(job)
	at := job.Created.UnixMilli()
	expires := at + s.opts.JobLifetime.Milliseconds()
	err = s.group.insist(ctx, true, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `INSERT INTO jobs (id, app, owner, kind, payload, created, expires)
			VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING`, job.ID, app, s.db.self(), kind, sealed, at, expires)
		if err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `INSERT INTO idempotency (app, key, digest, call_id, owner, created, expires)
			VALUES ($1, $2, '', $3, $4, $5, $6) ON CONFLICT (app, key) DO NOTHING`,
			app, job.Ticket.key, job.Ticket.Call, s.db.self(), at, expires)
		if err != nil || t == nil {
			return err
		}
		return t.finish(ctx, tx, status, header, body)
	})
	if err != nil {
		job.Ticket.drop()
		return nil, fmt.Errorf("store a job: %w", err)
	}
	if t != nil {
		t.drop()
	}
	return job, nil
}

func answerColumns(t *Ticket, answer func(string) Answer, id string) (status int, header string, body []byte, err error) {
	if t == nil {
		return 0, "", nil, nil
	}
	a := answer(id)
	return a.columns()
}

// jobTicket makes the ticket of a job and notes that this process works on it.
func (s *Store) jobTicket(j *Job) *Ticket {
	t := &Ticket{Call: rand.Text(), store: s, app: j.App, key: jobKey + j.ID, holds: 1}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.inFlight[t.app+"\x00"+t.key] = t
	return t
}

// FinishJob stores a job's answer and forgets its payload. After an error the
// job is done again, which finds what it did before.
func (s *Store) FinishJob(ctx context.Context, job *Job, a Answer) error {
	defer job.Ticket.drop()
	status, header, body, err := a.columns()
	if err != nil {
		return err
	}
	err = s.group.insist(ctx, false, func(ctx context.Context, tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE jobs SET status = $1, header = $2, body = $3, finished = $4, payload = NULL
			WHERE id = $5 AND status IS NULL`, status, header, body, now(), job.ID)
		if err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM idempotency WHERE call_id = $1`, job.Ticket.Call); err != nil {
			return err
		}
		_, err = tx.ExecContext(ctx, `DELETE FROM outcomes WHERE call_id = $1`, job.Ticket.Call)
		return err
	})
	if err != nil {
		return fmt.Errorf("store the answer of job %s: %w", job.ID, err)
	}
	return nil
}

// Job returns an application's job without its payload, or ErrNotFound.
func (s *Store) Job(ctx context.Context, app, id string) (*Job, error) {
	var (
		job      = &Job{ID: id, App: app}
		status   sql.NullInt64
		header   sql.NullString
		body     []byte
		created  int64
		finished sql.NullInt64
	)
	row := s.db.reader().QueryRowContext(ctx, `SELECT kind, status, header, body, created, finished FROM jobs
		WHERE id = $1 AND app = $2 AND expires > $3`, id, app, now())
	err := row.Scan(&job.Kind, &status, &header, &body, &created, &finished)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, ErrNotFound
	}
	if err != nil {
		return nil, fmt.Errorf("read job %s: %w", id, err)
	}
	job.Created = time.UnixMilli(created)
	if status.Valid {
		job.Finished = time.UnixMilli(finished.Int64)
		if job.Answer, err = makeAnswer(status.Int64, header.String, body); err != nil {
			return nil, fmt.Errorf("read job %s: %w", id, err)
		}
	}
	return job, nil
}

// ClaimJobs returns the jobs that nobody does: those of gateways that are
// gone, and those of this one that were given up. Each must be finished; its
// Ticket is resumed.
func (s *Store) ClaimJobs(ctx context.Context) ([]*Job, error) {
	var jobs []*Job
	err := s.group.do(ctx, false, func(ctx context.Context, tx *sql.Tx) error {
		if err := s.adopt(ctx, tx, "jobs"); err != nil {
			return err
		}
		jobs = nil
		return sqldb.Each(ctx, tx, `SELECT id, app, kind, payload, created FROM jobs
			WHERE owner = $1 AND status IS NULL ORDER BY created, id`, []any{s.db.self()}, func(scan sqldb.Scan) error {
			var job Job
			var created int64
			err := scan(&job.ID, &job.App, &job.Kind, &job.Payload, &created)
			job.Created = time.UnixMilli(created)
			jobs = append(jobs, &job)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("claim jobs: %w", err)
	}
	var claimed []*Job
	for _, job := range jobs {
		t, _, err := s.begin(ctx, job.App, jobKey+job.ID, "", s.opts.JobLifetime.Milliseconds())
		switch {
		case errors.Is(err, ErrInFlight): // this process does it
			continue
		case err != nil:
			return claimed, fmt.Errorf("claim job %s: %w", job.ID, err)
		}
		if job.Payload, err = s.opts.Open(job.Payload); err != nil {
			t.drop()
			return claimed, fmt.Errorf("open the sealed job %s: %w", job.ID, err)
		}
		job.Ticket = t
		claimed = append(claimed, job)
	}
	return claimed, nil
}
