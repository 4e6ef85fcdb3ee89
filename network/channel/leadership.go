package channel

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strconv"
)

// Leadership is what an orderer says of who leads a channel.
type Leadership struct {
	// Leads tells that the orderer itself leads. A Raft orderer tells it at any
	// time; a BFT orderer has it as it was at the channel's latest block.
	Leads bool
	// View is the view that a BFT orderer is in; those in the same one follow the
	// same leader. A view changes without a block, where a channel is idle.
	View *View
}

// View is a BFT orderer's view of a channel.
type View struct {
	Number   uint64 // the view that it works in
	Changing bool   // it is on its way to another one
}

// Leaderships asks the orderer for its part in leading each channel that it serves.
func (a *OrdererAdmin) Leaderships(ctx context.Context) (map[string]Leadership, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "https://"+a.node.Operations()+"/metrics", nil)
	if err != nil {
		return nil, err
	}
	resp, err := a.http.Do(req)
	if err != nil {
		return nil, fmt.Errorf("ask the orderer %s for its metrics: %w", a.node.Name, err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("the orderer %s answers %s for its metrics", a.node.Name, resp.Status)
	}
	return leaderships(resp.Body)
}

// leading is a metric by which an orderer says who leads a channel. A view change
// is under way while the view voted for and the one worked in differ. The view
// that an orderer would vote for next tells nothing: where it had asked for the one
// after when the view came, it goes on saying so.
var leading = regexp.MustCompile(`^consensus_((?:etcdraft|BFT)_is_leader|smartbft_view_number|smartbft_viewchange_(?:current|real)_view)\{channel="([^"]+)"\} (\S+)$`)

func leaderships(metrics io.Reader) (map[string]Leadership, error) {
	views, out := map[string]map[string]uint64{}, map[string]Leadership{}
	lines := bufio.NewScanner(metrics)
	for lines.Scan() {
		m := leading.FindStringSubmatch(lines.Text())
		if m == nil {
			continue
		}
		n, err := strconv.ParseFloat(m[3], 64)
		if err != nil {
			return nil, fmt.Errorf("read the orderer's metric %q: %w", lines.Text(), err)
		}
		name := m[2]
		switch m[1] {
		case "etcdraft_is_leader", "BFT_is_leader":
			l := out[name]
			l.Leads = n == 1
			out[name] = l
		default:
			if views[name] == nil {
				views[name] = map[string]uint64{}
			}
			views[name][m[1]] = uint64(n)
		}
	}
	for name, v := range views {
		l := out[name]
		real := v["smartbft_viewchange_real_view"]
		l.View = &View{Number: v["smartbft_view_number"], Changing: real != v["smartbft_view_number"] || real != v["smartbft_viewchange_current_view"]}
		out[name] = l
	}
	return out, lines.Err()
}

// Led tells whether a channel has a leader, by what each of its orderers says; nil
// stands for one that does not answer. A channel that nobody leads takes no
// transaction: Raft needs some seconds after a start to elect. Under BFT a quorum
// has to work in one view.
func Led(name string, orderers []map[string]Leadership) bool {
	inView, serving := map[uint64]int{}, 0
	for _, o := range orderers {
		l, serves := o[name]
		if o != nil && !serves {
			continue
		}
		serving++
		switch {
		case l.View != nil && !l.View.Changing:
			inView[l.View.Number]++
		case l.View == nil && l.Leads:
			return true
		}
	}
	faulty := (serving - 1) / 3
	quorum := (serving+faulty)/2 + 1
	for _, n := range inView {
		if n >= quorum {
			return true
		}
	}
	return false
}
