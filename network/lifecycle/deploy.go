package lifecycle

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"github.com/hyperledger/fabric-protos-go-apiv2/peer/lifecycle"
)

const (
	defaultParallel = 8
	attempts        = 6                      // of a channel, where what went wrong may pass
	firstPause      = 250 * time.Millisecond // before the second; doubled each time
	settleWithin    = 2 * time.Minute        // for peers to see each other's blocks, on a busy machine too
	settleFirst     = 50 * time.Millisecond  // a peer answers each question as if it were to endorse:
	settleLongest   = time.Second            // many that wait ask less and less often
)

// Deploy brings every channel to the deployment's version. It goes on with the
// other channels where one fails, and returns what each came to; the error joins
// those of the channels that failed, each an *Error.
func Deploy(ctx context.Context, d Deployment) ([]Outcome, error) {
	if err := d.check(); err != nil {
		return nil, err
	}
	if err := d.install(ctx); err != nil {
		return nil, err
	}
	parallel := d.Parallel
	if parallel <= 0 {
		parallel = defaultParallel
	}
	outcomes := make([]Outcome, len(d.Channels))
	slots := make(chan struct{}, parallel)
	var wg sync.WaitGroup
	for i, ch := range d.Channels {
		wg.Go(func() {
			slots <- struct{}{}
			defer func() { <-slots }()
			outcomes[i] = d.channel(ctx, ch)
		})
	}
	wg.Wait()
	var errs []error
	for _, o := range outcomes {
		errs = append(errs, o.Err)
	}
	return outcomes, errors.Join(errs...)
}

func (d Deployment) check() error {
	var errs []error
	if d.Name == "" || d.Version == "" {
		errs = append(errs, errors.New("a deployment needs the contract's name and version"))
	}
	for _, ch := range d.Channels {
		if _, err := define(d.Name, d.Version, ch); err != nil {
			errs = append(errs, &Error{Step: StepPackage, Contract: d.Name, Channel: ch.Name, cause: err})
		}
		if len(ch.own().Organisations) == 0 {
			errs = append(errs, &Error{Step: StepPackage, Contract: d.Name, Channel: ch.Name, cause: errors.New("no organisation is given whose administrator is here")})
		}
		for _, org := range ch.Organisations {
			if len(org.Peers) == 0 {
				errs = append(errs, &Error{Step: StepPackage, Contract: d.Name, Channel: ch.Name, Organisation: org.MSPID, cause: errors.New("a peer is needed")})
			}
			if d.packageOf(org.MSPID) == nil {
				errs = append(errs, &Error{Step: StepPackage, Contract: d.Name, Organisation: org.MSPID, cause: errors.New("there is no package for it")})
			}
		}
	}
	return errors.Join(errs...)
}

func (d Deployment) packageOf(mspID string) *Package {
	if p := d.Packages[mspID]; p != nil {
		return p
	}
	return d.Packages[""]
}

func (d Deployment) tell(e Event) {
	if d.Progress != nil {
		d.Progress(e)
	}
}

// install puts the packages onto every peer that lacks them: once for each
// peer, whatever the number of channels.
func (d Deployment) install(ctx context.Context) error {
	type place struct{ msp, peer string }
	seen := map[place]bool{}
	var wg sync.WaitGroup
	var mu sync.Mutex
	var errs []error
	for _, ch := range d.Channels {
		for _, org := range ch.own().Organisations {
			for _, at := range org.Peers {
				if seen[place{org.MSPID, at.Name}] {
					continue
				}
				seen[place{org.MSPID, at.Name}] = true
				wg.Go(func() {
					if err := d.installAt(ctx, org, at); err != nil {
						mu.Lock()
						defer mu.Unlock()
						errs = append(errs, err)
					}
				})
			}
		}
	}
	wg.Wait()
	return errors.Join(errs...)
}

// channel deploys on one channel, again where what went wrong may pass.
func (d Deployment) channel(ctx context.Context, ch Channel) Outcome {
	start := time.Now()
	out := Outcome{Channel: ch.Name}
	for try, pause := 1, firstPause; ; try, pause = try+1, 2*pause {
		out.Err = d.once(ctx, ch, &out)
		if try == attempts || !passing(out.Err) {
			break
		}
		select {
		case <-ctx.Done():
		case <-time.After(pause):
			continue
		}
		break
	}
	out.Took = time.Since(start)
	return out
}

