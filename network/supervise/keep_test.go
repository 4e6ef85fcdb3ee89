package supervise

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// keeping runs a keeper over one folder of a state folder, as a container does, and
// gives who writes its services down.
func keeping(t *testing.T) (c Contained, folder string) {
	t.Helper()
	c = Contained{root: t.TempDir()}
	folder = filepath.Join(c.root, "nodes", "peer0.luohe")
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- Keep(ctx, folder) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return c, folder
}

// says is a service that writes a word and its process number into a file, again
// and again, until it is ended.
func says(folder, name, word string) Service {
	s := service(name, "trap 'echo ended >> "+name+".said; exit 0' TERM; while :; do echo "+word+" $$ >> "+name+".said; sleep 0.05; done")
	s.Dir = folder
	return s
}

// last is the last whole line that a service has written.
func last(folder, name string) string {
	data, _ := os.ReadFile(filepath.Join(folder, name+".said"))
	lines := strings.Split(string(data), "\n")
	if len(lines) < 2 {
		return ""
	}
	return lines[len(lines)-2]
}

func TestAKeeperRunsWhatItsFolderSaysAndNothingElse(t *testing.T) {
	c, folder := keeping(t)
	if all, err := c.Services(); err != nil || len(all) != 0 {
		t.Fatalf("services before any was written: %v, %v", all, err)
	}
	if err := c.Run(says(folder, "one", "hello")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it runs", func() bool { return strings.HasPrefix(last(folder, "one"), "hello ") })
	was := last(folder, "one")
	if err := c.Run(says(folder, "one", "hello")); err != nil { // the same again changes nothing
		t.Fatal(err)
	}
	time.Sleep(3 * keepEvery)
	if now := last(folder, "one"); now != was {
		t.Errorf("written down a second time it became %q, was %q", now, was)
	}
	all, err := c.Services()
	if err != nil || len(all) != 1 || !all[0].Elsewhere || all[0].Name != "one" {
		t.Errorf("services are %+v, %v", all, err)
	}
	if err := c.Run(says(folder, "one", "otherwise")); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it runs otherwise", func() bool { return strings.HasPrefix(last(folder, "one"), "otherwise ") })
	if err := c.Remove("one"); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it is stopped", func() bool { return last(folder, "one") == "ended" })
}

func TestAKeeperStartsAgainWhatEnds(t *testing.T) {
	c, folder := keeping(t)
	s := service("brief", "echo once $$ >> brief.said")
	s.Dir = folder
	if err := c.Run(s); err != nil {
		t.Fatal(err)
	}
	eventually(t, "it was started a second time", func() bool {
		data, _ := os.ReadFile(filepath.Join(folder, "brief.said"))
		return strings.Count(string(data), "once") > 1
	})
}

func TestContainersAreTheEnginesToStop(t *testing.T) {
	c := For(t.TempDir(), true)
	for what, err := range map[string]error{"stop": c.Stop("peer0.luohe"), "start": c.Start("peer0.luohe"), "restart": c.Restart("peer0.luohe")} {
		if err == nil || !strings.Contains(err.Error(), "docker compose "+what+" peer0.luohe") {
			t.Errorf("%s: got %v, want a refusal that names the engine's command", what, err)
		}
	}
	if _, err := c.Down(); err == nil || !strings.Contains(err.Error(), "docker compose down") {
		t.Errorf("down: got %v", err)
	}
	if !c.Alive() || c.Ensure(nil) != nil {
		t.Error("it wants a daemon")
	}
}
