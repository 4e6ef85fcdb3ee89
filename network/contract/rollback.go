package contract

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"henanchain/network/failure"
	"henanchain/network/lifecycle"
	"henanchain/network/progress"
	"henanchain/network/topology"
)

// Rollback brings channels back to what they had before, as a new sequence with
// the old package; to names a version among those that they had. A rollback that
// was ended before it was done goes on.
func (o *Operator) Rollback(ctx context.Context, name, list, to string) (*Report, error) {
	b, err := Open(o.State)
	if err != nil {
		return nil, err
	}
	all := o.having(b, name)
	if len(all) == 0 || b.Contracts[name] == nil {
		return nil, failure.New(failure.NotThere, "no channel has the contract %s", name)
	}
	asked := all
	if list != "" && list != "all" {
		if asked, err = o.channelsNamed(list); err != nil {
			return nil, err
		}
	}
	m, err := OpenMembers(o.State, o.Net)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	board := progress.New(o.Out)
	defer board.Close()
	c := &change{Operator: o, book: b, board: board, contract: name, what: ByRollback, version: to, channels: asked}
	c.note()
	if c.channels, err = o.backward(ctx, b, m, board, name, asked, to); err != nil {
		return nil, err
	}
	if len(c.channels) == 0 { // all that was asked for had never come to a commit
		report := c.report(nil)
		if err := c.handOver(); err != nil {
			return report, err
		}
		return report, c.clear(ctx, report)
	}
	return c.run(ctx)
}

// backward decides in the book where channels go back to, and names those that
// have somewhere to go.
func (o *Operator) backward(ctx context.Context, b *Book, m *Members, board *progress.Board, name string, asked []topology.Channel, to string) ([]topology.Channel, error) {
	if u := b.Contracts[name].Underway; u != nil && u.What == ByRollback && u.Version == to {
		board.Say("going on with the rollback of %s that was begun at %s", name, u.Since.Local().Format("15:04:05"))
		return slices.DeleteFunc(slices.Clone(asked), func(ch topology.Channel) bool { return !slices.Contains(u.Channels, ch.Name) }), nil
	}
	var back []topology.Channel
	var stay, has []string
	for _, ch := range asked {
		p := b.placement(name, ch.Name)
		if p == nil {
			stay = append(stay, ch.Name)
			continue
		}
		target := p.before(to)
		if target == nil && !p.Committed && to == "" {
			gone, err := o.abandon(ctx, b, m, name, ch)
			if err != nil {
				return nil, err
			}
			if gone {
				board.Say("  %s: %s never came to be committed, and is taken off the record", ch.Name, name)
				continue
			}
		}
		if target == nil {
			stay, has = append(stay, ch.Name), append(has, p.versions()...)
			continue
		}
		b.goBack(name, ch.Name, *target, o.topologyVersion(ch, name))
		back = append(back, ch)
	}
	if len(back) == 0 && len(stay) > 0 {
		what := "earlier version"
		if to != "" {
			what = "version " + to
		}
		slices.Sort(has)
		there := "there is none"
		if len(has) > 0 {
			there = "there are " + joined(slices.Compact(has))
		}
		return nil, failure.New(failure.NotThere, "%s has no %s to go back to on %s: %s; any version is deployed with `chaincode deploy`", name, what, joined(stay), there)
	}
	if len(stay) > 0 {
		board.Say("  nothing to go back to on %s", joined(stay))
	}
	return back, nil
}

// versions are those that a channel can go back to.
func (p *Placement) versions() []string {
	out := []string{}
	for _, r := range p.Earlier {
		out = append(out, r.Version)
	}
	return out
}

// before is the release to go back to: the one before, or the latest of a version.
func (p *Placement) before(version string) *Release {
	if version != "" && p.Release.Version == version {
		return &p.Release
	}
	for _, r := range p.Earlier {
		if version == "" || r.Version == version {
			return &r
		}
	}
	return nil
}

// abandon takes a first release off the record where the channel's peers say
// that it was never committed.
func (o *Operator) abandon(ctx context.Context, b *Book, m *Members, name string, ch topology.Channel) (bool, error) {
	found, err := lifecycle.Status(ctx, []lifecycle.Channel{m.channel(ch)}, name)
	if err != nil {
		return false, fmt.Errorf("ask whether %s is committed on %s: %w", name, ch.Name, err)
	}
	if len(found) > 0 {
		return false, nil
	}
	delete(b.Contracts[name].Channels, ch.Name)
	return true, nil
}

func joined(names []string) string { return strings.Join(names, ", ") }