// once asks what is there and does what is missing, as far as the administrators
// who are here can.
func (d Deployment) once(ctx context.Context, ch Channel, out *Outcome) error {
	def, err := define(d.Name, d.Version, ch)
	if err != nil {
		return &Error{Step: StepPackage, Contract: d.Name, Channel: ch.Name, cause: err}
	}
	own := ch.own()
	lead := own.Organisations[0]
	is, err := committed(ctx, lead, ch.Name, d.Name)
	if err != nil {
		return d.failed(StepQuery, ch, lead, err)
	}
	out.Sequence, out.Unchanged, out.Waiting = is.GetSequence(), false, nil
	if is != nil && def.same(is) {
		absent, other, err := d.approvals(ctx, own, def, out.Sequence)
		switch {
		case err != nil:
			return err
		case absent+other == 0:
			out.Unchanged = true
			d.tell(Event{Step: StepCommit, Channel: ch.Name, Sequence: out.Sequence, Already: true})
			return nil
		case other == 0: // a new member agrees to what is committed
			return d.approve(ctx, own, def, out.Sequence)
		}
	}
	next := is.GetSequence() + 1
	if err := d.approve(ctx, own, def, next); err != nil {
		return err
	}
	missing, err := d.ready(ctx, ch, def, next)
	if err != nil {
		return err
	}
	if !majority(len(ch.Organisations)-len(missing), ch) {
		out.Waiting = missing
		return nil
	}
	if err := d.commit(ctx, ch, def, next, missing); err != nil {
		return err
	}
	out.Sequence = next
	return nil
}

// majority tells whether so many members may define a contract on a channel.
func majority(n int, ch Channel) bool { return 2*n > len(ch.Organisations) }

func (d Deployment) failed(step Step, ch Channel, org Organisation, err error) error {
	return &Error{Step: step, Contract: d.Name, Channel: ch.Name, Organisation: org.MSPID, cause: err}
}

// approvals counts the organisations that have not approved a sequence, and
// those that have approved it with another package.
func (d Deployment) approvals(ctx context.Context, ch Channel, def *definition, sequence int64) (absent, other int, err error) {
	found := make([]*lifecycle.QueryApprovedChaincodeDefinitionResult, len(ch.Organisations))
	err = d.forEach(ch, func(i int, org Organisation) (err error) {
		if found[i], err = approved(ctx, org, ch.Name, d.Name, sequence); err != nil {
			return d.failed(StepQuery, ch, org, err)
		}
		return nil
	})
	for i, a := range found {
		switch {
		case a == nil:
			absent++
		case !def.same(a) || packageID(a) != d.packageOf(ch.Organisations[i].MSPID).ID:
			other++
		}
	}
	return absent, other, err
}

// approve has every organisation approve that has not done so.
func (d Deployment) approve(ctx context.Context, ch Channel, def *definition, sequence int64) error {
	return d.forEach(ch, func(_ int, org Organisation) error {
		event := Event{Step: StepApprove, Channel: ch.Name, Organisation: org.MSPID, Sequence: sequence}
		id := d.packageOf(org.MSPID).ID
		a, err := approved(ctx, org, ch.Name, d.Name, sequence)
		if err != nil {
			return d.failed(StepQuery, ch, org, err)
		}
		if a != nil && def.same(a) && packageID(a) == id {
			event.Already = true
			d.tell(event)
			return nil
		}
		args := &lifecycle.ApproveChaincodeDefinitionForMyOrgArgs{
			Name: def.name, Version: def.version, Sequence: sequence, InitRequired: def.initRequired,
			EndorsementPlugin: endorsementPlugin, ValidationPlugin: validationPlugin,
			ValidationParameter: def.policy, Collections: def.collections,
			Source: &lifecycle.ChaincodeSource{Type: &lifecycle.ChaincodeSource_LocalPackage{LocalPackage: &lifecycle.ChaincodeSource_Local{PackageId: id}}},
		}
		c, err := newCall(org.Signer, ch.Name, "ApproveChaincodeDefinitionForMyOrg", args)
		if err != nil {
			return d.failed(StepApprove, ch, org, err)
		}
		endorsed, through, err := c.endorseAtOne(ctx, org)
		if err != nil {
			return d.failed(StepApprove, ch, org, err)
		}
		if err := c.submit(ctx, through, []*peer.ProposalResponse{endorsed}); err != nil {
			return d.failed(StepApprove, ch, org, err)
		}
		d.tell(event)
		return nil
	})
}

