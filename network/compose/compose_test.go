package compose

import (
	"archive/tar"
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"henanchain/network/topology"
)

func TestTheShippedComposeFileIsThatOfTheShippedTopology(t *testing.T) {
	file, err := topology.Read("../topology.yaml")
	if err != nil {
		t.Fatal(err)
	}
	n, err := file.Select("pilot", 0)
	if err != nil {
		t.Fatal(err)
	}
	want, err := File(n)
	if err != nil {
		t.Fatal(err)
	}
	has, err := os.ReadFile("../../docker-compose.yaml")
	if err != nil || !bytes.Equal(has, want) {
		t.Errorf("docker-compose.yaml is not what the topology gives: run `scripts/network.sh compose > docker-compose.yaml` (%v)", err)
	}
}

func TestNoContainerButSetupSeesAnothersFolder(t *testing.T) {
	file, err := topology.Read("../topology.yaml")
	if err != nil {
		t.Fatal(err)
	}
	n, err := file.Select("province", 0)
	if err != nil {
		t.Fatal(err)
	}
	text, err := File(n)
	if err != nil {
		t.Fatal(err)
	}
	uses := map[string]int{}
	for line := range strings.Lines(string(text)) {
		if volume, folder, ok := strings.Cut(strings.TrimPrefix(strings.TrimSpace(line), "- "), ":"+State); ok && strings.HasPrefix(strings.TrimSpace(line), "- ") {
			uses[volume]++
			if folder == "\n" {
				t.Errorf("the whole state is mounted at %q", line)
			}
		}
	}
	// 20 CAs, 4 orderers, 20 peers, 20 of contracts, the gateway: each in its own
	// container and in setup; the state in setup alone.
	if len(uses) != 66 || uses["state"] != 1 {
		t.Errorf("%d volumes, state in %d containers", len(uses), uses["state"])
	}
	for volume, n := range uses {
		if volume != "state" && n != 2 {
			t.Errorf("%s is in %d containers", volume, n)
		}
	}
}

func TestAnImageHoldsItsOwnProgramsAlone(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"bin/network", "bin/peer", "bin/orderer", "builder/bin/detect"} {
		path := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(name), 0o700)); err != nil {
			t.Fatal(err)
		}
	}
	var out bytes.Buffer
	peer := 2
	if err := pack(&out, Source{Bin: filepath.Join(dir, "bin"), Builder: filepath.Join(dir, "builder")}, peer); err != nil {
		t.Fatal(err)
	}
	var names []string
	for tape := tar.NewReader(&out); ; {
		h, err := tape.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		names = append(names, h.Name)
	}
	if got, want := strings.Join(names, " "), "Dockerfile shared/tmp/ shared/bin/ shared/bin/network own/bin/ own/bin/peer own/builder/ccaas/bin/detect"; got != want {
		t.Errorf("the image of %s is made of %s, want %s", images[peer].name, got, want)
	}
	if err := pack(&out, Source{Bin: dir}, peer); err == nil {
		t.Error("an image was made without its programs")
	}
}
