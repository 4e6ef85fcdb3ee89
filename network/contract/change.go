package contract

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"henanchain/internal/connection"
	"henanchain/network/lifecycle"
	"henanchain/network/progress"
	"henanchain/network/state"
	"henanchain/network/topology"
)

// change brings channels to what the book names for them, and shows how it goes:
// the second half of a deployment and of a rollback.
type change struct {
	*Operator
	book     *Book
	board    *progress.Board
	contract string
	channels []topology.Channel
	what     string // ByDeploy or ByRollback
	version  string

	began time.Time
	from  map[string]string // versions before, by channel
	was   *Contract         // the book's entry before; nil where there was none
}

// note remembers what the channels have, before the book is changed.
func (c *change) note() {
	c.began, c.from = time.Now(), map[string]string{}
	if was := c.book.Contracts[c.contract]; was != nil {
		c.was = was.clone()
	}
	for _, ch := range c.channels {
		if p := c.book.placement(c.contract, ch.Name); p != nil {
			c.from[ch.Name] = p.Release.Version
		}
	}
}

// run records what is to be, makes it so, and clears up.
func (c *change) run(ctx context.Context) (*Report, error) {
	c.book.Contracts[c.contract].Underway = &Underway{What: c.what, Version: c.version, Channels: channelNames(c.channels), Since: time.Now().UTC().Truncate(time.Second)}
	if err := c.book.save(); err != nil {
		return nil, err
	}
	m, err := OpenMembers(c.State, c.Net)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	report, err := c.roll(ctx, m)
	if err != nil || report.waits() {
		return report, err
	}
	if err := c.settle(ctx, m); err != nil {
		return report, err
	}
	if err := c.handOver(); err != nil {
		return report, err
	}
	if err := c.clear(ctx, report); err != nil {
		return report, err
	}
	report.Seconds = seconds(time.Since(c.began))
	return report, nil
}

// roll takes the channels through the lifecycle.
func (c *change) roll(ctx context.Context, m *Members) (*Report, error) {
	task := c.board.Start("Channels")
	show := &steps{task: task, channels: len(c.channels), peers: c.peers()}
	r := c.rollout(c.book, m, Watch{Step: show.step, Channel: func(l lifecycle.Outcome) {
		if len(l.Waiting) > 0 {
			c.board.Say("  %s: approved here; it waits for %s, whose administrators run the same command", l.Channel, joined(l.Waiting))
		} else if l.Err == nil && !l.Unchanged {
			c.board.Say("  %s: %s, sequence %d (%s)", l.Channel, c.book.placement(c.contract, l.Channel).Release.Version, l.Sequence, progress.Clock(l.Took))
		}
	}})
	outcomes, err := r.run(ctx, c.contract, c.channels)
	report := c.report(outcomes)
	if err != nil {
		task.Fail()
		if ctx.Err() != nil {
			return report, errors.Join(context.Canceled, err)
		}
		if len(outcomes) == 0 {
			return report, errors.Join(err, c.takeBack(ctx))
		}
		return report, fmt.Errorf("%w\nrun the same command again to go on, or `chaincode rollback %s` to go back", err, c.contract)
	}
	changed := 0
	for _, l := range outcomes {
		if !l.Unchanged && len(l.Waiting) == 0 {
			changed++
		}
	}
	task.Done("%d of %d changed", changed, len(outcomes))
	return report, nil
}

// takeBack restores the book where no channel was touched.
func (c *change) takeBack(ctx context.Context) error {
	delete(c.book.Contracts, c.contract)
	if c.was != nil {
		c.book.Contracts[c.contract] = c.was
	}
	_, err := c.retire(ctx, c.book)
	return errors.Join(err, c.tidy(c.book))
}

// peers counts the peers of the channels.
func (c *change) peers() int {
	seen := map[string]bool{}
	for _, ch := range c.channels {
		for _, name := range ch.Organisations {
			org, _ := c.Net.Organisation(name)
			for _, p := range org.Peers {
				seen[p.Name] = true
			}
		}
	}
	return len(seen)
}

