package fabric

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/hyperledger/fabric-gateway/pkg/client"
	"github.com/hyperledger/fabric-protos-go-apiv2/common"
	"github.com/hyperledger/fabric-protos-go-apiv2/gateway"
	"go.opentelemetry.io/otel/attribute"
	"go.uber.org/zap"

	"henanchain/gateway/tracing"
	"henanchain/internal/ordering"
)

// Proposal asks a contract to do something in the name of an application.
type Proposal struct {
	Channel  string
	Contract string
	App      string
	Function string
	Args     [][]byte
	// Transient reaches the endorsing peers and never a block.
	Transient map[string][]byte
}

func (p *Proposal) doing(verb string) string {
	return fmt.Sprintf("%s %s of %s on %s", verb, p.Function, p.Contract, p.Channel)
}

// build makes the proposal for the gateway service of one peer, which finds out
// who endorses where no organisations are named.
func (p *Proposal) build(gw *client.Gateway, organisations ...string) (*client.Proposal, error) {
	options := []client.ProposalOption{client.WithBytesArguments(p.Args...), client.WithEndorsingOrganizations(organisations...)}
	if len(p.Transient) > 0 {
		options = append(options, client.WithTransient(p.Transient))
	}
	return gw.GetNetwork(p.Channel).GetContract(p.Contract).NewProposal(p.Function, options...)
}

// Evaluate asks a contract and changes nothing. It returns the contract's
// answer, or an *Error. What the application was told is committed is seen.
func (n *Network) Evaluate(ctx context.Context, p Proposal) ([]byte, error) {
	var answer []byte
	began := time.Now()
	err := n.each(ctx, p.Channel, p.App, p.doing("evaluate"), n.opts.EvaluateTimeout, nil,
		n.current(&p, func(ctx context.Context, at visit) error {
			proposal, err := p.build(at.client)
			if err != nil {
				return err
			}
			answer, err = proposal.EvaluateWithContext(ctx)
			return err
		}))
	if tracing.On() {
		tracing.Between(ctx, "evaluate", began, err, attribute.String("hnc.channel", p.Channel),
			attribute.String("hnc.contract", p.Contract), attribute.String("hnc.function", p.Function))
	}
	return answer, err
}

// Endorse has the contract executed by as many organisations' peers as its
// policy asks for, and returns the transaction signed and ready to be
// submitted, or an *Error. Nothing is on the ledger yet.
func (n *Network) Endorse(ctx context.Context, p Proposal) (*Transaction, error) {
	var tx *Transaction
	err := n.each(ctx, p.Channel, p.App, p.doing("endorse"), n.opts.EndorseTimeout, nil,
		n.current(&p, func(ctx context.Context, at visit) error {
			endorsed, err := p.endorse(ctx, at)
			if unaware(err) {
				if named := n.endorsers(p); len(named) > 0 {
					endorsed, err = p.endorse(ctx, at, named...)
				}
			}
			if err != nil {
				return err
			}
			tx, err = at.sign(p, endorsed)
			return err
		}))
	return tx, err
}

func (p *Proposal) endorse(ctx context.Context, at visit, organisations ...string) (*client.Transaction, error) {
	proposal, err := p.build(at.client, organisations...)
	if err != nil {
		return nil, err
	}
	return proposal.EndorseWithContext(ctx)
}

// unaware tells that a peer does not know who could endorse. So it is for some
// seconds after a contract's new version was committed: until gossip has told it
// that the other peers have that version as well. Peers of organisations that
// are named to it are asked all the same.
func unaware(err error) bool { return err != nil && strings.Contains(err.Error(), unawareText) }

const unawareText = "no combination of peers can be derived"

// endorsers names the organisations whose endorsements a write needs, where that
// is certain: both members of a city's channel; on the main channel the province
// and the caller's own. A write of the province to the main channel needs the
// record's owner, which only the peers know.
func (n *Network) endorsers(p Proposal) []string {
	n.mu.RLock()
	defer n.mu.RUnlock()
	ch, ok := n.conn.Channel(p.Channel)
	app := n.apps[p.App]
	switch {
	case !ok || app == nil:
		return nil
	case ch.Name != n.conn.MainChannel:
		return ch.Organisations
	case app.MSPID == n.conn.Province:
		return nil
	default:
		return []string{n.conn.Province, app.MSPID}
	}
}

