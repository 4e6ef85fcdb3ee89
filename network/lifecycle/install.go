package lifecycle

import (
	"bytes"
	"context"
	"strings"
	"time"

	"github.com/hyperledger/fabric-admin-sdk/pkg/chaincode"
)

// installAt puts an organisation's package onto one peer, unless it is there.
func (d Deployment) installAt(ctx context.Context, org Organisation, at Peer) error {
	pkg := d.packageOf(org.MSPID)
	event := Event{Step: StepInstall, Organisation: org.MSPID, Peer: at.Name}
	failed := func(err error) error {
		return &Error{Step: StepInstall, Contract: d.Name, Organisation: org.MSPID, Peer: at.Name, cause: err}
	}
	var err error
	for try, pause := 1, firstPause; try <= attempts; try, pause = try+1, 2*pause {
		if event.Already, err = installed(ctx, org, at, pkg.ID); err == nil && !event.Already {
			err = d.put(ctx, org, at, pkg)
		}
		if err == nil || !passing(err) {
			break
		}
		select {
		case <-ctx.Done():
			return failed(ctx.Err())
		case <-time.After(pause):
		}
	}
	if err != nil {
		return failed(err)
	}
	d.tell(event)
	return nil
}

func (d Deployment) put(ctx context.Context, org Organisation, at Peer, pkg *Package) error {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	_, err := chaincode.NewPeer(at.Conn, org.Signer).Install(ctx, bytes.NewReader(pkg.Bytes))
	if err != nil && strings.Contains(err.Error(), "already successfully installed") {
		return nil // by another run at the same time
	}
	return err
}

// installed asks a peer whether it has a package.
func installed(ctx context.Context, org Organisation, at Peer, id string) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	result, err := chaincode.NewPeer(at.Conn, org.Signer).QueryInstalled(ctx)
	if err != nil {
		return false, err
	}
	for _, has := range result.GetInstalledChaincodes() {
		if has.GetPackageId() == id {
			return true, nil
		}
	}
	return false, nil
}
