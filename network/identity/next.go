package identity

import (
	"context"
	"crypto/ecdsa"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"golang.org/x/sys/unix"

	"henanchain/network/state"
	"henanchain/network/topology"
)

// Next is a folder beside an identity's own, that holds its next keys and
// certificates until they take its place. It outlives a killed command.
func Next(dir string) string { return filepath.Join(filepath.Dir(dir), ".next-"+filepath.Base(dir)) }

// newMark marks a folder that has not been in use yet, so that one which a killed
// run has replaced is not taken for a new one.
const newMark = "new"

// begin removes what a run that was killed at its very end has left.
func begin(dir string) error {
	if next := Next(dir); state.Exists(next) && !state.Exists(filepath.Join(next, newMark)) {
		if err := os.RemoveAll(next); err != nil {
			return err
		}
	}
	if err := os.Remove(filepath.Join(dir, newMark)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return err
	}
	return nil
}

func mark(dir string) error { return os.WriteFile(filepath.Join(dir, newMark), nil, 0o600) }

// Renew makes new keys and certificates for an identity of the network, beside
// those in use, and does nothing where a run before has made them. It works with
// an expired certificate as well, because the registrar vouches for the identity.
func (a *Authority) Renew(ctx context.Context, name, kind string, hosts []string) error {
	return a.renew(ctx, name, kind, hosts, false)
}

func (a *Authority) renew(ctx context.Context, name, kind string, hosts []string, keepTLSKey bool) error {
	dir := a.st.Identity(a.org.Name, name)
	if err := begin(dir); err != nil {
		return err
	}
	var key *ecdsa.PrivateKey
	if keepTLSKey {
		is, err := loadCredentials(filepath.Join(dir, "tls", "server.crt"), filepath.Join(dir, "tls", "server.key"))
		if err != nil {
			return fmt.Errorf("the TLS key of %s: %w", name, err)
		}
		key = is.key
	}
	return a.memberAt(ctx, Next(dir), name, kind, hosts, key, mark)
}

// RenewNode is Renew for a peer or an orderer. With keepTLSKey the new TLS
// certificate is for the key that the node has.
func (a *Authority) RenewNode(ctx context.Context, node topology.Node, keepTLSKey bool) error {
	kind := Peer
	if node.Role == topology.RoleOrderer {
		kind = Orderer
	}
	return a.renew(ctx, node.Name, kind, uniqueHosts(node.Name, node.Address), keepTLSKey)
}

// RenewMachine is Renew for what contracts' services and peers of a machine show
// each other: ContractServer or ContractClient.
func (a *Authority) RenewMachine(ctx context.Context, name string, h topology.Host) error {
	return a.Renew(ctx, name, Client, uniqueHosts(name, h.Address))
}

// RenewAdmin is Renew for the organisation's administrator.
func (a *Authority) RenewAdmin(ctx context.Context) error {
	name := "admin." + a.org.Name
	return a.Renew(ctx, name, Admin, []string{name})
}

// RenewSystem makes a new key and certificate for a business system; its token
// stays.
func (a *Authority) RenewSystem(ctx context.Context, name string) error {
	dir := a.st.Application(name)
	if err := begin(dir); err != nil {
		return err
	}
	return state.MakeDir(Next(dir), func(tmp string) error {
		token, err := os.ReadFile(filepath.Join(dir, "token"))
		if err != nil {
			return err
		}
		k, err := a.fresh(ctx, name, Client, nil)
		if err != nil {
			return err
		}
		return errors.Join(writeSystem(tmp, k, string(token)), mark(tmp))
	})
}

// Take puts what Next holds in the place of the identity's folder, at one
// moment where the file system can, and removes what was there.
func Take(dir string) error {
	next := Next(dir)
	err := unix.Renameat2(unix.AT_FDCWD, next, unix.AT_FDCWD, dir, unix.RENAME_EXCHANGE)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOSYS) {
		old := filepath.Join(filepath.Dir(dir), ".old-"+filepath.Base(dir))
		err = errors.Join(os.RemoveAll(old), os.Rename(dir, old), os.Rename(next, dir), os.Rename(old, next))
	}
	if err == nil {
		err = os.Remove(filepath.Join(dir, newMark))
	}
	if err != nil {
		return fmt.Errorf("put the new certificate in the place of the old one: %w", err)
	}
	return os.RemoveAll(next)
}
