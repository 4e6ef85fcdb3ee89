package identity

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"gopkg.in/yaml.v3"

	"henanchain/network/state"
	"henanchain/network/supervise"
	"henanchain/network/topology"
)

// registrar is the identity by which each CA's identities are registered.
const registrar = "registrar"

// CAServer is one CA server process: a machine's, or that of one organisation
// that joined a running network.
type CAServer struct {
	Name          string // such as local, or local.luoyang
	Host          string
	Organisations []topology.Organisation
	port          int
	operations    string
}

// Servers are the CA servers that run here.
func Servers(n *topology.Network) []CAServer {
	var out []CAServer
	for _, h := range n.Hosts {
		if !n.IsHere(h.Name) {
			continue
		}
		s := CAServer{Name: h.Name, Host: h.Name, port: n.CAPort(), operations: "127.0.0.1:" + strconv.Itoa(n.CAOperationsPort())}
		if n.Workshop { // all hosts' servers are on one machine
			s.operations = "127.0.0.1:0"
		}
		for _, o := range n.Organisations {
			if o.Host == h.Name && o.CAPort == 0 {
				s.Organisations = append(s.Organisations, o)
			}
		}
		if len(s.Organisations) > 0 {
			out = append(out, s)
		}
	}
	for _, o := range n.Organisations {
		if o.CAPort != 0 && n.AtHome(o.Name) {
			out = append(out, CAServer{Name: serverName(o), Host: o.Host, Organisations: []topology.Organisation{o}, port: o.CAPort, operations: "127.0.0.1:0"})
		}
	}
	return out
}

// ListensOn is the address that the server takes.
func (s CAServer) ListensOn(n *topology.Network) string {
	return net.JoinHostPort(n.Listen(n.CAAddress(s.Host)), strconv.Itoa(s.port))
}

// Operations is where the server says how it is, to its own machine alone.
func (s CAServer) Operations() string { return s.operations }

// Address is where the server answers.
func (s CAServer) Address(n *topology.Network) string {
	return net.JoinHostPort(n.CAAddress(s.Host), strconv.Itoa(s.port))
}

// ServiceName is the server's name among the services that run.
func (s CAServer) ServiceName() string { return "ca." + s.Name }

// Certificate is the file of the TLS certificate that the server makes itself, of
// a root of its own, when it starts and has none.
func (s CAServer) Certificate(st state.Folder) string {
	return filepath.Join(serverHome(st, s.Name), "tls-cert.pem")
}

// serverName names the server that an organisation's CA is in.
func serverName(o topology.Organisation) string {
	if o.CAPort != 0 {
		return o.Host + "." + o.Name
	}
	return o.Host
}

// caURL is where an organisation's CA answers.
func caURL(n *topology.Network, o topology.Organisation) string {
	port := o.CAPort
	if port == 0 {
		port = n.CAPort()
	}
	return "https://" + net.JoinHostPort(n.CAAddress(o.Host), strconv.Itoa(port))
}

// serverHome is the folder of a CA server; its organisations' CAs are folders
// below.
func serverHome(st state.Folder, name string) string { return st.Path("ca", name) }

func organisationHome(st state.Folder, o topology.Organisation) string {
	return filepath.Join(serverHome(st, serverName(o)), o.Name)
}

// Service writes the configuration of a CA server, with a CA for each of its
// organisations, and says how to run it. It changes nothing that is there.
func (s CAServer) Service(st state.Folder, n *topology.Network, program string) (supervise.Service, error) {
	home := serverHome(st, s.Name)
	var caFiles []string
	for _, o := range s.Organisations {
		dir := organisationHome(st, o)
		caFiles = append(caFiles, filepath.Join(dir, "ca.yaml"))
		err := state.MakeDir(dir, func(tmp string) error {
			secret := randomSecret()
			config, err := caConfig(o.Name, o.Title, secret)
			if err != nil {
				return err
			}
			return writeFiles(tmp, map[string][]byte{"ca.yaml": config, "registrar.secret": []byte(secret)})
		})
		if err != nil {
			return supervise.Service{}, fmt.Errorf("configure the CA of %s: %w", o.Name, err)
		}
	}
	config, err := s.config(n, caFiles)
	if err != nil {
		return supervise.Service{}, err
	}
	if err := state.WriteFile(filepath.Join(home, "fabric-ca-server-config.yaml"), config, 0o600); err != nil {
		return supervise.Service{}, err
	}
	return supervise.Service{
		Name: s.ServiceName(), Role: "ca", Stage: supervise.StageCA, Dir: home,
		Command: []string{program, "start", "--home", home},
		Listen:  []string{s.ListensOn(n), s.operations},
		Health:  supervise.Health{URL: "https://" + s.Address(n) + "/api/v1/cainfo", CA: filepath.Join(home, "ca-cert.pem")},
	}, nil
}

