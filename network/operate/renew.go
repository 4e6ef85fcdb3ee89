package operate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"text/tabwriter"
	"time"

	"henanchain/network/failure"
	"henanchain/network/identity"
	"henanchain/network/node"
	"henanchain/network/progress"
	"henanchain/network/state"
	"henanchain/network/supervise"
	"henanchain/network/topology"
)

// Renewal is an order for new keys and certificates.
type Renewal struct {
	Names  []string // of identities that the network itself has; "all" is all of them
	Within int      // only those with a certificate that ends within so many days; 0: any
	// RevokeOld revokes the certificates that were replaced: for stolen keys.
	RevokeOld bool
}

// Renewed is one identity with a new certificate. Its JSON form is stable.
type Renewed struct {
	Name    string    `json:"name"`
	Role    string    `json:"role"` // ca, peer, orderer, admin, application, machine
	Ends    time.Time `json:"ends"` // of the new certificate
	Seconds float64   `json:"seconds"`
}

// Roles of what is renewed, beside a node's own.
const (
	roleCA      = "ca"
	roleAdmin   = "admin"
	roleSystem  = "application"
	roleMachine = "machine" // what contracts' services and peers show each other
)

// renewable is an identity whose certificate the network can replace.
type renewable struct {
	name, role string
	org        topology.Organisation
	node       topology.Node // peers and orderers
	host       topology.Host // machines
	server     identity.CAServer
}

func (r renewable) dir(st state.Folder) string {
	switch r.role {
	case roleCA:
		return filepath.Dir(r.server.Certificate(st))
	case roleSystem:
		return st.Application(r.name)
	default:
		return st.Identity(r.org.Name, r.name)
	}
}

// renewables are all of them: the CA servers first, whom the others ask; nodes
// last, peers before orderers.
func renewables(n *topology.Network) []renewable {
	var out []renewable
	for _, ca := range identity.Servers(n) {
		out = append(out, renewable{name: ca.ServiceName(), role: roleCA, org: ca.Organisations[0], server: ca})
	}
	for _, org := range n.Organisations {
		out = append(out, renewable{name: "admin." + org.Name, role: roleAdmin, org: org})
	}
	for _, a := range n.Applications {
		if org, ok := n.Organisation(a.Organisation); ok {
			out = append(out, renewable{name: a.Name, role: roleSystem, org: *org})
		}
	}
	for _, h := range n.Hosts {
		for _, name := range identity.OfHost(n, h.Name) {
			out = append(out, renewable{name: name, role: roleMachine, org: *n.Owner(h.Name), host: h})
		}
	}
	for _, nd := range append(n.Peers(), n.Orderers...) {
		if org, ok := n.Organisation(nd.Organisation); ok {
			out = append(out, renewable{name: nd.Name, role: nd.Role, org: *org, node: nd})
		}
	}
	return out
}

// chosen picks what an order names.
func (o *Operator) chosen(n *topology.Network, order Renewal) ([]renewable, error) {
	all := renewables(n)
	if !slices.Contains(order.Names, "all") {
		for _, name := range order.Names {
			if !slices.ContainsFunc(all, func(r renewable) bool { return r.name == name }) {
				return nil, failure.New(failure.NotThere, "%q is no CA server, node, administrator, machine or business system of this network (`network status --json` lists the certificates). What was enrolled elsewhere is renewed where its key is, with fabric-ca-client reenroll", name)
			}
		}
		all = slices.DeleteFunc(all, func(r renewable) bool { return !slices.Contains(order.Names, r.name) })
	}
	if order.Within > 0 {
		soon := map[string]bool{}
		for _, c := range certificateReports(o.State, n, time.Now()) {
			soon[c.Name] = soon[c.Name] || c.Days <= order.Within
		}
		all = slices.DeleteFunc(all, func(r renewable) bool { return !soon[r.name] })
	}
	return slices.DeleteFunc(all, func(r renewable) bool { return !o.hasRegistrar(r.org) || !state.Exists(r.dir(o.State)) }), nil
}

