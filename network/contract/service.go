package contract

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/hyperledger/fabric-protos-go-apiv2/peer"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/protobuf/proto"

	"henanchain/network/failure"
	"henanchain/network/identity"
	"henanchain/network/state"
	"henanchain/network/supervise"
)

const (
	role = "chaincode" // of the contracts' services at the supervisor
	// patience is how long a service may take until it answers, on a busy machine
	// too, and peers until they know who endorses.
	patience   = 2 * time.Minute
	checkEvery = 50 * time.Millisecond
)

// Environment by which a contract that was not written here learns how to serve;
// see service.go.txt. The second group is what such contracts read by custom.
const (
	envAddress  = "HNC_CHAINCODE_ADDRESS"
	envID       = "HNC_CHAINCODE_ID"
	envCert     = "HNC_CHAINCODE_TLS_CERT"
	envKey      = "HNC_CHAINCODE_TLS_KEY"
	envClientCA = "HNC_CHAINCODE_TLS_CLIENT_CA"
)

// address is where a host's service of an artefact answers.
func (o *Operator) address(a *Artefact, host string) string {
	return net.JoinHostPort(o.Net.ContractsAddress(host), strconv.Itoa(a.Port))
}

// serviceName is an artefact's service on a host. Only containers have several.
func (o *Operator) serviceName(a *Artefact, host string) string {
	if o.Net.Containers {
		return a.Service + "." + host
	}
	return a.Service
}

// serves tells whether a service that runs is one of an artefact's.
func (o *Operator) serves(a *Artefact, service string) bool {
	return slices.ContainsFunc(o.Net.HomeHosts(), func(host string) bool { return o.serviceName(a, host) == service })
}

// service says how to run an artefact on a host.
func (o *Operator) service(a *Artefact, host string) (supervise.Service, error) {
	address := net.JoinHostPort(o.Net.Listen(o.Net.ContractsAddress(host)), strconv.Itoa(a.Port))
	name := a.Contract
	if a.Origin == FromHere {
		name = ownProgram
	}
	dir := filepath.Join(o.State.Identity(o.Net.Owner(host).Name, identity.ContractServer(host)), "tls")
	s := supervise.Service{
		Name: o.serviceName(a, host), Role: role, Stage: supervise.StageChaincode, Dir: o.State.Root,
		Listen: []string{address}, Health: supervise.Health{TCP: o.address(a, host)},
	}
	program := o.store().program(a.Program, name)
	if o.Net.Containers { // the container sees its own folder alone
		s.Dir = o.State.Path("services", host)
		to := filepath.Join(s.Dir, "programs", filepath.Base(filepath.Dir(program)), name)
		if err := errors.Join(state.Copy(to, program), state.Copy(filepath.Join(s.Dir, "tls"), dir)); err != nil {
			return s, err
		}
		program, dir = to, filepath.Join(s.Dir, "tls")
	}
	cert, key, root := filepath.Join(dir, "server.crt"), filepath.Join(dir, "server.key"), filepath.Join(dir, "ca.crt")
	if a.Origin == FromHere {
		s.Command = []string{
			program, "serve", "--contract", a.Contract, "--version", a.Version, "--id", a.Package,
			"--address", address, "--tls-cert", cert, "--tls-key", key, "--tls-ca", root,
		}
		return s, nil
	}
	s.Command = []string{program}
	s.Env = []string{
		envAddress + "=" + address, envID + "=" + a.Package, envCert + "=" + cert, envKey + "=" + key, envClientCA + "=" + root,
		"CHAINCODE_SERVER_ADDRESS=" + address, "CHAINCODE_ID=" + a.Package, "CORE_CHAINCODE_ID_NAME=" + a.Package,
		"CHAINCODE_TLS_DISABLED=false", "CHAINCODE_TLS_CERT=" + cert, "CHAINCODE_TLS_KEY=" + key, "CHAINCODE_CLIENT_CA_CERT=" + root,
	}
	return s, nil
}

