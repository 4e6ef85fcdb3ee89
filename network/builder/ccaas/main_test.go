package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

const plain = `{"address":"127.0.0.1:9999","dial_timeout":"10s","tls_required":false}`

func write(t *testing.T, path, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func call(t *testing.T, env map[string]string, step string, args ...string) (int, string) {
	t.Helper()
	var stderr bytes.Buffer
	status := run(step, args, func(name string) string { return env[name] }, &stderr)
	return status, stderr.String()
}

func TestAPackageGoesThroughAllThreeSteps(t *testing.T) {
	dir := t.TempDir()
	source, metadata, output, to := filepath.Join(dir, "src"), filepath.Join(dir, "meta"), filepath.Join(dir, "out"), filepath.Join(dir, "rel")
	write(t, filepath.Join(metadata, "metadata.json"), `{"type":"ccaas","label":"evidence_1.0"}`)
	write(t, filepath.Join(source, "connection.json"), plain)
	index := filepath.Join("statedb", "couchdb", "indexes", "owner.json")
	write(t, filepath.Join(source, "META-INF", index), `{"index":{}}`)
	for _, d := range []string{output, to} {
		if err := os.Mkdir(d, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for _, step := range [][]string{{"detect", source, metadata}, {"build", source, metadata, output}, {"release", output, to}} {
		if status, said := call(t, nil, step[0], step[1:]...); status != 0 {
			t.Fatalf("%s ended with %d: %s", step[0], status, said)
		}
	}
	got, err := os.ReadFile(filepath.Join(to, "chaincode", "server", "connection.json"))
	if err != nil || string(got) != plain {
		t.Fatalf("released %q, %v, want the connection as it was packed", got, err)
	}
	if _, err := os.Stat(filepath.Join(to, index)); err != nil {
		t.Fatalf("the index was not released: %v", err)
	}
}

func TestDetectLeavesOtherPackagesToOtherBuilders(t *testing.T) {
	for name, tc := range map[string]struct{ metadata, says string }{
		"go":      {`{"type":"golang"}`, "golang"},
		"no type": {`{}`, "ccaas"},
		"no JSON": {`type: ccaas`, "not valid JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			write(t, filepath.Join(dir, "metadata.json"), tc.metadata)
			if status, said := call(t, nil, "detect", dir, dir); status != exitFailed || !strings.Contains(said, tc.says) {
				t.Fatalf("ended with %d and said %q, want %d and %q", status, said, exitFailed, tc.says)
			}
		})
	}
}

func TestBuildRefusesAConnectionThatThePeerCouldNotUse(t *testing.T) {
	for name, tc := range map[string]struct{ connection, says string }{
		"no file":               {"", "holds no connection.json"},
		"no JSON":               {`address: here`, "not valid JSON"},
		"no address":            {`{}`, "host:port"},
		"no port":               {`{"address":"peer"}`, "host:port"},
		"port out of range":     {`{"address":"peer:70000"}`, "1 to 65535"},
		"timeout without unit":  {`{"address":"peer:1","dial_timeout":"10"}`, "dial_timeout"},
		"TLS without a root":    {`{"address":"peer:1","tls_required":true}`, "root_cert"},
		"client without a pair": {`{"address":"peer:1","tls_required":true,"client_auth_required":true}`, "client_cert"},
		"client without TLS":    {`{"address":"peer:1","client_auth_required":true}`, "set both"},
		"place without a value": {`{"address":"{{.peername}}:1"}`, "peername"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if tc.connection != "" {
				write(t, filepath.Join(dir, "connection.json"), tc.connection)
			}
			if status, said := call(t, nil, "build", dir, dir, t.TempDir()); status != exitFailed || !strings.Contains(said, tc.says) {
				t.Fatalf("ended with %d and said %q, want %d and %q", status, said, exitFailed, tc.says)
			}
		})
	}
}

func TestBuildFillsPlacesFromThePeersEnvironment(t *testing.T) {
	source, output := t.TempDir(), t.TempDir()
	write(t, filepath.Join(source, "connection.json"), `{"address":"{{.peername}}_evidence:9999"}`)
	env := map[string]string{configVariable: `{"peername":"peer0zhengzhou"}`}
	if status, said := call(t, env, "build", source, source, output); status != 0 {
		t.Fatalf("ended with %d: %s", status, said)
	}
	data, err := os.ReadFile(filepath.Join(output, "connection.json"))
	if err != nil {
		t.Fatal(err)
	}
	var got connection
	if err := json.Unmarshal(data, &got); err != nil || got.Address != "peer0zhengzhou_evidence:9999" {
		t.Fatalf("kept %s, %v", data, err)
	}
}

func TestAValueCannotBreakOutOfItsField(t *testing.T) {
	source, output := t.TempDir(), t.TempDir()
	write(t, filepath.Join(source, "connection.json"), `{"address":"{{.peername}}:9999","tls_required":true,"root_cert":"none"}`)
	env := map[string]string{configVariable: `{"peername":"x\",\"tls_required\":false,\"domain\":\""}`}
	if status, said := call(t, env, "build", source, source, output); status == 0 {
		t.Fatalf("a value that closes its string was taken: %s", said)
	}
}

func TestWrongCallsSayWhatToGive(t *testing.T) {
	for name, tc := range map[string]struct {
		step string
		args []string
		says string
	}{
		"unknown step":       {"ccaas", nil, "detect, build or release"},
		"too few folders":    {"build", []string{"a"}, "SOURCE METADATA OUTPUT"},
		"step as argument":   {"ccaas", []string{"release", "a"}, "OUTPUT RELEASE"},
		"run is not a step":  {"run", []string{"run", "a", "b"}, "detect, build or release"},
		"too many arguments": {"detect", []string{"a", "b", "c"}, "SOURCE METADATA"},
	} {
		t.Run(name, func(t *testing.T) {
			if status, said := call(t, nil, tc.step, tc.args...); status != exitUsage || !strings.Contains(said, tc.says) {
				t.Fatalf("ended with %d and said %q, want %d and %q", status, said, exitUsage, tc.says)
			}
		})
	}
}
