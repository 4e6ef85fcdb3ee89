// Package compose describes a network in containers for Docker Compose, and
// makes the images that they run, out of the programs built here and nothing
// else.
//
// Each process is a container that sees one folder of the state, its own, and in
// it the files of the services that it is to run (supervise.Keep). The setup
// container sees all: it is `network up` as on any machine, makes identities
// through the CA containers, channels and contracts, writes to each container's
// folder what that one needs, and ends. Done a second time it changes nothing.
package compose

import (
	"bytes"
	"fmt"
	"strconv"

	"gopkg.in/yaml.v3"

	"henanchain/network/identity"
	"henanchain/network/topology"
)

// State is where containers find the state folder, or their part of it.
const State = "/state"

// file is a Compose file, as both Compose v2 and docker-compose 1.29 read it.
type file struct {
	Services services            `yaml:"services"`
	Volumes  map[string]struct{} `yaml:"volumes"`
}

// services keeps the order in which services were added.
type services []named

type named struct {
	name    string
	service service
}

type service struct {
	Image       string               `yaml:"image"`
	Command     []string             `yaml:"command,flow"`
	Environment map[string]string    `yaml:"environment,omitempty"`
	Hostname    string               `yaml:"hostname,omitempty"`
	Volumes     []string             `yaml:"volumes"`
	Ports       []string             `yaml:"ports,omitempty"`
	DependsOn   map[string]condition `yaml:"depends_on,omitempty"`
	Healthcheck *healthcheck         `yaml:"healthcheck,omitempty"`
	Restart     string               `yaml:"restart"`
	StopGrace   string               `yaml:"stop_grace_period,omitempty"`
	ReadOnly    bool                 `yaml:"read_only"`
	Tmpfs       []string             `yaml:"tmpfs,flow"`
	CapDrop     []string             `yaml:"cap_drop,flow"`
	SecurityOpt []string             `yaml:"security_opt,flow"`
}

type condition struct {
	Condition string `yaml:"condition"`
}

type healthcheck struct {
	Test        []string `yaml:"test,flow"`
	Interval    string   `yaml:"interval"`
	Timeout     string   `yaml:"timeout"`
	Retries     int      `yaml:"retries"`
	StartPeriod string   `yaml:"start_period"`
}

// MarshalYAML writes the services in their order.
func (s services) MarshalYAML() (any, error) {
	out := &yaml.Node{Kind: yaml.MappingNode}
	for _, n := range s {
		var value yaml.Node
		if err := value.Encode(n.service); err != nil {
			return nil, err
		}
		out.Content = append(out.Content, &yaml.Node{Kind: yaml.ScalarNode, Value: n.name}, &value)
	}
	return out, nil
}

const header = `# The network of network/topology.yaml, profile %[1]s, in containers. Written by
# ` + "`scripts/network.sh compose --profile %[1]s`" + `: change the topology, not this file.
#
#   scripts/network.sh images     builds the images, once and after each change
#   docker compose up -d          starts all and returns when writes are taken
#   docker compose run --rm setup status
#   docker compose exec gateway gateway relay register    lets the ledgers ask each other
#   docker compose down           stops all; the ledgers stay in the volumes (-v removes them)
#
# HNC_GATEWAY_PORT is the gateway's port, on this machine alone; HNC_IMAGE_TAG names
# other images. For callers on other machines, put a proxy that ends TLS before it.
`

// File is the Compose file of a network.
func File(n *topology.Network) ([]byte, error) {
	n = n.InContainers()
	f := file{Volumes: map[string]struct{}{}}
	setup := contained("setup", "admin", "up", "--no-build", "--containers", "--profile", n.Profile, "--port-base", strconv.Itoa(n.PortBase))
	setup.Volumes = []string{"state:" + State}
	setup.Restart = "no"
	setup.Hostname = ""
	add := func(name, image, folder string) *service {
		s := contained(name, image, "keep", State+"/"+folder)
		s.Volumes = []string{name + ":" + State + "/" + folder}
		s.StopGrace = "30s"
		s.Healthcheck = &healthcheck{
			Test:     []string{"CMD", "/bin/network", "health", State + "/" + folder},
			Interval: "10s", Timeout: "10s", Retries: 3, StartPeriod: "60s",
		}
		f.Services = append(f.Services, named{name, s})
		f.Volumes[name] = struct{}{}
		setup.Volumes = append(setup.Volumes, s.Volumes[0])
		return &f.Services[len(f.Services)-1].service
	}
	for _, ca := range identity.Servers(n) {
		add("ca."+ca.Name, "ca", "ca/"+ca.Name)
	}
	for _, nd := range n.Orderers {
		add(nd.Name, "orderer", "nodes/"+nd.Name)
	}
	for _, nd := range n.Peers() {
		add(nd.Name, "peer", "nodes/"+nd.Name)
	}
	for _, host := range n.HomeHosts() {
		add(n.ContractsAddress(host), "contracts", "services/"+host)
	}
	gateway := add("gateway", "gateway", "gateway")
	port := strconv.Itoa(n.GatewayPort())
	gateway.Ports = []string{"127.0.0.1:${HNC_GATEWAY_PORT:-" + port + "}:" + port}
	// So that `docker compose exec gateway gateway …` needs no flag.
	gateway.Environment = map[string]string{"HNC_GATEWAY_CONFIG": State + "/gateway/gateway.yaml"}
	gateway.DependsOn = map[string]condition{"setup": {"service_completed_successfully"}}
	f.Services = append(f.Services, named{"setup", setup})
	f.Volumes["state"] = struct{}{}

	var out bytes.Buffer
	fmt.Fprintf(&out, header, n.Profile)
	enc := yaml.NewEncoder(&out)
	enc.SetIndent(2)
	if err := enc.Encode(f); err != nil {
		return nil, fmt.Errorf("write the Compose file: %w", err)
	}
	return out.Bytes(), nil
}

// contained is what all containers have: an image with nothing to break into, a
// file system that nobody can write, no privileges.
func contained(name, image string, command ...string) service {
	return service{
		Image: Image(image, "${HNC_IMAGE_TAG:-"+DefaultTag+"}"), Command: command, Hostname: name, Restart: "unless-stopped",
		ReadOnly: true, Tmpfs: []string{"/tmp"}, CapDrop: []string{"ALL"}, SecurityOpt: []string{"no-new-privileges"},
	}
}