// Renew gives identities of the network new keys and certificates, one after
// another: a node is restarted with them, and serves again before the next is
// touched. Ended at any point and run again, it goes on.
func (o *Operator) Renew(ctx context.Context, order Renewal) ([]Renewed, error) {
	if _, err := o.Network(); err != nil {
		return nil, err
	}
	unlock, err := o.State.Lock()
	if err != nil {
		return nil, err
	}
	defer unlock()
	n, err := o.Network() // as it is under the lock
	if err != nil {
		return nil, err
	}
	list, err := o.chosen(n, order)
	if err != nil {
		return nil, err
	}
	board := progress.New(o.Out)
	defer board.Close()
	u := &up{Operator: o, net: n, board: board}
	out := []Renewed{}
	old := map[string][]renewable{}
	for _, r := range list {
		began := time.Now()
		err := phase(board, r.name, func(t *progress.Task) (string, error) { return u.renew(ctx, t, r) })
		if err != nil {
			return out, err
		}
		done := Renewed{Name: r.name, Role: r.role, Seconds: time.Since(began).Round(time.Millisecond).Seconds()}
		if cert, err := readCertificate(certificateOf(o.State, r)); err == nil {
			done.Ends = cert.NotAfter.UTC()
		}
		out = append(out, done)
		if r.role != roleCA { // its certificate is of a root that serves nothing else
			old[r.org.Name] = append(old[r.org.Name], r)
		}
	}
	if !order.RevokeOld {
		return out, nil
	}
	for _, org := range n.Organisations {
		if len(old[org.Name]) == 0 {
			continue
		}
		err := phase(board, "Revocation", func(t *progress.Task) (string, error) { return o.revokeReplaced(ctx, n, &org, old[org.Name], t) })
		if err != nil {
			return out, err
		}
	}
	return out, nil
}

func certificateOf(st state.Folder, r renewable) string {
	switch r.role {
	case roleCA:
		return r.server.Certificate(st)
	case roleSystem:
		return filepath.Join(r.dir(st), "cert.pem")
	default:
		return filepath.Join(r.dir(st), "msp", "signcerts", "cert.pem")
	}
}

// revokeReplaced revokes every certificate of the identities but those in use.
func (o *Operator) revokeReplaced(ctx context.Context, n *topology.Network, org *topology.Organisation, list []renewable, t *progress.Task) (string, error) {
	a, err := o.authority(ctx, n, org)
	if err != nil {
		return "", err
	}
	defer a.Close()
	revoked := 0
	for _, r := range list {
		used := map[string]bool{}
		for _, path := range []string{certificateOf(o.State, r), filepath.Join(r.dir(o.State), "tls", "server.crt")} {
			if cert, err := readCertificate(path); err == nil {
				used[cert.SerialNumber.Text(16)] = true
			}
		}
		is, err := a.Find(ctx, r.name)
		if err != nil {
			return "", err
		}
		for _, c := range is.Certificates {
			// The certificate that a TLS one was asked for with is not kept: it
			// is the identity's own.
			if used[c.Serial] || c.Revoked {
				continue
			}
			if err := a.Revoke(ctx, r.name, c.Serial, "superseded"); err != nil {
				return "", err
			}
			revoked++
		}
	}
	out := &Revoked{}
	said, err := o.publish(ctx, n, a, org, t, out)
	return fmt.Sprintf("%s of %s; %s", count(revoked, "certificate"), org.Name, said), err
}