// Submit hands a transaction to the orderers. No error means that they took
// it, not yet that it is committed: see Status. After an *Error of another
// kind than Denied or TooMuch it may still have been taken; submitting the
// same transaction again is safe, because the ledger takes an ID once.
func (n *Network) Submit(ctx context.Context, tx *Transaction) error {
	return n.each(ctx, tx.Channel, tx.App, "submit transaction "+tx.ID+" on "+tx.Channel, n.opts.SubmitTimeout, tx.link,
		func(ctx context.Context, at visit) error {
			// Not through fabric-gateway's client: it would decode the whole
			// transaction again, and the bytes are signed already.
			_, err := gateway.NewGatewayClient(at.link.conn).Submit(ctx, &gateway.SubmitRequest{
				TransactionId: tx.ID, ChannelId: tx.Channel,
				PreparedTransaction: &common.Envelope{Payload: tx.payload(), Signature: tx.Signature},
			})
			if ordering.Has(err) {
				return nil
			}
			return err
		})
}

// Status tells how a transaction ended. It waits for the commit until ctx
// ends, dividing the time among the peers, and then returns an *Error of kind
// Deadline: the ledger does not have it yet, and may never have it.
func (n *Network) Status(ctx context.Context, tx *Transaction) (Status, error) {
	var status Status
	err := n.each(ctx, tx.Channel, tx.App, "ask for the status of transaction "+tx.ID+" on "+tx.Channel, 0, tx.link,
		func(ctx context.Context, at visit) error {
			var err error
			status, err = tx.status(ctx, at)
			return err
		})
	if err == nil && status.Valid {
		n.written.note(tx, status.Block)
	}
	return status, err
}

// visit is one attempt of a call: an application's client at one peer.
type visit struct {
	link   *link
	id     *credential
	client *client.Gateway
}

// each makes a call in an application's name at the best peer, and at the next
// where a peer does not answer. A limit of 0 divides what ctx leaves among the
// peers.
func (n *Network) each(ctx context.Context, channel, app, doing string, limit time.Duration, first *link, call func(context.Context, visit) error) error {
	a, links, err := n.route(channel, app)
	if err != nil {
		return classify(err, doing)
	}
	id, err := a.credential()
	if err != nil {
		return classify(err, doing)
	}
	prefer(links, first)
	return n.inTurn(ctx, links, channel, doing, limit, func(ctx context.Context, l *link) error {
		gw, err := id.client(l)
		if err != nil {
			return &Error{Kind: Failed, Doing: doing, Err: err}
		}
		return call(ctx, visit{l, id, gw})
	})
}

// inTurn makes a call at one peer after the other, until one answers.
func (n *Network) inTurn(ctx context.Context, links []*link, channel, doing string, limit time.Duration, call func(context.Context, *link) error) error {
	var last *Error
	for i, l := range links {
		attempt, cancel := bound(ctx, limit, len(links)-i)
		err := call(attempt, l)
		cancel()
		if err == nil {
			if l.found() {
				n.opts.Log.Info("peer found again", zap.String("peer", l.peer.Name), zap.String("channel", channel))
			}
			return nil
		}
		last = classify(err, doing)
		if !n.next(ctx, l, last, limit) {
			return last
		}
	}
	return last
}

// next notes how a peer failed and tells whether another one is worth asking.
func (n *Network) next(ctx context.Context, l *link, e *Error, limit time.Duration) bool {
	switch {
	case ctx.Err() != nil:
		e.Kind = Deadline
		return false
	case e.Kind == Unsettled: // the peer answers, and another one may be further
		return true
	case e.Kind == Unavailable, e.Kind == Deadline && limit == 0:
		if e.Kind == Unavailable && l.lost() {
			n.opts.Log.Warn("peer does not answer", zap.String("peer", l.peer.Name), zap.Error(e))
		}
		return true
	case e.Kind == Deadline:
		l.lost()
		return true
	default:
		return false
	}
}

// prefer moves a peer to the front, unless it is among those that failed.
func prefer(links []*link, first *link) {
	now := time.Now()
	for i, l := range links {
		if l == first && !l.suspect(now) {
			copy(links[1:i+1], links[:i])
			links[0] = l
			return
		}
	}
}

// bound gives one attempt its time.
func bound(ctx context.Context, limit time.Duration, left int) (context.Context, context.CancelFunc) {
	if limit > 0 {
		return context.WithTimeout(ctx, limit)
	}
	deadline, ok := ctx.Deadline()
	if !ok || left < 2 {
		return context.WithCancel(ctx)
	}
	return context.WithTimeout(ctx, time.Until(deadline)/time.Duration(left))
}

// IsTimeout tells that an error is the end of a context's time.
func IsTimeout(err error) bool {
	return KindOf(err) == Deadline || errors.Is(err, context.DeadlineExceeded)
}
