package directory

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"go.uber.org/zap"

	"henanchain/internal/connection"
)

func network(apps ...connection.Application) *connection.Connection {
	return &connection.Connection{Province: "HenanMSP", MainChannel: "henan", Applications: apps,
		Channels: []connection.Channel{{Name: "henan", Division: "410000", Organisations: []string{"HenanMSP"}, Peers: []connection.Peer{{Name: "p"}}}}}
}

func app(name, token string) connection.Application {
	return connection.Application{Name: name, MSPID: "HenanMSP", Cert: "c", Key: "k", TokenID: token}
}

func written(t *testing.T, path string, c *connection.Connection) {
	t.Helper()
	if err := c.Write(path); err != nil {
		t.Fatal(err)
	}
	later := time.Now().Add(time.Duration(len(c.Applications)) * time.Second) // a file system's clock may be coarse
	if err := os.Chtimes(path, later, later); err != nil {
		t.Fatal(err)
	}
}

func TestAnApplicationThatIsRegisteredLaterIsFoundWithoutARestart(t *testing.T) {
	path := filepath.Join(t.TempDir(), "connection.json")
	written(t, path, network(app("a", "1")))
	d, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	changed := make(chan *connection.Connection, 1)
	d.OnChange(func(c *connection.Connection) { changed <- c })
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go d.Watch(ctx, 5*time.Millisecond, zap.NewNop())
	written(t, path, network(app("a", "1"), app("b", "2")))
	select {
	case c := <-changed:
		if len(c.Applications) != 2 {
			t.Errorf("told of %+v", c.Applications)
		}
	case <-time.After(10 * time.Second):
		t.Fatal("the change was not seen")
	}
	if b, ok := d.ByToken("2"); !ok || b.Name != "b" {
		t.Errorf("the new token finds %+v", b)
	}
	if _, ok := d.Application("b"); !ok {
		t.Error("the new application is not found")
	}
}

func TestAFileThatIsWrongLeavesTheLastGoodOneInForce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "connection.json")
	written(t, path, network(app("a", "1")))
	d, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(`{"province":`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := d.reload(); err == nil {
		t.Error("half a file was read")
	}
	written(t, path, network(app("a", "1"), app("b", "1"), app("c", "")))
	if _, err := d.reload(); err == nil {
		t.Error("two applications with one token were taken")
	}
	if a, ok := d.ByToken("1"); !ok || a.Name != "a" || len(d.Connection().Applications) != 1 {
		t.Errorf("in force is %+v", d.Connection())
	}
}

func TestAnEmptyTokenIsNobodys(t *testing.T) {
	d := Fixed(network(app("a", ""), app("b", "")))
	if a, ok := d.ByToken(""); ok {
		t.Errorf("the empty token is %s's", a.Name)
	}
}

func TestWithoutAFileThereIsNoDirectory(t *testing.T) {
	if _, err := Open(filepath.Join(t.TempDir(), "none.json")); err == nil {
		t.Error("it opened")
	}
}
