package channelconfig

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"github.com/hyperledger/fabric-config/protolator"
	"github.com/hyperledger/fabric-protos-go-apiv2/common"

	"henanchain/network/genesis"
)

// Settings are the parts of a channel's configuration that an administrator
// changes. Its JSON form is stable.
type Settings struct {
	Channel  string     `json:"channel"`
	Sequence uint64     `json:"sequence"` // of the configuration
	Batch    Batch      `json:"batch"`
	Ordering Ordering   `json:"ordering"`
	Members  []string   `json:"members"` // MSP IDs
	Policies PolicyList `json:"policies"`
}

// Describe reads the settings of a channel.
func (c *Network) Describe(ctx context.Context, name string) (*Settings, error) {
	config, err := c.Get(ctx, name)
	if err != nil {
		return nil, err
	}
	s := &Settings{Channel: name, Sequence: config.GetSequence(), Members: Members(config), Policies: PoliciesOf(config)}
	if s.Batch, err = BatchOf(config); err != nil {
		return nil, err
	}
	s.Ordering, err = OrderingOf(config)
	return s, err
}

// Print writes the settings for people.
func (s *Settings) Print(out io.Writer) {
	fmt.Fprintf(out, "channel %s, configuration %d\n", s.Channel, s.Sequence)
	fmt.Fprintf(out, "  members   %s\n", strings.Join(s.Members, ", "))
	fmt.Fprintf(out, "  blocks    after %s, or %d transactions, or %d bytes; at most %d bytes\n", s.Batch.Timeout, s.Batch.MaxMessages, s.Batch.PreferredMaxBytes, s.Batch.AbsoluteMaxBytes)
	var addresses []string
	for _, c := range s.Ordering.Consenters {
		addresses = append(addresses, c.Address())
	}
	fmt.Fprintf(out, "  ordering  %s by %s; %d may fail\n  policies\n", s.Ordering.Type, strings.Join(addresses, ", "), s.Ordering.Tolerates)
	for _, path := range slices.Sorted(maps.Keys(s.Policies)) {
		fmt.Fprintf(out, "    %-42s %s\n", path, s.inWords(path))
	}
}

// inWords is a policy for people: a rule that names every member of many is two
// thousand letters long.
func (s *Settings) inWords(path string) string {
	rule := s.Policies[path]
	name, ofMembers := strings.CutPrefix(path, "/Channel/Application/")
	if ofMembers && len(s.Members) > 3 && rule == genesis.Callers(s.Members)[name] {
		return map[string]string{"Readers": "whoever is one of the members", "Writers": "an administrator or a client of one of the members"}[name]
	}
	return rule
}

// JSON is a whole configuration as Fabric's configtxlator writes it.
func JSON(config *common.Config) ([]byte, error) {
	var out bytes.Buffer
	if err := protolator.DeepMarshalJSON(&out, config); err != nil {
		return nil, fmt.Errorf("write the configuration as JSON: %w", err)
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, out.Bytes(), "", "  "); err != nil {
		return nil, err
	}
	return append(bytes.TrimRight(indented.Bytes(), "\n"), '\n'), nil
}

// Progress is how far a change is on its way. Its JSON form is stable.
type Progress struct {
	Channel  string   `json:"channel"`
	Signed   []string `json:"signed"` // MSP IDs
	Needs    []Need   `json:"needs"`
	Complete bool     `json:"complete"`
}

// Progress tells how far a change is on its way.
func (ch *Change) Progress() Progress {
	return Progress{Channel: ch.Channel, Signed: ch.Signed(), Needs: ch.Needs(), Complete: ch.Complete() == nil}
}

// Print writes it for people.
func (p Progress) Print(out io.Writer) {
	fmt.Fprintf(out, "change of channel %s, signed by %s\n", p.Channel, orNobody(p.Signed))
	for _, n := range p.Needs {
		fmt.Fprintf(out, "  %s\n", n)
	}
}
