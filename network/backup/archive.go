// Package backup writes a network's state folder into one file and reads it
// back: a tar, compressed, with the SHA-256 of every file in it, and sealed with
// a passphrase (age) where one is given, because it holds every key.
//
// The file says at its end what is in it, and ends with its own SHA-256, or with
// its seal's.
// One that was cut off, or changed in a single bit, is refused as a whole before
// anything is put in its place.
package backup

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"

	"henanchain/network/failure"
)

// Format is the version of the file's form. One that an older program could not
// read raises it.
const Format = 1

const (
	headerName  = "backup.json"
	digestsName = "digests.json"
	prefix      = "state/"
)

// Header is what the file says about itself. Its JSON form is stable.
type Header struct {
	Format   int               `json:"format"`
	Layout   int               `json:"layout"` // of the state folder
	Network  string            `json:"network"`
	Profile  string            `json:"profile"`
	PortBase int               `json:"portBase"`
	Root     string            `json:"root"` // the state folder that it was
	Made     time.Time         `json:"made"`
	Heights  map[string]uint64 `json:"heights,omitempty"` // of the channels, when it was begun
}

// entry is one file of the backup, as the list at the end has it.
type entry struct {
	Path   string `json:"path"`
	Size   int64  `json:"size"`
	SHA256 string `json:"sha256"`
}

// Writer writes a backup. It is not safe for concurrent use.
type Writer struct {
	root    string
	file    *os.File
	path    string
	sum     hash.Hash      // of all that the file holds before it
	sealed  io.WriteCloser // nil where it is not
	packed  *zstd.Encoder
	tar     *tar.Writer
	entries []entry
	buffer  []byte
}

// Create begins a backup of a folder in a file that does not exist yet. The file
// is in its place only once Close has returned.
func Create(path, root, passphrase string, h Header) (*Writer, error) {
	if _, err := os.Lstat(path); err == nil {
		return nil, failure.New(failure.Usage, "%s is there already: choose another name", path)
	}
	if rel, err := filepath.Rel(root, path); err == nil && filepath.IsLocal(rel) {
		return nil, failure.New(failure.Usage, "%s lies in the folder that is to be saved: choose a place outside of it, better on another disk", path)
	}
	f, err := os.OpenFile(path+".part", os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return nil, failure.Wrap(failure.Usage, err, "cannot write the backup")
	}
	w := &Writer{root: root, file: f, path: path, sum: sha256.New(), buffer: make([]byte, 1<<20)}
	out := io.MultiWriter(f, w.sum)
	if passphrase != "" {
		if w.sealed, err = seal(out, passphrase); err != nil {
			return nil, errors.Join(err, w.Discard())
		}
		out = w.sealed
	}
	if w.packed, err = zstd.NewWriter(out, zstd.WithEncoderLevel(zstd.SpeedFastest)); err != nil {
		return nil, errors.Join(err, w.Discard())
	}
	w.tar = tar.NewWriter(w.packed)
	h.Format, h.Root = Format, root
	if err := w.writeJSON(headerName, h); err != nil {
		return nil, errors.Join(err, w.Discard())
	}
	return w, nil
}

func seal(out io.Writer, passphrase string) (io.WriteCloser, error) {
	r, err := age.NewScryptRecipient(passphrase)
	if err != nil {
		return nil, failure.Wrap(failure.Usage, err, "the passphrase")
	}
	return age.Encrypt(out, r)
}

func (w *Writer) writeJSON(name string, v any) error {
	data, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return err
	}
	if err := w.tar.WriteHeader(&tar.Header{Typeflag: tar.TypeReg, Name: name, Mode: 0o600, Size: int64(len(data))}); err != nil {
		return err
	}
	_, err = w.tar.Write(data)
	return err
}

// Add saves a file or a folder with all that is in it, by its path under the
// root. Unlike its neighbours, what leaveOut says yes to is left out.
func (w *Writer) Add(name string, leaveOut func(path string) bool) error {
	return filepath.WalkDir(filepath.Join(w.root, name), func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(w.root, path)
		if err != nil {
			return err
		}
		if leaveOut != nil && leaveOut(rel) {
			if d.IsDir() {
				return filepath.SkipDir
			}
			return nil
		}
		if err := w.add(path, rel, d); err != nil {
			return fmt.Errorf("save %s: %w", rel, err)
		}
		return nil
	})
}

func (w *Writer) add(path, rel string, d fs.DirEntry) error {
	info, err := d.Info()
	if err != nil {
		return err
	}
	h := &tar.Header{Name: prefix + filepath.ToSlash(rel), Mode: int64(info.Mode().Perm()), ModTime: info.ModTime()}
	switch {
	case d.IsDir():
		h.Typeflag = tar.TypeDir
		h.Name += "/"
		return w.tar.WriteHeader(h)
	case d.Type()&fs.ModeSymlink != 0:
		h.Typeflag = tar.TypeSymlink
		if h.Linkname, err = os.Readlink(path); err != nil {
			return err
		}
		return w.tar.WriteHeader(h)
	case !d.Type().IsRegular():
		return nil // a socket
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	h.Typeflag, h.Size = tar.TypeReg, info.Size()
	if err := w.tar.WriteHeader(h); err != nil {
		return err
	}
	sum := sha256.New()
	n, err := io.CopyBuffer(io.MultiWriter(w.tar, sum), io.LimitReader(f, h.Size), w.buffer)
	if err != nil {
		return err
	}
	if n != h.Size {
		return errors.New("it was cut while it was read: something still writes to it")
	}
	w.entries = append(w.entries, entry{h.Name, h.Size, hex.EncodeToString(sum.Sum(nil))})
	return nil
}

// Close writes the list of what is in the backup and puts the file in its place.
// It returns how many files it holds, and its size.
func (w *Writer) Close() (files int, size int64, err error) {
	err = w.writeJSON(digestsName, w.entries)
	err = errors.Join(err, w.tar.Close(), w.packed.Close())
	if w.sealed != nil {
		err = errors.Join(err, w.sealed.Close())
	}
	if err == nil && w.sealed == nil { // a seal has checksums of its own
		_, err = w.file.Write(trailer(w.sum))
	}
	err = errors.Join(err, w.file.Sync())
	info, serr := w.file.Stat()
	if err = errors.Join(err, serr, w.file.Close()); err != nil {
		return 0, 0, errors.Join(err, os.Remove(w.path+".part"))
	}
	return len(w.entries), info.Size(), os.Rename(w.path+".part", w.path)
}

// trailer is the digest of a file as a frame that zstd skips, so that `zstd -d`
// and `tar` read a backup as well.
func trailer(sum hash.Hash) []byte {
	return append([]byte{0x50, 0x2a, 0x4d, 0x18, sha256.Size, 0, 0, 0}, sum.Sum(nil)...)
}

const trailerSize = 8 + sha256.Size

// Discard gives the backup up.
func (w *Writer) Discard() error {
	if w.packed != nil {
		_ = w.packed.Close()
	}
	return errors.Join(w.file.Close(), os.Remove(w.path+".part"))
}

// magic begins a file that is sealed.
var magic = []byte("age-encryption.org/v1")

// Sealed tells whether a backup is sealed with a passphrase.
func Sealed(path string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, failure.Wrap(failure.Usage, err, "cannot read the backup")
	}
	defer f.Close()
	begin := make([]byte, len(magic))
	_, err = io.ReadFull(f, begin)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) && !errors.Is(err, io.EOF) {
		return false, err
	}
	return bytes.Equal(begin, magic), nil
}
