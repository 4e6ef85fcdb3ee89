package topology

import (
	"fmt"
	"net"
	"regexp"
	"strings"
	"time"

	"gopkg.in/yaml.v3"
)

var (
	namePattern     = regexp.MustCompile(`^[a-z][a-z0-9-]{0,38}$`)
	mspPattern      = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9]{0,38}$`)
	divisionPattern = regexp.MustCompile(`^\d{6}$`)
	bytesPattern    = regexp.MustCompile(`^\d+ ?(KB|MB)$`)
	versionPattern  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_.+-]*$`)
	usccPattern     = regexp.MustCompile(`^[1-9ANY][1-9]\d{6}[0-9A-HJ-NP-RTUWXY]{10}$`)
	hostPattern     = regexp.MustCompile(`^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$`)
)

// checker collects what is wrong, each with its line.
type checker struct {
	root     *yaml.Node
	problems []Problem
	hosts    map[string]bool
	orgs     map[string]bool
	channels map[string]bool
}

func (c *checker) addf(path []any, format string, args ...any) {
	c.problems = append(c.problems, Problem{Line: lineOf(c.root, path...), Path: pathText(path), Message: fmt.Sprintf(format, args...)})
}

func at(path ...any) []any { return path }

// name checks a name's form and that it is the only one of its kind.
func (c *checker) name(seen map[string]bool, name string, path []any) {
	switch {
	case name == "":
		c.addf(path, "is missing: give it a name of small letters, digits and hyphens")
	case !namePattern.MatchString(name):
		c.addf(path, "%q is not a name: begin with a small letter, then small letters, digits and hyphens, at most 39", name)
	case seen[name]:
		c.addf(path, "%q stands here a second time", name)
	}
	seen[name] = true
}

func (c *checker) known(kind string, set map[string]bool, name string, path []any) {
	if !set[name] {
		c.addf(path, "there is no %s %q", kind, name)
	}
}

func (c *checker) file(f *File) {
	if f.Version != Version {
		c.addf(at("version"), "is %d: this program reads version %d", f.Version, Version)
	}
	c.name(map[string]bool{}, f.Name, at("name"))
	if f.Ports.Base < 1024 || f.Ports.Base+PortSpan > 32768 {
		c.addf(at("ports", "base"), "is %d: choose one between 1024 and %d, below the ports that Linux gives to outgoing connections", f.Ports.Base, 32768-PortSpan)
	}
	c.hostList(f)
	c.organisationList(f)
	c.ordering(&f.Ordering, at("ordering"), true)
	contracts := c.contractList(f)
	c.channelList(f, contracts)
	c.applicationList(f)
	c.profileList(f)
}

func (c *checker) hostList(f *File) {
	c.hosts = map[string]bool{}
	if len(f.Hosts) == 0 {
		c.addf(at("hosts"), "is empty: name at least one machine")
	}
	for i, h := range f.Hosts {
		c.name(c.hosts, h.Name, at("hosts", i, "name"))
		if net.ParseIP(h.Address) == nil && !hostPattern.MatchString(h.Address) {
			c.addf(at("hosts", i, "address"), "%q is neither an IP address nor a host name", h.Address)
		}
	}
}