// start runs an artefact's service on every host of this state folder, beside
// whatever else runs, and waits until each answers as the contract that peers
// will ask for.
func (o *Operator) start(ctx context.Context, a *Artefact) error {
	if a.Program == "" {
		return o.checkForeign(ctx, a)
	}
	for _, host := range o.Net.HomeHosts() {
		if err := o.startOn(ctx, a, host); err != nil {
			return err
		}
	}
	return nil
}

func (o *Operator) startOn(ctx context.Context, a *Artefact, host string) error {
	s, err := o.service(a, host)
	if err == nil {
		_, err = os.Stat(s.Command[0])
	}
	if err != nil {
		return failure.Wrap(failure.State, err, "the program of %s %s is not in the state folder any more: deploy it again with --rebuild", a.Contract, a.Version)
	}
	if err := o.client.Run(s); err != nil {
		return err
	}
	creds, err := o.peersCredentials(host)
	if err != nil {
		return err
	}
	deadline := time.Now().Add(patience)
	for i := 1; ; i++ {
		err := registers(ctx, s.Health.TCP, creds, a.Package)
		if err == nil {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if i%20 == 0 {
			if err := o.staysUp(s.Name); err != nil {
				return err
			}
		}
		if time.Now().After(deadline) {
			return failure.Wrap(failure.Other, err, "the service %s does not answer after %s, see %s", s.Name, patience, o.State.Log(s.Name))
		}
		time.Sleep(checkEvery)
	}
}

// staysUp fails where a service ends by itself again and again.
func (o *Operator) staysUp(name string) error {
	all, err := o.client.Services()
	if err != nil {
		return err
	}
	for _, s := range all {
		if s.Name == name && s.Restarts > 1 {
			return failure.New(failure.Other, "the service %s does not stay up (%s): see %s", name, s.LastExit, o.State.Log(name))
		}
	}
	return nil
}

// peersCredentials are what peers of a host show to its services, and expect of
// them.
func (o *Operator) peersCredentials(host string) (credentials.TransportCredentials, error) {
	dir := filepath.Join(o.State.Identity(o.Net.Owner(host).Name, identity.ContractClient(host)), "tls")
	pair, err := tls.LoadX509KeyPair(filepath.Join(dir, "server.crt"), filepath.Join(dir, "server.key"))
	if err != nil {
		return nil, fmt.Errorf("certificate of the peers of %s: %w", host, err)
	}
	root, err := os.ReadFile(filepath.Join(dir, "ca.crt"))
	if err != nil {
		return nil, fmt.Errorf("root of the contracts' services of %s: %w", host, err)
	}
	pool := x509.NewCertPool()
	pool.AppendCertsFromPEM(root)
	return credentials.NewTLS(&tls.Config{RootCAs: pool, Certificates: []tls.Certificate{pair}, MinVersion: tls.VersionTLS12}), nil
}

// registers connects to a service as a peer does and hears which package it
// serves: a service that listens with another package's ID would fail every call.
func registers(ctx context.Context, address string, creds credentials.TransportCredentials, id string) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	if creds == nil {
		creds = insecure.NewCredentials()
	}
	conn, err := grpc.NewClient("passthrough:///"+address, grpc.WithTransportCredentials(creds))
	if err != nil {
		return err
	}
	defer conn.Close()
	stream, err := peer.NewChaincodeClient(conn).Connect(ctx)
	if err != nil {
		return err
	}
	message, err := stream.Recv()
	if err != nil {
		return err
	}
	var said peer.ChaincodeID
	if message.GetType() != peer.ChaincodeMessage_REGISTER || proto.Unmarshal(message.GetPayload(), &said) != nil {
		return errors.New("it does not begin as a contract's service does")
	}
	if said.GetName() != id {
		return &otherIDError{has: said.GetName(), want: id}
	}
	return nil
}

// otherIDError is a service that serves another package.
type otherIDError struct{ has, want string }

func (e *otherIDError) Error() string {
	return fmt.Sprintf("it serves the package %s and not %s", e.has, e.want)
}
