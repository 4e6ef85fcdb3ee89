package contract

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"

	"henanchain/network/failure"
	"henanchain/network/lifecycle"
	"henanchain/network/supervise"
	"henanchain/network/topology"
)

// Status is how contracts are on their channels. Its JSON form is stable.
type Status struct {
	Healthy   bool             `json:"healthy"`
	Contracts []ContractStatus `json:"contracts"`
}

// ContractStatus is one contract.
type ContractStatus struct {
	Name     string          `json:"name"`
	Healthy  bool            `json:"healthy"`
	Underway *Underway       `json:"underway,omitempty"` // a deployment that has not come to its end
	Channels []ChannelStatus `json:"channels"`
	Services []ServiceStatus `json:"services"`
}

// ChannelStatus is a contract on one channel.
type ChannelStatus struct {
	Name     string   `json:"name"`
	Healthy  bool     `json:"healthy"`
	Version  string   `json:"version"` // committed; empty where nothing is
	Sequence int64    `json:"sequence"`
	Wanted   string   `json:"wanted"` // the version that it is to have
	By       string   `json:"by"`     // topology, deploy or rollback
	Package  string   `json:"package"`
	Policy   string   `json:"policy"`
	Earlier  []string `json:"earlier"` // versions that a rollback can go back to, the latest first
	Detail   string   `json:"detail,omitempty"`
}

// ServiceStatus is one process that serves a contract.
type ServiceStatus struct {
	Name    string `json:"name"`
	Version string `json:"version"`
	Package string `json:"package"`
	Program string `json:"program"` // SHA-256
	Address string `json:"address"`
	Healthy bool   `json:"healthy"`
	PID     int    `json:"pid,omitempty"`
	Detail  string `json:"detail,omitempty"`
}

// Status asks peers and services; an empty name is for all contracts.
func (o *Operator) Status(ctx context.Context, name string) (*Status, error) {
	b, err := Open(o.State)
	if err != nil {
		return nil, err
	}
	names := o.names(b)
	if name != "" {
		if !slices.Contains(names, name) {
			return nil, failure.New(failure.NotThere, "no channel has the contract %q: there are %s", name, joined(names))
		}
		names = []string{name}
	}
	m, err := OpenMembers(o.State, o.Net)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	running, _ := o.client.Services() // without a supervisor none runs
	out := &Status{Healthy: true, Contracts: make([]ContractStatus, len(names))}
	var wg sync.WaitGroup
	for i, n := range names {
		wg.Go(func() { out.Contracts[i] = o.contractStatus(ctx, b, m, running, n) })
	}
	wg.Wait()
	for _, c := range out.Contracts {
		out.Healthy = out.Healthy && c.Healthy
	}
	return out, nil
}

// names are the contracts that any channel has or is to have.
func (o *Operator) names(b *Book) []string {
	all := map[string]bool{}
	for _, ch := range o.Net.Channels {
		for _, name := range b.OnChannel(ch) {
			all[name] = true
		}
	}
	return slices.Sorted(maps.Keys(all))
}

func (o *Operator) contractStatus(ctx context.Context, b *Book, m *Members, running []supervise.Status, name string) ContractStatus {
	c := ContractStatus{Name: name, Healthy: true, Channels: []ChannelStatus{}, Services: []ServiceStatus{}}
	if r := b.Contracts[name]; r != nil {
		c.Underway = r.Underway
		c.Healthy = r.Underway == nil
	}
	channels := o.having(b, name)
	c.Channels = make([]ChannelStatus, len(channels))
	var wg sync.WaitGroup
	for i, ch := range channels {
		wg.Go(func() { c.Channels[i] = o.channelStatus(ctx, b, m, name, ch) })
	}
	wg.Go(func() { c.Services = o.serviceStatuses(ctx, b, running, name) })
	wg.Wait()
	for _, s := range c.Channels {
		c.Healthy = c.Healthy && s.Healthy
	}
	for _, s := range c.Services {
		c.Healthy = c.Healthy && s.Healthy
	}
	return c
}

