package operate

import (
	"errors"
	"os"
	"path/filepath"
	"slices"

	"gopkg.in/yaml.v3"

	"henanchain/network/failure"
	"henanchain/network/genesis"
	"henanchain/network/state"
	"henanchain/network/topology"
)

// Variable is one of the environment in which Fabric's own programs act as an
// organisation's administrator.
type Variable struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// Environment is what Fabric's own programs need to act as the administrator of
// an organisation. Its JSON form is stable.
type Environment struct {
	Organisation string     `json:"organisation"`
	MSP          string     `json:"msp"`
	Variables    []Variable `json:"variables"`
	// OSNAdmin are the arguments by which osnadmin reaches the organisation's
	// first orderer; empty where it has none.
	OSNAdmin []string `json:"osnadmin"`
	Channels []string `json:"channels"`
	Bin      string   `json:"bin"`
}

// Environment writes the configuration that peer and configtxgen read, and says
// how to call them.
func (o *Operator) Environment(organisation string) (*Environment, error) {
	n, err := o.Network()
	if err != nil {
		return nil, err
	}
	org, err := organisationNamed(n, organisation)
	if err != nil {
		return nil, err
	}
	if !state.Exists(o.State.Admin(org.Name)) {
		return nil, failure.New(failure.Refused, "the key of the administrator of %s is not on this machine: run this where it is", org.Name)
	}
	dir, err := o.toolConfig(n)
	if err != nil {
		return nil, err
	}
	admin := o.State.Admin(org.Name)
	cert, key := filepath.Join(admin, "tls", "server.crt"), filepath.Join(admin, "tls", "server.key")
	out := &Environment{Organisation: org.Name, MSP: org.MSP, Bin: o.Programs.Bin, OSNAdmin: []string{}, Channels: []string{}}
	set := func(name, value string) { out.Variables = append(out.Variables, Variable{name, value}) }
	set("FABRIC_CFG_PATH", dir)
	set("FABRIC_LOGGING_SPEC", "grpc=error:warning") // else an answer drowns in how it was fetched
	set("CORE_PEER_LOCALMSPID", org.MSP)
	set("CORE_PEER_MSPCONFIGPATH", filepath.Join(admin, "msp"))
	set("CORE_PEER_TLS_ENABLED", "true")
	set("CORE_PEER_TLS_ROOTCERT_FILE", filepath.Join(o.State.OrgMSP(org.Name), "tlscacerts", "tlsca.pem"))
	if len(org.Peers) > 0 {
		set("CORE_PEER_ADDRESS", org.Peers[0].Endpoint())
		set("CORE_PEER_TLS_SERVERHOSTOVERRIDE", org.Peers[0].Name)
	}
	first := n.Orderers[0]
	set("ORDERER_ADDRESS", first.Endpoint())
	set("ORDERER_CA", filepath.Join(o.State.OrgMSP(first.Organisation), "tlscacerts", "tlsca.pem"))
	if i := slices.IndexFunc(n.Orderers, func(od topology.Node) bool { return od.Organisation == org.Name }); i >= 0 {
		out.OSNAdmin = []string{"--orderer-address", n.Orderers[i].Admin(), "--ca-file", filepath.Join(o.State.OrgMSP(org.Name), "tlscacerts", "tlsca.pem"), "--client-cert", cert, "--client-key", key}
	}
	for _, ch := range n.Channels {
		if slices.Contains(ch.Organisations, org.Name) {
			out.Channels = append(out.Channels, ch.Name)
		}
	}
	return out, nil
}

// toolConfig makes the folder that FABRIC_CFG_PATH names: Fabric's sample
// configuration, and a configtx.yaml that has every organisation and every
// channel of the network.
func (o *Operator) toolConfig(n *topology.Network) (string, error) {
	dir := o.State.Path("tools")
	var errs []error
	for _, name := range []string{"core.yaml", "orderer.yaml"} {
		data, err := os.ReadFile(filepath.Join(o.Programs.Samples, name))
		if err != nil {
			return "", failure.Wrap(failure.Toolchain, err, "Fabric's sample configuration is missing: `network build` makes it")
		}
		errs = append(errs, state.WriteFile(filepath.Join(dir, name), data, 0o600))
	}
	config, err := yaml.Marshal(genesis.Configtx(o.State, n))
	errs = append(errs, err, state.WriteFile(filepath.Join(dir, "configtx.yaml"), config, 0o600))
	return dir, errors.Join(errs...)
}