// config is the server's own part: where it listens, and a CA of its own
// whose only task is the server's TLS certificate. It has no registrar: nobody
// can enrol with it.
func (s CAServer) config(n *topology.Network, caFiles []string) ([]byte, error) {
	config := caSections("server."+s.Name, "CA server of "+s.Name)
	config["registry"] = map[string]any{"maxenrollments": -1, "identities": []any{}}
	config["address"], config["port"] = n.Listen(n.CAAddress(s.Host)), s.port
	config["cafiles"] = caFiles
	config["tls"] = map[string]any{"enabled": true}
	csr := config["csr"].(map[string]any)
	csr["hosts"] = uniqueHosts("ca."+s.Name, n.HostAddress(s.Host), n.CAAddress(s.Host))
	config["operations"] = map[string]any{"listenAddress": s.operations}
	config["metrics"] = map[string]any{"provider": "disabled"}
	config["debug"], config["loglevel"] = false, "info"
	return yaml.Marshal(config)
}

// caConfig is one organisation's CA.
func caConfig(name, title, secret string) ([]byte, error) {
	config := caSections(name, title)
	config["registry"] = map[string]any{
		"maxenrollments": -1,
		"identities": []any{map[string]any{
			"name": registrar, "pass": secret, "type": "client", "affiliation": "",
			"attrs": map[string]any{
				"hf.Registrar.Roles":         "client,peer,orderer,admin",
				"hf.Registrar.DelegateRoles": "client",
				"hf.Registrar.Attributes":    "*",
				"hf.Revoker":                 true,
				"hf.GenCRL":                  true,
				"hf.AffiliationMgr":          true,
			},
		}},
	}
	return yaml.Marshal(config)
}

// caSections are the parts that every CA has.
func caSections(name, title string) map[string]any {
	usage := func(u ...string) []string { return u }
	return map[string]any{
		"ca":           map[string]any{"name": name},
		"crl":          map[string]any{"expiry": "8760h"},
		"crlsizelimit": 512000,
		"db":           map[string]any{"type": "sqlite3", "datasource": "fabric-ca-server.db"},
		"affiliations": map[string]any{},
		"signing": map[string]any{
			"default": map[string]any{"usage": usage("digital signature"), "expiry": "8760h"},
			"profiles": map[string]any{
				"tls": map[string]any{"usage": usage("signing", "key encipherment", "server auth", "client auth", "key agreement"), "expiry": "8760h"},
			},
		},
		"csr": map[string]any{
			"cn":         "ca." + name,
			"keyrequest": map[string]any{"algo": "ecdsa", "size": 256},
			"names":      []any{map[string]any{"C": "CN", "ST": "Henan", "O": title}},
			"ca":         map[string]any{"expiry": "131400h", "pathlength": 0},
		},
		"bccsp": map[string]any{"default": "SW", "sw": map[string]any{"hash": "SHA2", "security": 256, "filekeystore": map[string]any{"keystore": "msp/keystore"}}},
	}
}

// uniqueHosts are the names that a node on a machine answers to.
func uniqueHosts(name string, addresses ...string) []string {
	hosts := []string{name}
	for _, h := range append(addresses, "localhost", "127.0.0.1") {
		if !slices.Contains(hosts, h) {
			hosts = append(hosts, h)
		}
	}
	return hosts
}

// serverRoot is the TLS root of the CA server that an organisation's CA is in.
func serverRoot(st state.Folder, o topology.Organisation) ([]byte, error) {
	return os.ReadFile(filepath.Join(serverHome(st, serverName(o)), "ca-cert.pem"))
}
