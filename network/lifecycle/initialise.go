package lifecycle

import (
	"context"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
)

// StepInit is the first call of a version that was deployed with InitRequired.
const StepInit Step = "init"

// Initialise calls a contract for the first time, endorsed by a peer of every
// organisation. Where that was done before it does nothing.
func Initialise(ctx context.Context, name string, ch Channel, args [][]byte) error {
	for try, pause := 1, firstPause; ; try, pause = try+1, 2*pause {
		err := initialise(ctx, name, ch, args)
		if try == attempts || !passing(err) {
			return err
		}
		select {
		case <-ctx.Done():
			return err
		case <-time.After(pause):
		}
	}
}

func initialise(ctx context.Context, name string, ch Channel, args [][]byte) error {
	lead := ch.Organisations[0]
	c, err := newCallOf(lead.Signer, ch.Name, name, &peer.ChaincodeInput{Args: args, IsInit: true})
	if err != nil {
		return &Error{Step: StepInit, Contract: name, Channel: ch.Name, cause: err}
	}
	endorsed := make([]*peer.ProposalResponse, len(ch.Organisations))
	var through Peer
	for i, org := range ch.Organisations {
		var at Peer
		endorsed[i], at, err = c.endorseAtOne(ctx, org)
		if notThere(err, "is already initialized") {
			return nil
		}
		if err != nil {
			return &Error{Step: StepInit, Contract: name, Channel: ch.Name, Organisation: org.MSPID, Peer: at.Name, cause: err}
		}
		if i == 0 {
			through = at
		}
	}
	if err := c.submit(ctx, through, endorsed); err != nil {
		return &Error{Step: StepInit, Contract: name, Channel: ch.Name, Organisation: lead.MSPID, cause: err}
	}
	return nil
}
