package channel

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"path/filepath"
	"strings"
	"time"

	"henanchain/network/state"
	"henanchain/network/topology"
)

// OrdererAdmin speaks to an orderer's channel participation and operations
// interfaces, as the administrator of its organisation.
type OrdererAdmin struct {
	node topology.Node
	http *http.Client
}

// NewOrdererAdmin makes a client; it connects when it is used.
func NewOrdererAdmin(st state.Folder, node topology.Node) (*OrdererAdmin, error) {
	pool, err := root(st, node.Organisation)
	if err != nil {
		return nil, err
	}
	dir := filepath.Join(st.Admin(node.Organisation), "tls")
	cert, err := tls.LoadX509KeyPair(filepath.Join(dir, "server.crt"), filepath.Join(dir, "server.key"))
	if err != nil {
		return nil, fmt.Errorf("administrator of %s: %w", node.Organisation, err)
	}
	config := &tls.Config{RootCAs: pool, Certificates: []tls.Certificate{cert}, ServerName: node.Name, MinVersion: tls.VersionTLS12}
	return &OrdererAdmin{node: node, http: &http.Client{Timeout: 30 * time.Second, Transport: &http.Transport{TLSClientConfig: config}}}, nil
}

// Close frees the connections.
func (a *OrdererAdmin) Close() { a.http.CloseIdleConnections() }

func (a *OrdererAdmin) url(channel string) string {
	u := "https://" + a.node.Admin() + "/participation/v1/channels"
	if channel != "" {
		u += "/" + channel
	}
	return u
}

func (a *OrdererAdmin) do(ctx context.Context, method, url string, body io.Reader, contentType string, want int, out any) error {
	req, err := http.NewRequestWithContext(ctx, method, url, body)
	if err != nil {
		return err
	}
	if contentType != "" {
		req.Header.Set("Content-Type", contentType)
	}
	resp, err := a.http.Do(req)
	if err != nil {
		return fmt.Errorf("ask the orderer %s: %w", a.node.Name, err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(io.LimitReader(resp.Body, 1<<20))
	if err != nil {
		return fmt.Errorf("read the answer of the orderer %s: %w", a.node.Name, err)
	}
	if resp.StatusCode != want {
		return fmt.Errorf("the orderer %s answers %s: %s", a.node.Name, resp.Status, strings.TrimSpace(string(data)))
	}
	if out == nil {
		return nil
	}
	return json.Unmarshal(data, out)
}

// Participation is an orderer's part in one channel.
type Participation struct {
	Name              string `json:"name"`
	Status            string `json:"status"`            // active, onboarding, inactive, failed
	ConsensusRelation string `json:"consensusRelation"` // consenter, follower, config-tracker
	Height            uint64 `json:"height"`
}

// Channels lists the channels that the orderer serves.
func (a *OrdererAdmin) Channels(ctx context.Context) ([]string, error) {
	var list struct {
		Channels []struct {
			Name string `json:"name"`
		} `json:"channels"`
	}
	if err := a.do(ctx, http.MethodGet, a.url(""), nil, "", http.StatusOK, &list); err != nil {
		return nil, err
	}
	var names []string
	for _, c := range list.Channels {
		names = append(names, c.Name)
	}
	return names, nil
}

// Channel tells the orderer's part in a channel.
func (a *OrdererAdmin) Channel(ctx context.Context, name string) (Participation, error) {
	var p Participation
	err := a.do(ctx, http.MethodGet, a.url(name), nil, "", http.StatusOK, &p)
	return p, err
}

// Join makes the orderer serve the channel of a genesis or config block.
func (a *OrdererAdmin) Join(ctx context.Context, block []byte) error {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("config-block", "config.block")
	if err != nil {
		return err
	}
	if _, err := part.Write(block); err != nil {
		return err
	}
	if err := form.Close(); err != nil {
		return err
	}
	return a.do(ctx, http.MethodPost, a.url(""), &body, form.FormDataContentType(), http.StatusCreated, nil)
}

// Leave makes the orderer forget a channel, with its blocks.
func (a *OrdererAdmin) Leave(ctx context.Context, name string) error {
	return a.do(ctx, http.MethodDelete, a.url(name), nil, "", http.StatusNoContent, nil)
}
