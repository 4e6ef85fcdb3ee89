package operate

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"

	"henanchain/internal/connection"
	"henanchain/internal/gm"
	"henanchain/network/contract"
	"henanchain/network/progress"
	"henanchain/network/state"
)

// connection writes the hand-over to the gateway.
func (u *up) connection(_ context.Context, _ *progress.Task) (string, error) {
	n := u.net
	book, err := contract.Open(u.State)
	if err != nil {
		return "", err
	}
	c := &connection.Connection{Province: n.Province().MSP, MainChannel: n.Main().Name}
	if state.Exists(u.bin("gateway")) {
		c.Gateway = n.GatewayURL(n.GatewayHost())
	}
	for _, ch := range n.Channels {
		out := connection.Channel{Name: ch.Name, Division: ch.Division, Title: ch.Title, Contracts: book.OnChannel(ch)}
		for _, name := range ch.Organisations {
			org, _ := n.Organisation(name)
			out.Organisations = append(out.Organisations, org.MSP)
			for _, p := range org.Peers {
				out.Peers = append(out.Peers, connection.Peer{
					Name: p.Name, MSPID: org.MSP, Address: p.Endpoint(), TLSServerName: p.Name,
					TLSCACert: u.handed("organisations", org.Name, "msp", "tlscacerts", "tlsca.pem"),
				})
			}
		}
		c.Channels = append(c.Channels, out)
	}
	for _, app := range n.Applications {
		dir := u.State.Application(app.Name)
		token, err := os.ReadFile(filepath.Join(dir, "token"))
		if err != nil {
			return "", err
		}
		org, _ := n.Organisation(app.Organisation)
		c.Applications = append(c.Applications, connection.Application{
			Name: app.Name, MSPID: org.MSP, Dept: app.Department, Roles: app.Roles, Cities: app.Cities,
			Cert: u.handed("apps", app.Name, "cert.pem"), Key: u.handed("apps", app.Name, "key.pem"),
			TokenID: gm.HexDigest([]byte(strings.TrimSpace(string(token)))),
		})
	}
	if u.net.Containers {
		if err := u.handOver(c); err != nil {
			return "", err
		}
	}
	if err := c.Write(u.connectionFile()); err != nil {
		return "", err
	}
	return u.connectionFile(), nil
}

// connectionFile is where the hand-over is, for the gateway to read. A
// container sees its own folder alone.
func (u *up) connectionFile() string {
	if u.net.Containers {
		return u.State.Path("gateway", connection.FileName)
	}
	return u.State.Connection()
}

// handed is where the gateway finds a file of the state folder.
func (u *up) handed(path ...string) string {
	if u.net.Containers {
		path = append([]string{"gateway", "handed"}, path...)
	}
	return u.State.Path(path...)
}

// handOver copies to the gateway's folder what the hand-over names.
func (u *up) handOver(c *connection.Connection) error {
	here := u.handed()
	copied := func(path string) error {
		rel, err := filepath.Rel(here, path)
		if err != nil {
			return err
		}
		return state.Copy(path, u.State.Path(rel))
	}
	for _, ch := range c.Channels {
		for _, p := range ch.Peers {
			if err := copied(p.TLSCACert); err != nil {
				return err
			}
		}
	}
	for _, a := range c.Applications {
		if err := errors.Join(copied(a.Cert), copied(a.Key)); err != nil {
			return err
		}
	}
	return nil
}
