package operate

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"henanchain/internal/identifier"
	"henanchain/internal/operation"
	"henanchain/network/failure"
	"henanchain/network/identity"
	"henanchain/network/progress"
	"henanchain/network/state"
	"henanchain/network/topology"
)

// Registration is an order to make a business system or a person known to the
// CA of an organisation.
type Registration struct {
	Name         string
	Organisation string
	Kind         string            // client, admin, peer, orderer
	App          string            // hnc.app; the name where empty
	Department   string            // hnc.dept, a USCC (统一社会信用代码)
	Roles        []string          // hnc.roles
	Attributes   map[string]string // beside those
	Enrollments  int
}

var identityPattern = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9._@-]{0,62}[A-Za-z0-9])?$`)

// Register makes an identity known and returns the secret to enrol it with.
func (o *Operator) Register(ctx context.Context, r Registration) (secret string, err error) {
	n, err := o.Network()
	if err != nil {
		return "", err
	}
	org, err := organisationNamed(n, r.Organisation)
	if err != nil {
		return "", err
	}
	if err := r.check(n); err != nil {
		return "", err
	}
	a, err := o.authority(ctx, n, org)
	if err != nil {
		return "", err
	}
	defer a.Close()
	return a.Register(ctx, identity.Registration{Name: r.Name, Kind: r.Kind, Attributes: r.attributes(), Enrollments: r.Enrollments})
}

func (r *Registration) attributes() map[string]string {
	out := map[string]string{}
	for name, value := range r.Attributes {
		out[name] = value
	}
	if r.Kind == identity.Client && r.Department != "" {
		out[operation.AttributeApp] = r.App
		if r.App == "" {
			out[operation.AttributeApp] = r.Name
		}
		out[operation.AttributeDept] = r.Department
		out[operation.AttributeRoles] = strings.Join(r.Roles, ",")
	}
	return out
}

// check refuses what the ledgers would not know what to do with, and names that
// the network gives itself.
func (r *Registration) check(n *topology.Network) error {
	if !identityPattern.MatchString(r.Name) {
		return failure.New(failure.Usage, "%q is not a name for an identity: letters, digits and . _ @ -, at most 64", r.Name)
	}
	if owner(n, r.Name) != "" {
		return failure.New(failure.Usage, "%q is the name of a node, an administrator or a business system of the network: choose another", r.Name)
	}
	if !slices.Contains([]string{identity.Client, identity.Admin, identity.Peer, identity.Orderer}, r.Kind) {
		return failure.New(failure.Usage, "--type %q: client, admin, peer or orderer", r.Kind)
	}
	if r.Enrollments == 0 || r.Enrollments < -1 {
		return failure.New(failure.Usage, "--enrollments %d: how often the secret is good for a certificate, or -1 for ever", r.Enrollments)
	}
	for name := range r.Attributes {
		if strings.HasPrefix(name, "hf.") || strings.HasPrefix(name, "hnc.") {
			return failure.New(failure.Usage, "--attr %s: those that begin with hf. are the CA's own, and hnc. ones are given by --app, --dept and --roles", name)
		}
	}
	if (r.Department == "") != (len(r.Roles) == 0) || r.App != "" && r.Department == "" {
		return failure.New(failure.Usage, "give --dept and --roles together: contracts decide by both")
	}
	for _, role := range r.Roles {
		if role == "" || strings.ContainsAny(role, ", ") {
			return failure.New(failure.Usage, "--roles: %q is not a role: one word, such as evidence.depositor", role)
		}
	}
	if r.Department == "" {
		return nil
	}
	code, err := identifier.ParseUSCC(r.Department)
	if err != nil {
		return failure.Wrap(failure.Usage, err, "--dept")
	}
	r.Department = code.String()
	return nil
}

// organisationNamed finds an organisation by its name or its MSP ID.
func organisationNamed(n *topology.Network, name string) (*topology.Organisation, error) {
	var names []string
	for i := range n.Organisations {
		if org := &n.Organisations[i]; org.Name == name || org.MSP == name {
			return org, nil
		}
		names = append(names, n.Organisations[i].Name)
	}
	if name == "" {
		return nil, failure.New(failure.Usage, "say whose it is with --org: %s", strings.Join(names, ", "))
	}
	return nil, failure.New(failure.NotThere, "there is no organisation %q in this network: it has %s", name, strings.Join(names, ", "))
}

// owner is the organisation of an identity that the network itself has; empty
// where it has none of that name.
func owner(n *topology.Network, name string) string {
	for _, nd := range n.Nodes() {
		if nd.Name == name {
			return nd.Organisation
		}
	}
	for _, org := range n.Organisations {
		if name == "admin."+org.Name {
			return org.Name
		}
	}
	for _, h := range n.Hosts {
		if slices.Contains(identity.OfHost(n, h.Name), name) {
			return n.Owner(h.Name).Name
		}
	}
	if a, ok := n.Application(name); ok {
		return a.Organisation
	}
	return ""
}

// authority connects to an organisation's CA as its registrar.
func (o *Operator) authority(ctx context.Context, n *topology.Network, org *topology.Organisation) (*identity.Authority, error) {
	if !o.client.Alive() {
		return nil, failure.New(failure.Unhealthy, "the CA of %s does not run: `network up` starts it", org.Name)
	}
	return identity.Open(ctx, o.State, n, *org)
}

// Enrolment is an order to get a registered identity its certificate.
type Enrolment struct {
	Name         string
	Organisation string
	Secret       string
	Out          string   // folder; empty with Channels
	Hosts        []string // for a TLS certificate beside it
	// Channels make it a business system that may call them through this
	// network's gateway.
	Channels []string
}

// Enrolled is what came of it. Its JSON form is stable.
type Enrolled struct {
	Name         string            `json:"name"`
	Organisation string            `json:"organisation"`
	MSP          string            `json:"msp"`
	Attributes   map[string]string `json:"attributes"`
	Ends         time.Time         `json:"ends"`
	Folder       string            `json:"folder"`
	Channels     []string          `json:"channels,omitempty"` // through the gateway
}

// Enrol gets a certificate for a registered identity.
func (o *Operator) Enrol(ctx context.Context, e Enrolment) (*Enrolled, error) {
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
	org, err := organisationNamed(n, e.Organisation)
	if err != nil {
		return nil, err
	}
	for _, ch := range e.Channels {
		if c, ok := n.Channel(ch); !ok || !slices.Contains(c.Organisations, org.Name) {
			return nil, failure.New(failure.NotThere, "%s is not a member of a channel %q", org.Name, ch)
		}
	}
	dir := e.Out
	if len(e.Channels) > 0 {
		dir = o.State.Application(e.Name)
	}
	if state.Exists(dir) {
		return nil, failure.New(failure.Usage, "%s is there already: choose another folder, or `network identity renew %s` for a new certificate", dir, e.Name)
	}
	got, err := identity.Enrol(ctx, o.State, n, *org, e.Name, e.Secret, e.Hosts)
	if err != nil {
		return nil, err
	}
	out := &Enrolled{Name: e.Name, Organisation: org.Name, MSP: org.MSP, Attributes: got.Attributes, Ends: got.Certificate.NotAfter.UTC(), Folder: dir, Channels: e.Channels}
	if len(e.Channels) == 0 {
		return out, state.MakeDir(dir, got.Write)
	}
	return out, o.admit(ctx, n, e, got)
}

// admit hands a business system over to the gateway.
func (o *Operator) admit(ctx context.Context, n *topology.Network, e Enrolment, got *identity.Enrolment) error {
	app := topology.Application{
		Name: e.Name, Organisation: e.Organisation, Department: got.Attributes[operation.AttributeDept],
		Roles: strings.Split(got.Attributes[operation.AttributeRoles], ","), Cities: e.Channels,
	}
	if app.Department == "" || got.Attributes[operation.AttributeApp] == "" {
		return failure.New(failure.Refused, "%s was registered without --dept and --roles: contracts would refuse all that it asks; register it under another name, with these", e.Name)
	}
	if org, err := organisationNamed(n, e.Organisation); err == nil {
		app.Organisation = org.Name
	}
	if err := state.MakeDir(o.State.Application(e.Name), got.WriteSystem); err != nil {
		return err
	}
	return o.handOver(ctx, n.WithSystem(app))
}

// handOver records a network with other business systems and tells the gateway.
func (o *Operator) handOver(ctx context.Context, n *topology.Network) error {
	if err := o.State.SetNetwork(n); err != nil {
		return err
	}
	u := &up{Operator: o, net: n, board: progress.New(io.Discard)}
	defer u.board.Close()
	_, err := u.connection(ctx, nil)
	return err
}

// Identities lists what the CAs know, of one organisation or of all.
func (o *Operator) Identities(ctx context.Context, organisation string) ([]identity.Record, error) {
	n, err := o.Network()
	if err != nil {
		return nil, err
	}
	orgs := n.Organisations
	if organisation != "" {
		org, err := organisationNamed(n, organisation)
		if err != nil {
			return nil, err
		}
		orgs = []topology.Organisation{*org}
	}
	out := []identity.Record{}
	for i := range orgs {
		if !o.hasRegistrar(orgs[i]) {
			if organisation == "" {
				continue // another machine's
			}
			return nil, failure.New(failure.Refused, "the CA of %s is not on this machine: ask where it is", orgs[i].Name)
		}
		a, err := o.authority(ctx, n, &orgs[i])
		if err != nil {
			return nil, err
		}
		list, err := a.List(ctx)
		a.Close()
		if err != nil {
			return nil, err
		}
		out = append(out, list...)
	}
	return out, nil
}

// hasRegistrar tells whether the registrar of an organisation's CA is in this
// state folder.
func (o *Operator) hasRegistrar(org topology.Organisation) bool {
	found, _ := filepath.Glob(filepath.Join(o.State.Path("ca"), "*", org.Name, "registrar.secret"))
	return len(found) > 0
}

// PrintIdentities writes a list of identities for people.
func PrintIdentities(out io.Writer, list []identity.Record, now time.Time) {
	w := tabwriter.NewWriter(out, 2, 4, 2, ' ', 0)
	fmt.Fprintln(w, "IDENTITY\tORGANISATION\tTYPE\tDEPARTMENT\tROLES\tCERTIFICATE\tSERIAL NUMBER")
	for _, r := range list {
		standing, serial := "none yet", "-"
		for _, c := range r.Certificates { // the latest that identifies it
			if c.Use != "identity" {
				continue
			}
			serial = c.Serial
			switch {
			case c.Revoked:
				standing = "REVOKED"
			case now.After(c.Ends):
				standing = "EXPIRED on " + c.Ends.Format(time.DateOnly)
			default:
				standing = "until " + c.Ends.Format(time.DateOnly)
			}
			break
		}
		fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\n", r.Name, r.Organisation, r.Kind,
			orDash(r.Attributes[operation.AttributeDept]), orDash(r.Attributes[operation.AttributeRoles]), standing, serial)
	}
	w.Flush()
}

// removeSystem deletes the folder of a business system that is one no more.
func (o *Operator) removeSystem(name string) error { return os.RemoveAll(o.State.Application(name)) }