// ready waits until the leading organisation's peer sees every approval that was
// given here. It returns the other members who have given none yet.
func (d Deployment) ready(ctx context.Context, ch Channel, def *definition, sequence int64) (missing []string, err error) {
	lead := ch.own().Organisations[0]
	args := &lifecycle.CheckCommitReadinessArgs{
		Name: def.name, Version: def.version, Sequence: sequence, InitRequired: def.initRequired,
		EndorsementPlugin: endorsementPlugin, ValidationPlugin: validationPlugin,
		ValidationParameter: def.policy, Collections: def.collections,
	}
	var unseen []string
	err = settle(ctx, func() (bool, error) {
		result := &lifecycle.CheckCommitReadinessResult{}
		if err := query(ctx, lead, ch.Name, "CheckCommitReadiness", args, result); err != nil {
			return false, err
		}
		unseen, missing = unseen[:0], missing[:0]
		for _, org := range ch.Organisations {
			switch {
			case result.GetApprovals()[org.MSPID]:
			case org.Signer == nil:
				missing = append(missing, org.MSPID)
			default:
				unseen = append(unseen, org.MSPID)
			}
		}
		return len(unseen) == 0, nil
	})
	if errors.Is(err, errUnsettled) {
		err = fmt.Errorf("the approval of %v is not seen", unseen)
	}
	if err != nil {
		return nil, d.failed(StepReady, ch, lead, err)
	}
	d.tell(Event{Step: StepReady, Channel: ch.Name, Sequence: sequence})
	return missing, nil
}

// commit has a peer of every organisation that has approved endorse the commit,
// submits it, and waits until every peer of the organisations here has it.
func (d Deployment) commit(ctx context.Context, ch Channel, def *definition, sequence int64, without []string) error {
	lead := ch.own().Organisations[0]
	c, err := newCall(lead.Signer, ch.Name, "CommitChaincodeDefinition", &lifecycle.CommitChaincodeDefinitionArgs{
		Name: def.name, Version: def.version, Sequence: sequence, InitRequired: def.initRequired,
		EndorsementPlugin: endorsementPlugin, ValidationPlugin: validationPlugin,
		ValidationParameter: def.policy, Collections: def.collections,
	})
	if err != nil {
		return d.failed(StepCommit, ch, lead, err)
	}
	endorsed := make([]*peer.ProposalResponse, len(ch.Organisations))
	away := make([]error, len(ch.Organisations)) // of members on other machines, who are not all needed
	var through Peer
	if err := d.forEach(ch, func(i int, org Organisation) error {
		if slices.Contains(without, org.MSPID) {
			return nil
		}
		answer, at, err := c.endorseAtOne(ctx, org)
		switch {
		case err != nil && org.Signer == nil:
			away[i] = d.failed(StepCommit, ch, org, err)
			return nil
		case err != nil:
			return d.failed(StepCommit, ch, org, err)
		}
		endorsed[i] = answer
		if org.MSPID == lead.MSPID {
			through = at
		}
		return nil
	}); err != nil {
		return err
	}
	endorsed = slices.DeleteFunc(endorsed, func(r *peer.ProposalResponse) bool { return r == nil })
	if !majority(len(endorsed), ch) {
		return errors.Join(away...)
	}
	if err := c.submit(ctx, through, endorsed); err != nil {
		return d.failed(StepCommit, ch, lead, err)
	}
	if err := d.forEach(ch.own(), func(_ int, org Organisation) error { return d.seen(ctx, ch, org, sequence) }); err != nil {
		return err
	}
	d.tell(Event{Step: StepCommit, Channel: ch.Name, Sequence: sequence})
	return nil
}

// seen waits until every peer of an organisation that answers has the sequence.
func (d Deployment) seen(ctx context.Context, ch Channel, org Organisation, sequence int64) error {
	for _, at := range org.Peers {
		one := Organisation{MSPID: org.MSPID, Signer: org.Signer, Peers: []Peer{at}}
		err := settle(ctx, func() (bool, error) {
			is, err := committed(ctx, one, ch.Name, d.Name)
			return is.GetSequence() >= sequence, err
		})
		if errors.Is(err, errUnsettled) {
			err = fmt.Errorf("the commit of sequence %d has not reached it", sequence)
		}
		if err != nil && !(len(org.Peers) > 1 && passing(err)) {
			return &Error{Step: StepCommit, Contract: d.Name, Channel: ch.Name, Organisation: org.MSPID, Peer: at.Name, cause: err}
		}
	}
	return nil
}

var errUnsettled = errors.New("not settled in time")

// settle asks until the answer is yes.
func settle(ctx context.Context, ask func() (bool, error)) error {
	deadline := time.Now().Add(settleWithin)
	for pause := settleFirst; ; pause = min(3*pause/2, settleLongest) {
		if yes, err := ask(); err != nil || yes {
			return err
		}
		if time.Now().After(deadline) {
			return errUnsettled
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
	}
}

// forEach does something for every organisation at once.
func (d Deployment) forEach(ch Channel, do func(i int, org Organisation) error) error {
	errs := make([]error, len(ch.Organisations))
	var wg sync.WaitGroup
	for i, org := range ch.Organisations {
		wg.Go(func() { errs[i] = do(i, org) })
	}
	wg.Wait()
	for _, err := range errs { // one that may pass is told only where no other stands in the way
		if err != nil && !passing(err) {
			return err
		}
	}
	return errors.Join(errs...)
}
