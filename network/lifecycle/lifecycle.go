// Package lifecycle puts contracts onto channels: it packs, installs, approves
// for every organisation, checks that all agree, and commits.
//
// What is to be done is decided by asking the peers and by nothing else, so that
// a deployment that was killed at any point goes on when it is run again, and one
// that is done does nothing.
//
// Peers are asked directly, and not through the gateway's discovery: for a while
// after a peer has joined, and after each new version, discovery does not know
// yet who could endorse.
package lifecycle

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hyperledger/fabric-admin-sdk/pkg/identity"
	"google.golang.org/grpc"
)

// Peer is one peer as a deployment reaches it.
type Peer struct {
	Name string
	Conn grpc.ClientConnInterface // to the peer's endorser and gateway services
}

// Organisation is a member of a channel: its administrator, and its peers that
// have joined.
type Organisation struct {
	MSPID string
	// Signer is an administrator of the organisation; nil where that one is on
	// another machine and agrees there.
	Signer identity.SigningIdentity
	Peers  []Peer
}

// Channel is where a contract goes, and under which rules.
type Channel struct {
	Name          string
	Organisations []Organisation // every member that is to approve
	// Policy is who must endorse a write, such as
	// "AND('HenanMSP.peer','ZhengzhouMSP.peer')"; empty is the channel's own
	// endorsement policy, a majority of its members.
	Policy string
	// Collections is the configuration of private data, as JSON in the form of
	// Fabric's own tools; empty is none.
	Collections []byte
	// InitRequired makes peers refuse every call before Initialise.
	InitRequired bool
}

// own is the channel with those members alone whose administrators are here.
func (c Channel) own() Channel {
	c.Organisations = slices.DeleteFunc(slices.Clone(c.Organisations), func(o Organisation) bool { return o.Signer == nil })
	return c
}

// Deployment is one version of a contract for several channels.
type Deployment struct {
	Name    string // of the contract
	Version string
	// Packages are by MSP ID; the one under "" is for every organisation that
	// has none of its own. Organisations on different hosts may need different
	// ones, because a package holds the address of the contract's service.
	Packages map[string]*Package
	Channels []Channel
	Parallel int         // channels at once; 8 where 0
	Progress func(Event) // told of each step, by several goroutines; may be nil
}

// Step is a part of the lifecycle.
type Step string

// The steps, in their order.
const (
	StepPackage Step = "package"
	StepInstall Step = "install"
	StepQuery   Step = "query"
	StepApprove Step = "approve"
	StepReady   Step = "readiness"
	StepCommit  Step = "commit"
)

// Event says that a step was done, or that it was found done.
type Event struct {
	Step         Step
	Channel      string // empty for an installation, which is for all channels
	Organisation string // MSP ID; empty for a commit
	Peer         string
	Sequence     int64
	Already      bool // nothing had to be done
}

func (e Event) String() string {
	parts := []string{string(e.Step)}
	for _, part := range []string{e.Channel, e.Organisation, e.Peer} {
		if part != "" {
			parts = append(parts, part)
		}
	}
	if e.Sequence > 0 {
		parts = append(parts, fmt.Sprintf("sequence %d", e.Sequence))
	}
	if e.Already {
		parts = append(parts, "(was done)")
	}
	return strings.Join(parts, " ")
}

// Outcome is what a deployment came to on one channel.
type Outcome struct {
	Channel   string `json:"channel"`
	Sequence  int64  `json:"sequence"`  // that is committed now
	Unchanged bool   `json:"unchanged"` // it was committed before
	// Waiting are the members without whose approval it is not committed yet:
	// their administrators are on other machines.
	Waiting []string      `json:"waiting,omitempty"`
	Took    time.Duration `json:"took"`
	Err     error         `json:"-"`
}

// AllOf is the policy that every one of the organisations endorses: a city's
// channel.
func AllOf(mspIDs ...string) string {
	return "AND(" + peersOf(mspIDs) + ")"
}

// WithOneOf is the policy that the province and one of the others endorse: the
// main channel, where records are then bound to their owners key by key.
func WithOneOf(province string, others ...string) string {
	others = slices.DeleteFunc(slices.Clone(others), func(msp string) bool { return msp == province })
	switch len(others) {
	case 0:
		return "OR('" + province + ".peer')"
	case 1:
		return AllOf(province, others[0])
	default:
		return "AND('" + province + ".peer',OR(" + peersOf(others) + "))"
	}
}

func peersOf(mspIDs []string) string {
	principals := make([]string, 0, len(mspIDs))
	for _, msp := range mspIDs {
		principals = append(principals, "'"+msp+".peer'")
	}
	return strings.Join(principals, ",")
}
