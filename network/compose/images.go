package compose

import (
	"archive/tar"
	"bytes"
	"context"
	"debug/elf"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"henanchain/network/failure"
	"henanchain/network/progress"
)

//go:embed Dockerfile
var dockerfile []byte

// DefaultTag is the images' tag where nothing else is said.
const DefaultTag = "local"

// Image is the full name of an image.
func Image(name, tag string) string { return "henanchain/" + name + ":" + tag }

// images are what each image holds beside the network program.
var images = []struct {
	name     string
	programs []string
	rest     bool // the configuration samples and the topology, to make a network with
	builder  bool // the peer's external builder
}{
	{name: "ca", programs: []string{"fabric-ca-server"}},
	{name: "orderer", programs: []string{"orderer"}},
	{name: "peer", programs: []string{"peer"}, builder: true},
	{name: "contracts"},
	{name: "gateway", programs: []string{"gateway"}},
	{name: "admin", programs: []string{"chaincode", "configtxgen", "configtxlator", "gateway", "osnadmin", "peer"}, rest: true},
}

// Source says where an image's content is.
type Source struct {
	Bin, Config, Builder string // folders, as build leaves them
	Topology             string // file
}

// Build makes all images.
func Build(ctx context.Context, s Source, tag string, out io.Writer) error {
	docker, err := exec.LookPath("docker")
	if err != nil {
		return failure.New(failure.Toolchain, "docker is not on the PATH: install Docker Engine and run again")
	}
	if said, err := exec.CommandContext(ctx, docker, "version", "--format", "{{.Server.Version}}").CombinedOutput(); err != nil {
		return failure.Wrap(failure.Toolchain, err, "no Docker Engine answers: start it, or let this user speak to it (%s)", strings.TrimSpace(string(said)))
	}
	if err := static(filepath.Join(s.Bin, "network")); err != nil {
		return err
	}
	board := progress.New(out)
	defer board.Close()
	for i := range images {
		task := board.Start(Image(images[i].name, tag))
		if err := buildImage(ctx, docker, s, i, tag); err != nil {
			task.Fail()
			return err
		}
		task.Done("built")
	}
	return prune(ctx)
}

// prune removes images that were made here before and have lost their name to
// newer ones.
func prune(ctx context.Context) error {
	said, err := exec.CommandContext(ctx, "docker", "image", "prune", "--force", "--filter", "label="+label).CombinedOutput()
	if err != nil {
		return fmt.Errorf("remove the images of before: %w: %s", err, strings.TrimSpace(string(said)))
	}
	return nil
}

// label is on every image that is made here (Dockerfile).
const label = "henanchain.image=yes"

// static refuses a program that wants the libraries of this machine: its image
// has none.
func static(program string) error {
	f, err := elf.Open(program)
	if err != nil {
		return failure.Wrap(failure.Toolchain, err, "cannot read what goes into the images")
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type == elf.PT_INTERP {
			return failure.New(failure.Toolchain, "%s was built with a C compiler and does not run in an image: build it with CGO_ENABLED=0, as `network build` does", program)
		}
	}
	return nil
}

func buildImage(ctx context.Context, docker string, s Source, i int, tag string) error {
	name := Image(images[i].name, tag)
	cmd := exec.CommandContext(ctx, docker, "build", "--tag", name, "-")
	// The images are made of copies alone, which every engine's own builder can;
	// the other one is an extra program that a machine may lack.
	cmd.Env = append(os.Environ(), "DOCKER_BUILDKIT=0")
	var said bytes.Buffer
	cmd.Stdout, cmd.Stderr = &said, &said
	in, err := cmd.StdinPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("run docker: %w", err)
	}
	packed := errors.Join(pack(in, s, i), in.Close())
	if err := cmd.Wait(); err != nil {
		return failure.Wrap(failure.Toolchain, errors.Join(err, packed), "cannot build the image %s: %s", name, strings.TrimSpace(said.String()))
	}
	return packed
}

// pack writes what docker builds an image of.
func pack(out io.Writer, s Source, i int) error {
	tape := &tape{Writer: tar.NewWriter(out)}
	img := images[i]
	tape.bytes("Dockerfile", dockerfile)
	tape.folder("shared/tmp/", 0o1777)
	tape.folder("shared/bin/", 0o755)
	tape.file("shared/bin/network", filepath.Join(s.Bin, "network"))
	tape.folder("own/bin/", 0o755)
	for _, p := range img.programs {
		tape.file("own/bin/"+p, filepath.Join(s.Bin, p))
	}
	if img.builder {
		tape.tree("own/builder/ccaas", s.Builder)
	}
	if img.rest {
		tape.tree("own/config", s.Config)
		tape.file("own/topology.yaml", s.Topology)
	}
	return errors.Join(tape.err, tape.Close())
}

// tape writes an archive and remembers the first error.
type tape struct {
	*tar.Writer
	err error
}

func (t *tape) folder(name string, mode int64) {
	if t.err == nil {
		t.err = t.WriteHeader(&tar.Header{Typeflag: tar.TypeDir, Name: name, Mode: mode})
	}
}

func (t *tape) bytes(name string, data []byte) {
	if t.err == nil {
		t.err = t.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o644, Size: int64(len(data))})
	}
	if t.err == nil {
		_, t.err = t.Write(data)
	}
}

func (t *tape) file(name, path string) {
	if t.err != nil {
		return
	}
	f, err := os.Open(path)
	if err != nil {
		t.err = failure.Wrap(failure.Toolchain, err, "cannot read what goes into the image")
		return
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.err = err
		return
	}
	if t.err = t.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: int64(info.Mode().Perm() | 0o444), Size: info.Size()}); t.err == nil {
		_, t.err = io.Copy(t, f)
	}
}

func (t *tape) tree(name, dir string) {
	if t.err != nil {
		return
	}
	t.err = errors.Join(filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		rel, err := filepath.Rel(dir, path)
		if err == nil {
			t.file(name+"/"+filepath.ToSlash(rel), path)
		}
		return err
	}), t.err)
}

// Remove removes the images of a tag.
func Remove(ctx context.Context, tag string) error {
	var names []string
	for _, img := range images {
		names = append(names, Image(img.name, tag))
	}
	said, err := exec.CommandContext(ctx, "docker", slices.Concat([]string{"image", "rm", "--force"}, names)...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("remove the images: %w: %s", err, strings.TrimSpace(string(said)))
	}
	return prune(ctx)
}