func (c *checker) organisationList(f *File) {
	c.orgs = map[string]bool{}
	msps, divisions := map[string]bool{}, map[string]bool{}
	provinces := 0
	if len(f.Organisations) > maxOrganisations {
		c.addf(at("organisations"), "has %d entries: the table of ports has room for %d", len(f.Organisations), maxOrganisations)
	}
	for i, o := range f.Organisations {
		c.name(c.orgs, o.Name, at("organisations", i, "name"))
		if !mspPattern.MatchString(o.MSP) {
			c.addf(at("organisations", i, "msp"), "%q is not an MSP ID: letters and digits, such as ZhengzhouMSP", o.MSP)
		} else if msps[o.MSP] {
			c.addf(at("organisations", i, "msp"), "%q stands here a second time", o.MSP)
		}
		msps[o.MSP] = true
		if !divisionPattern.MatchString(o.Division) {
			c.addf(at("organisations", i, "division"), "%q is not a division code: six digits, in quotes", o.Division)
		} else if divisions[o.Division] {
			c.addf(at("organisations", i, "division"), "%q stands here a second time", o.Division)
		}
		divisions[o.Division] = true
		if o.Title == "" {
			c.addf(at("organisations", i, "title"), "is missing: the name that people read")
		}
		if o.Host != "" {
			c.known("host", c.hosts, o.Host, at("organisations", i, "host"))
		}
		if o.Province {
			provinces++
		}
		c.peerList(o, i)
	}
	if provinces != 1 {
		c.addf(at("organisations"), "%d organisations have `province: true`: exactly one is the province", provinces)
	}
}

func (c *checker) peerList(o OrganisationSpec, i int) {
	names := map[string]bool{}
	if len(o.Peers) > maxPeers {
		c.addf(at("organisations", i, "peers"), "has %d entries: the table of ports has room for %d", len(o.Peers), maxPeers)
	}
	for j, p := range o.Peers {
		c.name(names, p.Name, at("organisations", i, "peers", j, "name"))
		if p.Host != "" {
			c.known("host", c.hosts, p.Host, at("organisations", i, "peers", j, "host"))
		}
	}
}

func (c *checker) ordering(o *OrderingSpec, path []any, whole bool) {
	sub := func(steps ...any) []any { return append(append([]any{}, path...), steps...) }
	switch o.Type {
	case Raft:
	case BFT:
		if len(o.Orderers) < 4 {
			c.addf(sub("orderers"), "BFT needs at least 4 orderers to bear one that fails; here are %d", len(o.Orderers))
		}
	default:
		c.addf(sub("type"), "is %q: write raft or BFT", o.Type)
	}
	if len(o.Orderers) == 0 || len(o.Orderers) > maxOrderers {
		c.addf(sub("orderers"), "has %d entries: name 1 to %d", len(o.Orderers), maxOrderers)
	}
	names := map[string]bool{}
	for i, n := range o.Orderers {
		c.name(names, n.Name, sub("orderers", i, "name"))
		c.known("organisation", c.orgs, n.Organisation, sub("orderers", i, "organisation"))
		if n.Host != "" {
			c.known("host", c.hosts, n.Host, sub("orderers", i, "host"))
		}
	}
	if o.Batch == nil {
		if whole {
			c.addf(sub("batch"), "is missing: timeout, maxMessages, preferredMaxBytes, absoluteMaxBytes")
		}
		return
	}
	if d, err := time.ParseDuration(o.Batch.Timeout); err != nil || d < time.Millisecond || d > time.Minute {
		c.addf(sub("batch", "timeout"), "%q is not a duration between 1ms and 1m", o.Batch.Timeout)
	}
	if o.Batch.MaxMessages < 1 {
		c.addf(sub("batch", "maxMessages"), "is %d: at least 1", o.Batch.MaxMessages)
	}
	for field, v := range map[string]string{"preferredMaxBytes": o.Batch.PreferredMaxBytes, "absoluteMaxBytes": o.Batch.AbsoluteMaxBytes} {
		if !bytesPattern.MatchString(v) {
			c.addf(sub("batch", field), "%q is not a size such as 512KB or 2MB", v)
		}
	}
}

func (c *checker) contractList(f *File) map[string]bool {
	contracts := map[string]bool{}
	for i, k := range f.Contracts {
		c.name(contracts, k.Name, at("contracts", i, "name"))
		if !versionPattern.MatchString(k.Version) {
			c.addf(at("contracts", i, "version"), `%q is not a version: letters, digits, and _ . + -, in quotes ("1.0")`, k.Version)
		}
	}
	return contracts
}