func (o *Operator) channelStatus(ctx context.Context, b *Book, m *Members, name string, ch topology.Channel) ChannelStatus {
	s := ChannelStatus{Name: ch.Name, Wanted: b.Wanted(o.Net, ch, name), By: ByTopology, Earlier: []string{}}
	if p := b.placement(name, ch.Name); p != nil {
		s.By, s.Earlier = p.By, p.versions()
	}
	found, err := lifecycle.Status(ctx, []lifecycle.Channel{m.channel(ch)}, name)
	switch {
	case err != nil:
		s.Detail = err.Error()
		return s
	case len(found) == 0:
		s.Detail = "is not committed"
		return s
	}
	is := found[0]
	s.Version, s.Sequence, s.Policy = is.Version, is.Sequence, is.Policy
	for _, a := range is.Approvals {
		if a.Package != "" {
			s.Package = a.Package
			break
		}
	}
	switch {
	case s.Version != s.Wanted:
		s.Detail = "is to have " + s.Wanted
	case !is.Agreed():
		s.Detail = "not every organisation approves it with the package on its peers: " + disagreed(is)
	default:
		s.Healthy = true
	}
	return s
}

func disagreed(is lifecycle.ContractStatus) string {
	var out []string
	for _, a := range is.Approvals {
		switch {
		case !a.Approved:
			out = append(out, a.Organisation)
		case len(a.Missing) > 0:
			out = append(out, joined(a.Missing))
		}
	}
	return joined(out)
}

// serviceStatuses are the services that channels may call, and those that run
// beside them.
func (o *Operator) serviceStatuses(ctx context.Context, b *Book, running []supervise.Status, name string) []ServiceStatus {
	out := []ServiceStatus{}
	for _, a := range b.Artefacts {
		if a.Contract != name || a.Program == "" {
			continue
		}
		for _, host := range o.Net.HomeHosts() {
			s := ServiceStatus{Name: o.serviceName(a, host), Version: a.Version, Package: a.Package, Program: a.Program, Address: o.address(a, host)}
			runs := false
			for _, r := range running {
				if r.Name == s.Name {
					s.PID, runs = r.PID, r.PID != 0 || r.Elsewhere
				}
			}
			if !runs && !b.serving(a.Package) {
				continue
			}
			creds, err := o.peersCredentials(host)
			if err == nil {
				err = registers(ctx, s.Address, creds, a.Package)
			}
			if s.Healthy = err == nil; !s.Healthy {
				s.Detail = err.Error()
			}
			out = append(out, s)
		}
	}
	return out
}

// Print writes the status for people.
func (s *Status) Print(out io.Writer) {
	w := tabwriter.NewWriter(out, 2, 4, 2, ' ', 0)
	fmt.Fprintln(w, "CONTRACT\tCHANNEL\tVERSION\tSEQUENCE\tBY\tHEALTH\tCAN GO BACK TO")
	for _, c := range s.Contracts {
		for _, ch := range c.Channels {
			fmt.Fprintf(w, "%s\t%s\t%s\t%d\t%s\t%s\t%s\n", c.Name, ch.Name, orDash(ch.Version), ch.Sequence, ch.By, health(ch.Healthy, ch.Detail), orDash(joined(ch.Earlier)))
		}
	}
	fmt.Fprintln(w, "\nSERVICE\tCONTRACT\tVERSION\tADDRESS\tPROCESS\tHEALTH")
	for _, c := range s.Contracts {
		for _, v := range c.Services {
			fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\t%s\n", v.Name, c.Name, v.Version, v.Address, v.PID, health(v.Healthy, v.Detail))
		}
	}
	w.Flush()
	for _, c := range s.Contracts {
		if u := c.Underway; u != nil {
			fmt.Fprintf(out, "\nA %s of %s on %s, begun at %s, is not done: the same command again goes on, `chaincode rollback %s` goes back.\n",
				strings.TrimSpace(u.What+" "+u.Version), c.Name, joined(u.Channels), u.Since.Local().Format("15:04:05"), c.Name)
		}
	}
}

func health(ok bool, detail string) string {
	if ok {
		return "healthy"
	}
	return "NOT HEALTHY: " + detail
}

func orDash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
