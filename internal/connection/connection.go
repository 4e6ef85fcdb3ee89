// Package connection is the hand-over from the network to the gateway: which
// channels run, where their peers listen, and which business systems may call.
//
// The network program writes it as connection.json into its state folder when
// the network is up; the gateway reads it when it starts and again when it
// changes. Paths in it are absolute, so that both sides may run anywhere.
package connection

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// FileName is the name of the hand-over inside a state folder.
const FileName = "connection.json"

// Connection describes a running network to a client of it.
type Connection struct {
	// Province is the MSP of the province (省), a member of every channel.
	Province string `json:"province"`
	// MainChannel is the provincial main channel (省级主链).
	MainChannel string `json:"mainChannel"`
	// Gateway is the address of the network's own gateway, such as
	// http://127.0.0.1:21080; empty where none was started.
	Gateway string `json:"gateway,omitempty"`
	// Channels holds the main channel and the city channels.
	Channels []Channel `json:"channels"`
	// Applications are the business systems with a Fabric identity.
	Applications []Application `json:"applications"`
}

// Channel is one ledger of the network: the main channel or one city's (市).
type Channel struct {
	// Name is the channel's name: the pinyin of its city, or "henan".
	Name string `json:"name"`
	// Division is the division code (行政区划代码) that routes to this channel.
	Division string `json:"division"`
	// Title is the Chinese name that people read.
	Title string `json:"title"`
	// Organisations are the MSP IDs of the members, the owner of the city first.
	Organisations []string `json:"organisations"`
	// Peers are the peers that serve the channel.
	Peers []Peer `json:"peers"`
	// Contracts are the names of the contracts committed on the channel.
	Contracts []string `json:"contracts"`
}

// Peer is one peer's client endpoint.
type Peer struct {
	Name          string `json:"name"`
	MSPID         string `json:"mspId"`
	Address       string `json:"address"`       // host:port
	TLSServerName string `json:"tlsServerName"` // name in the peer's TLS certificate
	TLSCACert     string `json:"tlsCaCert"`     // PEM file of the TLS root
}

// Application is a business system (业务系统) and the identity that it has on
// the ledgers. Its attributes hnc.app, hnc.dept and hnc.roles are inside the
// certificate; they stand here for people to read.
type Application struct {
	Name    string   `json:"name"`    // hnc.app
	MSPID   string   `json:"mspId"`   // the organisation that registered it
	Dept    string   `json:"dept"`    // hnc.dept: the department's USCC (统一社会信用代码)
	Roles   []string `json:"roles"`   // hnc.roles
	Cities  []string `json:"cities"`  // channels that it may call
	Cert    string   `json:"cert"`    // PEM file of the enrolment certificate
	Key     string   `json:"key"`     // PEM file of the private key, mode 0600
	TokenID string   `json:"tokenId"` // SM3 (hex) of the bearer token that it was given; the token is not here
}

// Read loads the connection file of a state folder. It returns an error that
// wraps fs.ErrNotExist where the network has not been brought up.
func Read(path string) (*Connection, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read connection file: %w", err)
	}
	var c Connection
	if err := json.Unmarshal(data, &c); err != nil {
		return nil, fmt.Errorf("connection file %s: %w", path, err)
	}
	if err := c.check(); err != nil {
		return nil, fmt.Errorf("connection file %s: %w", path, err)
	}
	return &c, nil
}

// Write stores the connection so that a reader sees the old one or the new one
// whole, never a part.
func (c *Connection) Write(path string) error {
	if err := c.check(); err != nil {
		return fmt.Errorf("connection for %s: %w", path, err)
	}
	data, err := json.MarshalIndent(c, "", "  ")
	if err != nil {
		return fmt.Errorf("encode connection: %w", err)
	}
	tmp, err := os.CreateTemp(filepath.Dir(path), ".connection-*")
	if err != nil {
		return fmt.Errorf("write connection file: %w", err)
	}
	defer os.Remove(tmp.Name())
	if _, err := tmp.Write(append(data, '\n')); err != nil {
		tmp.Close()
		return fmt.Errorf("write connection file: %w", err)
	}
	if err := errors.Join(tmp.Chmod(0o600), tmp.Sync(), tmp.Close()); err != nil {
		return fmt.Errorf("write connection file: %w", err)
	}
	if err := os.Rename(tmp.Name(), path); err != nil {
		return fmt.Errorf("write connection file: %w", err)
	}
	return nil
}

// Channel finds a channel by its name or by its division code.
func (c *Connection) Channel(nameOrDivision string) (*Channel, bool) {
	for i := range c.Channels {
		if ch := &c.Channels[i]; ch.Name == nameOrDivision || ch.Division == nameOrDivision {
			return ch, true
		}
	}
	return nil, false
}

func (c *Connection) check() error {
	var errs []error
	if c.Province == "" {
		errs = append(errs, errors.New("province is empty: name the province's MSP"))
	}
	if _, ok := c.Channel(c.MainChannel); !ok {
		errs = append(errs, fmt.Errorf("mainChannel %q is not among the channels", c.MainChannel))
	}
	for _, ch := range c.Channels {
		if ch.Name == "" || ch.Division == "" || len(ch.Organisations) == 0 {
			errs = append(errs, fmt.Errorf("channel %q needs a name, a division and organisations", ch.Name))
		}
		if len(ch.Peers) == 0 {
			errs = append(errs, fmt.Errorf("channel %q has no peer", ch.Name))
		}
	}
	for _, a := range c.Applications {
		if a.Name == "" || a.MSPID == "" || a.Cert == "" || a.Key == "" {
			errs = append(errs, fmt.Errorf("application %q needs a name, an MSP, a certificate and a key", a.Name))
		}
	}
	return errors.Join(errs...)
}
