package lifecycle

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"io"
	"strings"
	"testing"

	"github.com/hyperledger/fabric-admin-sdk/pkg/chaincode"
)

var service = Service{Address: "127.0.0.1:9999", RootCert: []byte("-----BEGIN CERTIFICATE-----\n")}

// The ID is written down here so that a change of Go's archive packages shows:
// it would make every channel take a new sequence for nothing.
func TestAPackageHasTheSameIDEverywhere(t *testing.T) {
	const want = "evidence_1.0:7e403123"
	p, err := NewPackage(Label("evidence", "1.0"), service)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(p.ID, want) {
		t.Fatalf("the ID is %s, want %s…", p.ID, want)
	}
	read, err := ReadPackage(p.Bytes)
	if err != nil || read.ID != p.ID || read.Label != p.Label {
		t.Fatalf("read back as %+v, %v, want ID %s", read, err, p.ID)
	}
}

func TestWhatThePeerMustTellApartGivesAnotherID(t *testing.T) {
	seen := map[string]string{}
	for name, s := range map[string]Service{
		"as it is":        service,
		"another address": {Address: "127.0.0.1:9998", RootCert: service.RootCert},
		"another root":    {Address: service.Address, RootCert: []byte("other")},
		"another program": {Address: service.Address, RootCert: service.RootCert, Program: "00"},
		"client":          {Address: service.Address, RootCert: service.RootCert, ClientCert: []byte("c"), ClientKey: []byte("k")},
	} {
		p, err := NewPackage("evidence_1.0", s)
		if err != nil {
			t.Fatal(err)
		}
		if other, ok := seen[p.ID]; ok {
			t.Errorf("%q and %q have the same ID", name, other)
		}
		seen[p.ID] = name
	}
}

func TestPackagesThatNoPeerCouldUseAreNotMade(t *testing.T) {
	for name, tc := range map[string]struct {
		label string
		s     Service
		says  string
	}{
		"label with a slash":       {"a/b", service, "label"},
		"no port":                  {"a", Service{Address: "host"}, "host:port"},
		"key without certificate":  {"a", Service{Address: "h:1", RootCert: []byte("r"), ClientKey: []byte("k")}, "certificate"},
		"client without TLS":       {"a", Service{Address: "h:1", ClientKey: []byte("k"), ClientCert: []byte("c")}, "TLS"},
		"certificate without key ": {"a", Service{Address: "h:1", RootCert: []byte("r"), ClientCert: []byte("k")}, "key"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := NewPackage(tc.label, tc.s); err == nil || !strings.Contains(err.Error(), tc.says) {
				t.Fatalf("got %v, want a refusal that says %q", err, tc.says)
			}
		})
	}
}

func TestAForeignPackageIsTakenOnlyAsAService(t *testing.T) {
	foreign := func(kind string) []byte {
		data, err := archive([]file{{"metadata.json", []byte(`{"type":"` + kind + `","label":"x_1"}`)}, {"code.tar.gz", []byte("…")}})
		if err != nil {
			t.Fatal(err)
		}
		return data
	}
	if p, err := ReadPackage(foreign("ccaas")); err != nil || p.ID != chaincode.GetPackageID("x_1", p.Bytes) {
		t.Fatalf("got %+v, %v", p, err)
	}
	if _, err := ReadPackage(foreign("golang")); err == nil || !strings.Contains(err.Error(), "--path") {
		t.Fatalf("got %v, want a refusal that says how to deploy source", err)
	}
	if _, err := ReadPackage([]byte("no package")); err == nil {
		t.Fatal("bytes that are no package were taken")
	}
}

func FuzzReadPackage(f *testing.F) {
	p, err := NewPackage("evidence_1.0", service)
	if err != nil {
		f.Fatal(err)
	}
	f.Add(p.Bytes)
	f.Add([]byte{0x1f, 0x8b})
	f.Fuzz(func(t *testing.T, data []byte) {
		if p, err := ReadPackage(data); err == nil && (p.Label == "" || !strings.HasPrefix(p.ID, p.Label+":")) {
			t.Fatalf("took %+v", p)
		}
	})
}

func TestAnArchiveHoldsNothingOfTheMachine(t *testing.T) {
	data, err := archive([]file{{"a", []byte("1")}})
	if err != nil {
		t.Fatal(err)
	}
	zip, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	if !zip.ModTime.IsZero() || zip.Name != "" {
		t.Errorf("the gzip header is %+v, want it empty", zip.Header)
	}
	tape := tar.NewReader(zip)
	h, err := tape.Next()
	if err != nil {
		t.Fatal(err)
	}
	if h.ModTime.Unix() != 0 || h.Uid != 0 || h.Uname != "" || h.Mode != 0o644 {
		t.Errorf("the tar header is %+v, want no time and no owner", h)
	}
	if rest, err := io.ReadAll(tape); err != nil || string(rest) != "1" {
		t.Errorf("got %q, %v", rest, err)
	}
}
