package build

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"henanchain/network/failure"
)

// change is what is built differently of a module that a unit is made of. Its
// source is the one that go.sum pins; each edit must find its text there once.
type change struct {
	module string
	edits  []edit
}

// edit is what stands in a file once, and what is to stand there.
type edit struct{ file, old, new string }

// stores are the databases of peers and orderers. Fabric opens LevelDB with the
// defaults of a small database and lets nobody choose. On a ledger of millions of
// records, whose keys come in no order, most of a peer's time went into looking for
// keys that are not there and into merging tables (docs/performance.md, "A ledger
// that grows"). So: a Bloom filter of 10 bits for each key; tables' indexes and
// filters stay in memory while a table is open, whatever the cache is needed for, and
// more tables stay open; larger blocks, so that there is less to stay; buffers and
// tables that are larger, and twice as many of them in the level that is not sorted,
// so that each merge into the next level has more to bring (a buffer takes memory
// only as it fills); and tables that are merged when a level is full, not because
// somebody searched them. The size of a level is that of the total size times ten to
// the power of its number. Databases that were written without these are read on, and
// the other way round.
var stores = change{
	module: "github.com/syndtr/goleveldb",
	edits: []edit{
		{options, "DefaultBlockCacheCapacity            = 8 * MiB", "DefaultBlockCacheCapacity            = 16 * MiB"},
		{options, "DefaultBlockSize                     = 4 * KiB", "DefaultBlockSize                     = 8 * KiB"},
		{options, "DefaultCompactionL0Trigger           = 4\n", "DefaultCompactionL0Trigger           = 8\n"},
		{options, "DefaultCompactionTableSize           = 2 * MiB", "DefaultCompactionTableSize           = 16 * MiB"},
		{options, "DefaultCompactionTotalSize           = 10 * MiB", "DefaultCompactionTotalSize           = 32 * MiB"},
		{options, "DefaultWriteBuffer                   = 4 * MiB", "DefaultWriteBuffer                   = 64 * MiB"},
		{options, "DefaultWriteL0PauseTrigger           = 12\n", "DefaultWriteL0PauseTrigger           = 24\n"},
		{options, "DefaultWriteL0SlowdownTrigger        = 8\n", "DefaultWriteL0SlowdownTrigger        = 16\n"},
		{open, "	DefaultOpenFilesCacheCapacity = 500\n", "	DefaultOpenFilesCacheCapacity = 2000\n"},
		{options, "	return o.DisableSeeksCompaction\n", "	return true\n"},
		{options, "	return o.Filter\n", "	if o.Filter == nil {\n		return filter.NewBloomFilter(10)\n	}\n	return o.Filter\n"},
		{buffer, "	kvData []byte\n", "	kvData []byte\n	size int\n"},
		{buffer, "		kvData:    make([]byte, 0, capacity),\n", "		kvData:    make([]byte, 0, capacity/256),\n		size:      capacity,\n"},
		{buffer, "	return cap(p.kvData)\n", "	return p.size\n"},
		{buffer, "	return cap(p.kvData) - len(p.kvData)\n", "	return p.size - len(p.kvData)\n"},
		{table, "	if cache == nil {\n", "	{\n"},
	},
}

const (
	options = "leveldb/opt/options.go"
	open    = "leveldb/opt/options_default.go"
	buffer  = "leveldb/memdb/memdb.go"
	table   = "leveldb/table/reader.go"
)

// digest tells one change from another.
func (c *change) digest() string {
	if c == nil {
		return ""
	}
	return fmt.Sprintf("%q", *c)
}

// changed makes the module with its change under build/ and gives the module file
// that builds a unit with it; empty where nothing is changed.
func (j *job) changed(ctx context.Context, u unit) (modFile string, err error) {
	if u.change == nil {
		return "", nil
	}
	dir := filepath.Join(j.Root, u.dir)
	found, err := j.tool.quiet(ctx, dir, nil, "list", "-m", "-f", "{{.Dir}}", u.change.module)
	if err != nil {
		return "", j.tool.explain(ctx, "cannot find the module "+u.change.module, err)
	}
	if modFile, err = u.change.apply(strings.TrimSpace(found), dir, filepath.Join(j.Root, "build", "changed", u.name)); err != nil {
		return "", failure.Wrap(diskOr(err, failure.Toolchain), err, "cannot prepare %s for %s", u.change.module, u.title)
	}
	return modFile, nil
}

// apply copies a module's source to a folder, makes the change there, and writes
// beside it the module file of the unit that takes the copy in its place.
func (c *change) apply(from, unit, to string) (modFile string, err error) {
	if err := os.RemoveAll(to); err != nil {
		return "", err
	}
	copied := filepath.Join(to, "module")
	if err := os.CopyFS(copied, os.DirFS(from)); err != nil {
		return "", err
	}
	for _, e := range c.edits {
		path := filepath.Join(copied, filepath.FromSlash(e.file))
		text, err := os.ReadFile(path)
		if err != nil {
			return "", err
		}
		if n := strings.Count(string(text), e.old); n != 1 {
			return "", fmt.Errorf("%s of %s has %q %d times, not once: it is not the version that the change was made for", e.file, c.module, strings.TrimSpace(e.old), n)
		}
		if err := writeFile(path, []byte(strings.Replace(string(text), e.old, e.new, 1)), 0o644); err != nil {
			return "", err
		}
	}
	relative, err := filepath.Rel(unit, copied) // programs are the same wherever they are built
	if err != nil {
		return "", err
	}
	mod, err := os.ReadFile(filepath.Join(unit, "go.mod"))
	if err != nil {
		return "", err
	}
	sum, err := os.ReadFile(filepath.Join(unit, "go.sum"))
	if err != nil {
		return "", err
	}
	mod = fmt.Appendf(mod, "\nreplace %s => %s\n", c.module, filepath.ToSlash(relative))
	if err := writeFile(filepath.Join(to, "go.sum"), sum, 0o644); err != nil {
		return "", err
	}
	modFile = filepath.Join(to, "go.mod")
	return modFile, writeFile(modFile, mod, 0o644)
}
