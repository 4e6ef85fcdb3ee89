package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"text/template"
)

const (
	packageType    = "ccaas"
	connectionFile = "connection.json"
	indexFolder    = "META-INF" // state database indexes that a package may carry

	// configVariable holds values (a JSON object) for the places such as
	// {{.peername}} in a package's connection, so that one package serves peers
	// whose services listen at different addresses.
	configVariable = "CHAINCODE_AS_A_SERVICE_BUILDER_CONFIG"
)

// detect accepts packages of type ccaas.
func detect(metadataDir string) error {
	path := filepath.Join(metadataDir, "metadata.json")
	data, err := os.ReadFile(path)
	if err != nil {
		return fmt.Errorf("read the package's metadata: %w", err)
	}
	var metadata struct {
		Type string `json:"type"`
	}
	if err := json.Unmarshal(data, &metadata); err != nil {
		return fmt.Errorf("%s is not valid JSON: %w", path, err)
	}
	if metadata.Type != packageType {
		return fmt.Errorf("the package is of type %q: this builder takes %q", metadata.Type, packageType)
	}
	return nil
}

// build checks the connection and keeps it, its places filled, with the indexes.
func build(source, output, config string) error {
	data, err := os.ReadFile(filepath.Join(source, connectionFile))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("the package holds no %s: put it at the top of code.tar.gz", connectionFile)
	}
	if err != nil {
		return fmt.Errorf("read the package's connection: %w", err)
	}
	filled, err := fill(data, config)
	if err != nil {
		return fmt.Errorf("%s: %w", connectionFile, err)
	}
	if err := checkConnection(filled); err != nil {
		return fmt.Errorf("%s: %w", connectionFile, err)
	}
	if err := os.WriteFile(filepath.Join(output, connectionFile), filled, 0o600); err != nil {
		return fmt.Errorf("keep the connection: %w", err)
	}
	return copyFolder(filepath.Join(source, indexFolder), filepath.Join(output, indexFolder))
}

// release gives the connection to the peer, which then connects by itself.
func release(output, to string) error {
	data, err := os.ReadFile(filepath.Join(output, connectionFile))
	if err != nil {
		return fmt.Errorf("read what build kept: %w", err)
	}
	server := filepath.Join(to, "chaincode", "server")
	if err := os.MkdirAll(server, 0o700); err != nil {
		return fmt.Errorf("make the release folder: %w", err)
	}
	if err := os.WriteFile(filepath.Join(server, connectionFile), data, 0o600); err != nil {
		return fmt.Errorf("release the connection: %w", err)
	}
	return copyFolder(filepath.Join(output, indexFolder), to)
}

// fill puts the values of a peer's configuration into a connection. It works on
// the strings inside the JSON, so that no value can change its structure.
func fill(data []byte, config string) ([]byte, error) {
	var connection map[string]any
	if err := json.Unmarshal(data, &connection); err != nil {
		return nil, fmt.Errorf("not valid JSON: %w", err)
	}
	if !bytes.Contains(data, []byte("{{")) {
		return data, nil
	}
	values := map[string]any{}
	if config != "" {
		if err := json.Unmarshal([]byte(config), &values); err != nil {
			return nil, fmt.Errorf("the environment's %s is not a JSON object: %w", configVariable, err)
		}
	}
	for field, value := range connection {
		text, ok := value.(string)
		if !ok {
			continue
		}
		t, err := template.New(field).Option("missingkey=error").Parse(text)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", field, err)
		}
		var out bytes.Buffer
		if err := t.Execute(&out, values); err != nil {
			return nil, fmt.Errorf("%s: %w; give the value in %s of the peer's environment", field, err, configVariable)
		}
		connection[field] = out.String()
	}
	return json.Marshal(connection)
}

// copyFolder copies regular files; a missing folder is nothing to copy.
func copyFolder(from, to string) error {
	if _, err := os.Stat(from); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		return fmt.Errorf("copy the indexes: %w", err)
	}
	return nil
}
