package main

import (
	"fmt"
	"os"
	"path/filepath"

	"henanchain/gateway/config"
)

// places are where a carrier keeps its book and its outbox. They are its own: a
// gateway beside it has other files, or in PostgreSQL other tables of the same
// database. "temporary" is a folder that remove removes.
func (o relayOptions) places(c *config.Config) (book, outbox string, remove func(), err error) {
	book, outbox, remove = o.dsn, o.outbox, func() {}
	kind, source, err := c.Store.Driver()
	if err != nil {
		return "", "", nil, err
	}
	if book == "temporary" {
		dir, err := os.MkdirTemp("", "henanchain-relay-")
		if err != nil {
			return "", "", nil, fmt.Errorf("make a folder for the carrier: %w", err)
		}
		remove = func() { os.RemoveAll(dir) } //nolint:errcheck // what is left of it is in nobody's way
		return "sqlite:" + filepath.Join(dir, "relay.db"), "sqlite:" + filepath.Join(dir, "outbox.db"), remove, nil
	}
	beside := func(name string) string {
		if kind == "sqlite" {
			return "sqlite:" + filepath.Join(filepath.Dir(source), name)
		}
		return c.Store.DSN
	}
	if book == "" {
		book = beside("relay.db")
	}
	if outbox == "" {
		outbox = beside("relay-outbox.db")
	}
	return book, outbox, remove, nil
}