func (c *checker) channelList(f *File, contracts map[string]bool) {
	c.channels = map[string]bool{}
	mains := 0
	for i, ch := range f.Channels {
		c.name(c.channels, ch.Name, at("channels", i, "name"))
		if ch.Main {
			mains++
		}
		if !ch.Organisations.All && len(ch.Organisations.List) == 0 {
			c.addf(at("channels", i, "organisations"), "is missing: name the members, the owner of the ledger first")
		}
		for j, o := range ch.Organisations.List {
			c.known("organisation", c.orgs, o, at("channels", i, "organisations", j))
		}
		for j, k := range ch.Contracts {
			c.known("contract", contracts, k, at("channels", i, "contracts", j))
		}
		switch ch.Endorsement {
		case "", EndorseAll, EndorseProvinceAndOwner:
		default:
			c.addf(at("channels", i, "endorsement"), "is %q: write %s or %s", ch.Endorsement, EndorseAll, EndorseProvinceAndOwner)
		}
		if ch.Division != "" && !divisionPattern.MatchString(ch.Division) {
			c.addf(at("channels", i, "division"), "%q is not a division code: six digits, in quotes", ch.Division)
		}
	}
	if mains != 1 {
		c.addf(at("channels"), "%d channels have `main: true`: exactly one is the main channel", mains)
	}
}

func (c *checker) applicationList(f *File) {
	names := map[string]bool{}
	for i, a := range f.Applications {
		c.name(names, a.Name, at("applications", i, "name"))
		c.known("organisation", c.orgs, a.Organisation, at("applications", i, "organisation"))
		if !usccPattern.MatchString(a.Department) {
			c.addf(at("applications", i, "department"), "%q is not a unified social credit code (统一社会信用代码): 18 characters", a.Department)
		}
		if len(a.Roles) == 0 {
			c.addf(at("applications", i, "roles"), "is missing: without a role it may do nothing")
		}
		for j, r := range a.Roles {
			if r == "" || strings.ContainsAny(r, ", ") {
				c.addf(at("applications", i, "roles", j), "%q is not a role: one word, no comma", r)
			}
		}
		if !a.Cities.All && len(a.Cities.List) == 0 {
			c.addf(at("applications", i, "cities"), "is missing: name the channels that it may call")
		}
		for j, ch := range a.Cities.List {
			c.known("channel", c.channels, ch, at("applications", i, "cities", j))
		}
	}
}

func (c *checker) profileList(f *File) {
	if len(f.Profiles) == 0 {
		c.addf(at("profiles"), "is empty: name at least one")
	}
	province := ""
	for _, o := range f.Organisations {
		if o.Province {
			province = o.Name
		}
	}
	for name, p := range f.Profiles {
		if !p.Organisations.All && len(p.Organisations.List) == 0 {
			c.addf(at("profiles", name, "organisations"), "is missing: name them, or write all")
		}
		has := p.Organisations.All
		for j, o := range p.Organisations.List {
			c.known("organisation", c.orgs, o, at("profiles", name, "organisations", j))
			has = has || o == province
		}
		if !has {
			c.addf(at("profiles", name, "organisations"), "leaves out the province %q, which is a member of every channel", province)
		}
		ordering := &f.Ordering
		if p.Ordering != nil {
			ordering = p.Ordering
			c.ordering(p.Ordering, at("profiles", name, "ordering"), false)
		}
		c.ordererOwners(name, p, ordering)
	}
}

// ordererOwners refuses a profile whose orderers belong to an organisation
// that the profile leaves out: nobody would hold their keys.
func (c *checker) ordererOwners(name string, p Profile, o *OrderingSpec) {
	if p.Organisations.All {
		return
	}
	for _, n := range o.Orderers {
		in := false
		for _, org := range p.Organisations.List {
			in = in || org == n.Organisation
		}
		if !in && c.orgs[n.Organisation] {
			c.addf(at("profiles", name, "organisations"), "leaves out %q, to whom the orderer %q belongs", n.Organisation, n.Name)
		}
	}
}
