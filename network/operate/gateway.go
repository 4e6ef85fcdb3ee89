package operate

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	"henanchain/network/failure"
	"henanchain/network/identity"
	"henanchain/network/state"
)

// configureGateway makes the gateway's own keys and writes its configuration,
// which names them. The keys come first: a configuration is only there when
// the gateway can start with it.
func (u *up) configureGateway(ctx context.Context, program, config string) error {
	subjectKey, kek, webhookKey := u.State.Path("gateway", "subject.key"), u.State.Path("gateway", "kek.key"), u.State.Path("gateway", "webhook.key")
	keys := exec.CommandContext(ctx, program, "keys", "init")
	keys.Env = append(os.Environ(), "HNC_GATEWAY_SUBJECTKEY_FILE="+subjectKey, "HNC_GATEWAY_KEK_FILE="+kek, "HNC_GATEWAY_WEBHOOKS_KEY="+webhookKey)
	if out, err := keys.CombinedOutput(); err != nil {
		return failure.Wrap(failure.State, err, "the gateway's keys cannot be made: %s", out)
	}
	listen := net.JoinHostPort(u.net.Listen(u.net.HostAddress(u.net.GatewayHost())), strconv.Itoa(u.net.GatewayPort()))
	text := fmt.Sprintf("listen: %q\nconnection: %q\nstore:\n  dsn: %q\naudit:\n  file: %q\nsubjectKey:\n  file: %q\nkek:\n  file: %q\nwebhooks:\n  key: %q\n",
		listen, u.connectionFile(), "sqlite:"+u.State.Path("gateway", "gateway.db"), u.State.Path("gateway", "audit.jsonl"), subjectKey, kek, webhookKey)
	switch {
	case u.net.Containers: // it is published on its machine alone, or behind a proxy
		text += "tls:\n  plain: true\n"
	case u.net.GatewayEncrypts(u.net.GatewayHost()):
		dir := u.gatewayTLS()
		text += fmt.Sprintf("tls:\n  cert: %q\n  key: %q\n", filepath.Join(dir, "server.crt"), filepath.Join(dir, "server.key"))
	}
	return state.WriteFile(config, []byte(text), 0o600)
}

// gatewayTLS is the folder of the gateway's certificate.
func (u *up) gatewayTLS() string {
	host := u.net.GatewayHost()
	return filepath.Join(u.State.Identity(u.net.Owner(host).Name, identity.GatewayServer(host)), "tls")
}