func (c *change) report(outcomes []lifecycle.Outcome) *Report {
	r := &Report{Contract: c.contract, Channels: []ChannelReport{}, Services: []string{}, Stopped: []string{}}
	for _, l := range outcomes {
		p := c.book.placement(c.contract, l.Channel)
		line := ChannelReport{
			Name: l.Channel, From: c.from[l.Channel], Version: p.Release.Version, Package: p.Release.Package,
			Sequence: l.Sequence, Unchanged: l.Unchanged, Waiting: l.Waiting, Seconds: seconds(l.Took),
		}
		if l.Err != nil {
			line.Error = l.Err.Error()
		}
		r.Channels = append(r.Channels, line)
		if a := c.book.artefact(p.Release.Package); a != nil && a.Service != "" && !slices.Contains(r.Services, a.Service) {
			r.Services = append(r.Services, a.Service)
		}
	}
	return r
}

// waits tells whether a channel waits for members on other machines. What was
// begun is then not done: the same command again, after theirs, ends it.
func (r *Report) waits() bool {
	return slices.ContainsFunc(r.Channels, func(c ChannelReport) bool { return len(c.Waiting) > 0 })
}

// settle waits until callers can be served through any peer.
func (c *change) settle(ctx context.Context, m *Members) error {
	task := c.board.Start("Endorsers")
	task.Phase("waiting until peers know of each other's version")
	own := c.book.placement(c.contract, c.channels[0].Name).Release.Policy != ""
	if err := m.Settle(ctx, c.contract, c.channels, own); err != nil {
		task.Fail()
		return err
	}
	task.Done("every peer knows who endorses")
	return nil
}

// handOver tells the gateway of contracts that a channel did not have before.
func (c *change) handOver() error {
	path := c.State.Connection()
	if c.Net.Containers {
		path = c.State.Path("gateway", connection.FileName)
	}
	if !state.Exists(path) {
		return nil
	}
	conn, err := connection.Read(path)
	if err != nil {
		return err
	}
	changed := false
	for i := range conn.Channels {
		ch, ok := c.Net.Channel(conn.Channels[i].Name)
		if !ok {
			continue
		}
		if has := c.book.OnChannel(*ch); !slices.Equal(has, conn.Channels[i].Contracts) {
			conn.Channels[i].Contracts, changed = has, true
		}
	}
	if !changed {
		return nil
	}
	return conn.Write(path)
}

// clear stops what nothing uses any more and closes the record.
func (c *change) clear(ctx context.Context, report *Report) error {
	task := c.board.Start("Old services")
	task.Phase("waiting until they have answered what they were asked")
	stopped, err := c.retire(ctx, c.book)
	if err != nil {
		task.Fail()
		return err
	}
	report.Stopped = append(report.Stopped, stopped...)
	c.book.Contracts[c.contract].Underway = nil
	if err := c.tidy(c.book); err != nil {
		task.Fail()
		return err
	}
	if len(stopped) == 0 {
		task.Done("none to stop")
		return nil
	}
	task.Done("stopped %s", joined(stopped))
	return nil
}

// steps shows the lifecycle's steps as one task.
type steps struct {
	mu              sync.Mutex
	task            *progress.Task
	channels, peers int
	installed       int
	committed       int
}

func (s *steps) step(e lifecycle.Event) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch e.Step {
	case lifecycle.StepInstall:
		s.installed++
		s.task.Phase("installing on peers")
		s.task.Count(s.installed, s.peers)
	case lifecycle.StepApprove, lifecycle.StepReady:
		s.task.Phase("approving and committing, channels")
		s.task.Count(s.committed, s.channels)
	case lifecycle.StepCommit:
		s.committed++
		s.task.Phase("approving and committing, channels")
		s.task.Count(s.committed, s.channels)
	}
}

func seconds(d time.Duration) float64 { return float64(d.Milliseconds()) / 1000 }
