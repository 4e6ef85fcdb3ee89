//go:build e2e

package sharing

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"henanchain/internal/gm"
)

// needle is a text that is looked for in files.
type needle struct {
	what string
	text []byte
}

// secrets are what no block and no log may tell: plaintexts of PRIVATE and
// ENCRYPTED fields, numbers and sets of joint computations, identity numbers, and
// bare digests of them.
func secrets() []needle {
	var all []needle
	plain := map[string]string{
		"a private value": secretUnits, "a private text": secretUsage, "an encrypted text": secretText, "a part of an encrypted text": "抵押余额柒佰叁拾玖万",
		"an identity number": citizen, "an element of a set": elements(7, 8)[0], "an element of both sets": elements(260, 261)[0],
		"a number that was added up": fmt.Sprint(numbers[0]), "another number": fmt.Sprint(-numbers[2]), "the sum": fmt.Sprint(total),
	}
	for what, text := range plain {
		all = append(all, needle{what, []byte(text)}, needle{what + " in base64", []byte(base64.StdEncoding.EncodeToString([]byte(text)))})
	}
	for _, id := range []string{citizen, elements(7, 8)[0], elements(260, 261)[0]} {
		for _, form := range []string{id, "111" + id, "111/" + id, "111:" + id} {
			sm3, sha := gm.Digest([]byte(form)), sha256.Sum256([]byte(form))
			for name, digest := range map[string][]byte{"SM3": sm3[:], "SHA-256": sha[:]} {
				all = append(all, needle{"a bare " + name, []byte(hex.EncodeToString(digest))}, needle{"a bare " + name + ", raw", digest},
					needle{"a bare " + name + " in base64", []byte(base64.StdEncoding.EncodeToString(digest))})
			}
		}
	}
	return all
}

// files are the state folder's files by what they are.
func files(t *testing.T, is func(path string) bool) []string {
	t.Helper()
	var all []string
	err := filepath.WalkDir(net.State, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() && is(path) {
			all = append(all, path)
		}
		return nil // a file that went away while we walked is no matter
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// readEverything reads the block files of every peer and orderer, byte by byte,
// and every log. What must be there is found by the same search.
func readEverything(t *testing.T) {
	blocks := files(t, func(p string) bool { return strings.HasPrefix(filepath.Base(p), "blockfile_") })
	logs := files(t, func(p string) bool {
		if strings.Contains(p, "/nodes/") && strings.Contains(p, "/data/") {
			return false // of the peers' databases, which call a part of themselves a log: private data is in there and has to be
		}
		return strings.HasSuffix(p, ".log") || strings.HasSuffix(p, ".jsonl") || strings.Contains(p, "/logs/")
	})
	channels := map[string]bool{}
	for _, p := range blocks {
		channels[filepath.Base(filepath.Dir(p))] = true
	}
	for _, ch := range net.Connection.Channels {
		if !channels[ch.Name] {
			t.Errorf("no block file of the channel %s was found", ch.Name)
		}
	}
	if len(logs) == 0 {
		t.Fatal("no log was found")
	}
	// The subject's keyed hash, the item's name and the parcel's id must be there.
	control := map[string][]byte{"the name of an item": []byte("不动产登记信息"), "the run": []byte("JM" + run), "a masked sum": []byte(`"maskedSum"`), "blinded points": []byte(`"points"`)}
	found := map[string]bool{}
	for _, p := range blocks {
		look(t, p, control, found)
	}
	for what := range control {
		if !found[what] {
			t.Errorf("%s is in no block: the search finds nothing", what)
		}
	}
	inLogs := map[string]bool{}
	for _, p := range logs {
		look(t, p, map[string][]byte{"a route": []byte("/v1/{city}/sharing/uses")}, inLogs)
	}
	if !inLogs["a route"] {
		t.Error("no log tells of a call: the search finds nothing")
	}
	all := secrets()
	for _, p := range append(blocks, logs...) {
		data, err := os.ReadFile(p)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range all {
			if at := bytes.Index(data, n.text); at >= 0 {
				t.Errorf("%s holds %s at byte %d", strings.TrimPrefix(p, net.State), n.what, at)
			}
		}
	}
	t.Logf("read %d block files of %d channels and %d logs for %d texts", len(blocks), len(channels), len(logs), len(all))
}

func look(t *testing.T, path string, wanted map[string][]byte, found map[string]bool) {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for what, text := range wanted {
		found[what] = found[what] || bytes.Contains(data, text)
	}
}