// renew makes the new certificates and puts them in the place of the old ones.
func (u *up) renew(ctx context.Context, t *progress.Task, r renewable) (string, error) {
	if r.role == roleCA {
		return u.renewServer(ctx, t, r)
	}
	a, err := u.authority(ctx, u.net, &r.org)
	if err != nil {
		return "", err
	}
	defer a.Close()
	goesOn := state.Exists(identity.Next(r.dir(u.State))) // a command that was ended had begun
	t.Phase("a new certificate from the CA of %s", r.org.Name)
	switch r.role {
	case roleAdmin:
		err = a.RenewAdmin(ctx)
	case roleSystem:
		err = a.RenewSystem(ctx, r.name)
	case roleMachine:
		err = a.RenewMachine(ctx, r.name, r.host)
	default:
		err = a.RenewNode(ctx, r.node, u.alone(r))
	}
	if err != nil {
		return "", err
	}
	switch r.role {
	case topology.RoleOrderer:
		return u.renewOrderer(ctx, t, r, goesOn)
	case topology.RolePeer:
		if err := identity.Take(r.dir(u.State)); err != nil {
			return "", err
		}
		t.Phase("restarting %s", r.name)
		return "renewed, and serves again", u.restartNode(ctx, r.node)
	case roleMachine:
		if err := identity.Take(r.dir(u.State)); err != nil {
			return "", err
		}
		return u.renewMachine(ctx, t, r)
	default:
		return "renewed; nothing had to be restarted", identity.Take(r.dir(u.State))
	}
}

// renewServer has a CA server make itself a new TLS certificate.
func (u *up) renewServer(ctx context.Context, t *progress.Task, r renewable) (string, error) {
	if err := os.Remove(r.server.Certificate(u.State)); err != nil && !errors.Is(err, os.ErrNotExist) {
		return "", err
	}
	s, runs, err := u.running(r.name)
	if err != nil || !runs {
		return "made when it is started", err
	}
	t.Phase("restarting %s", r.name)
	return "renewed, and serves again", u.restart(ctx, s)
}

// restartNode restarts a node that runs, and waits until it serves.
func (u *up) restartNode(ctx context.Context, nd topology.Node) error {
	s, err := u.configured(nd)
	if err != nil {
		return err
	}
	_, runs, err := u.running(nd.Name)
	if err != nil || !runs {
		return err // stopped: it takes the new ones when it is started
	}
	return u.restart(ctx, s)
}

// configured writes a node's configuration, and says how to run it.
func (u *up) configured(nd topology.Node) (supervise.Service, error) {
	if nd.Role == topology.RoleOrderer {
		return node.Orderer(u.State, u.net, nd, u.Programs)
	}
	return node.Peer(u.State, u.net, nd, u.Programs)
}

// restart restarts a service, or starts one that is stopped, and waits until it serves.
func (u *up) restart(ctx context.Context, s supervise.Service) error {
	if err := u.client.Restart(s.Name); err != nil {
		return err
	}
	return u.waitHealthy(ctx, s, patience)
}

// PrintRenewed writes what was renewed for people.
func PrintRenewed(out io.Writer, list []Renewed) {
	if len(list) == 0 {
		fmt.Fprintln(out, "nothing was to be renewed")
		return
	}
	w := tabwriter.NewWriter(out, 2, 4, 2, ' ', 0)
	fmt.Fprintln(w, "RENEWED\tROLE\tGOOD UNTIL\tTOOK")
	for _, r := range list {
		fmt.Fprintf(w, "%s\t%s\t%s\t%.1fs\n", r.Name, r.Role, r.Ends.Format(time.DateOnly), r.Seconds)
	}
	w.Flush()
}

// unfinished are the renewals that a command which was ended had begun.
func (o *Operator) unfinished(n *topology.Network) []renewable {
	return slices.DeleteFunc(renewables(n), func(r renewable) bool { return !state.Exists(identity.Next(r.dir(o.State))) })
}

// renewals ends them.
func (u *up) renewals(ctx context.Context, t *progress.Task) (string, error) {
	list := u.unfinished(u.net)
	for _, r := range list {
		if _, err := u.renew(ctx, t, r); err != nil {
			return "", fmt.Errorf("end the renewal of %s: %w", r.name, err)
		}
	}
	return count(len(list), "certificate") + " that an ended command had begun to renew", nil
}
