// Package supervise keeps the processes of one state folder running. A small
// daemon starts them, restarts one that dies (with back-off, and a line in its
// log), and stops them; commands talk to it over a unix socket in the folder.
//
// Every process carries the state folder in its environment. That mark, and not
// a process number, is how a process is known again: a number that the system
// has given to somebody else is never signalled, and a process whose daemon was
// killed is found and taken over.
package supervise

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"path/filepath"
	"time"
)

// Service is one process to keep running: a node, a CA server, a contract's
// service, the gateway.
type Service struct {
	Name         string   `json:"name"`
	Role         string   `json:"role"` // ca, orderer, peer, chaincode, gateway
	Organisation string   `json:"organisation,omitempty"`
	Command      []string `json:"command"` // the program as an absolute path, and its arguments
	Dir          string   `json:"dir"`
	Env          []string `json:"env,omitempty"` // beside a minimal environment
	// Stage orders the end: services of a higher stage are stopped first.
	Stage int `json:"stage"`
	// Listen are the addresses (host:port) that it takes.
	Listen []string `json:"listen,omitempty"`
	// Health says how to ask whether it works.
	Health Health `json:"health"`
}

// Health is where a service answers for its state: by URL, by TCP, or by both.
type Health struct {
	URL string `json:"url,omitempty"` // answers 200 when healthy
	CA  string `json:"ca,omitempty"`  // PEM file of the TLS root for URL
	TCP string `json:"tcp,omitempty"` // an address that must accept connections
}

// Stages, in the order of starting.
const (
	StageCA = iota
	StageOrderer
	StagePeer
	StageChaincode
	StageGateway
)

// Status is a service as the daemon sees it.
type Status struct {
	Service
	Wanted   bool      `json:"wanted"` // it should run
	PID      int       `json:"pid"`    // 0 while it does not run
	Since    time.Time `json:"since"`  // of the running process
	Restarts int       `json:"restarts"`
	LastExit string    `json:"lastExit,omitempty"`
	// Elsewhere tells that its process is another container's: only its health
	// tells whether it runs.
	Elsewhere bool `json:"elsewhere,omitempty"`
}

// digest identifies what would be started, so that a running process of
// another definition is told apart.
func (s Service) digest() string {
	data, _ := json.Marshal(s) // plain data: cannot fail
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:8])
}

// paths of a state folder that belong to the daemon.
func runDir(root string) string      { return filepath.Join(root, "run") }
func serviceDir(root string) string  { return filepath.Join(root, "run", "services") }
func logPath(root, n string) string  { return filepath.Join(root, "logs", n+".log") }
func specPath(root, n string) string { return filepath.Join(serviceDir(root), n+".json") }
