package backup

import (
	"archive/tar"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"filippo.io/age"
	"github.com/klauspost/compress/zstd"

	"henanchain/network/failure"
	"henanchain/network/state"
)

// Read reads a backup from its beginning to its end and checks all of it. With a
// folder given, which must not exist, its files are put there; without, they are
// checked and nothing is written.
func Read(path, passphrase, into string) (*Header, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, failure.Wrap(failure.Usage, err, "cannot read the backup")
	}
	defer f.Close()
	sealed, err := Sealed(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	sum := sha256.New()
	in := io.TeeReader(io.LimitReader(f, max(0, info.Size()-trailerSize)), sum)
	if sealed {
		if in, err = unseal(f, passphrase); err != nil {
			return nil, err
		}
	}
	packed, err := zstd.NewReader(in, zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	defer packed.Close()
	r := &reader{packed: packed, tar: tar.NewReader(packed), into: into, buffer: make([]byte, 1<<16)}
	h, err := r.header()
	if err != nil && sealed && failure.ExitStatus(err) == failure.Usage {
		return nil, damaged(err) // its passphrase fits
	}
	if err != nil {
		return nil, err
	}
	if err := r.files(); err != nil {
		return nil, err
	}
	if _, err = io.Copy(io.Discard, in); err != nil { // a seal ends with a checksum
		return nil, damaged(err)
	}
	if sealed {
		return h, nil
	}
	if end, err := io.ReadAll(f); err != nil || !bytes.Equal(end, trailer(sum)) {
		return nil, damaged(errors.Join(err, errors.New("its checksum is another")))
	}
	return h, nil
}

func unseal(f *os.File, passphrase string) (io.Reader, error) {
	if passphrase == "" {
		return nil, failure.New(failure.Usage, "%s is sealed: give its passphrase with --passphrase-file, or in HNC_BACKUP_PASSPHRASE", f.Name())
	}
	id, err := age.NewScryptIdentity(passphrase)
	if err != nil {
		return nil, err
	}
	in, err := age.Decrypt(f, id)
	var none *age.NoIdentityMatchError
	if errors.As(err, &none) {
		return nil, failure.New(failure.Refused, "this is not the passphrase of %s", f.Name())
	}
	if err != nil {
		return nil, damaged(err)
	}
	return in, nil
}

// damaged is the error of a file that cannot be trusted.
func damaged(err error) error {
	return failure.Wrap(failure.State, err, "the backup is damaged and nothing of it was put in place: take another one")
}

type reader struct {
	packed io.Reader
	tar    *tar.Reader
	into   string
	buffer []byte
	found  []entry
}

func (r *reader) header() (*Header, error) {
	first, err := r.tar.Next()
	if err != nil || first.Name != headerName {
		return nil, failure.New(failure.Usage, "this is no backup of a network: `network backup save` writes one")
	}
	var h Header
	if err := json.NewDecoder(io.LimitReader(r.tar, 1<<20)).Decode(&h); err != nil {
		return nil, damaged(err)
	}
	if h.Format != Format || h.Layout != state.Layout {
		return nil, failure.New(failure.State, "the backup has format %d of a state folder with layout %d; this program reads format %d and layout %d: use the program that made it", h.Format, h.Layout, Format, state.Layout)
	}
	return &h, nil
}

func (r *reader) files() error {
	for {
		h, err := r.tar.Next()
		if errors.Is(err, io.EOF) {
			return damaged(errors.New("its end is missing"))
		}
		if err != nil {
			return damaged(err)
		}
		if h.Name == digestsName {
			return r.end()
		}
		name, ok := strings.CutPrefix(h.Name, prefix)
		if name = strings.TrimSuffix(name, "/"); !ok || name != "" && !filepath.IsLocal(name) {
			return damaged(fmt.Errorf("it holds %q, which has no place in a state folder", h.Name))
		}
		if err := r.one(h, name); err != nil {
			return err
		}
	}
}

func (r *reader) one(h *tar.Header, name string) error {
	to := filepath.Join(r.into, name)
	switch h.Typeflag {
	case tar.TypeDir:
		if r.into == "" {
			return nil
		}
		return os.MkdirAll(to, fs.FileMode(h.Mode).Perm()|0o700)
	case tar.TypeSymlink:
		if r.into == "" {
			return nil
		}
		return os.Symlink(h.Linkname, to)
	case tar.TypeReg:
	default:
		return damaged(fmt.Errorf("%s is of an unknown kind", name))
	}
	sum := sha256.New()
	var out io.WriteCloser = nowhere{}
	if r.into != "" {
		if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
			return err
		}
		f, err := os.OpenFile(to, os.O_CREATE|os.O_EXCL|os.O_WRONLY, fs.FileMode(h.Mode).Perm())
		if err != nil {
			return err
		}
		out = &sparse{f: f}
	}
	for {
		n, err := r.tar.Read(r.buffer)
		sum.Write(r.buffer[:n])
		if _, werr := out.Write(r.buffer[:n]); werr != nil {
			return errors.Join(fmt.Errorf("restore %s: %w", name, werr), out.Close())
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return errors.Join(damaged(err), out.Close())
		}
	}
	r.found = append(r.found, entry{h.Name, h.Size, hex.EncodeToString(sum.Sum(nil))})
	if err := out.Close(); err != nil {
		return fmt.Errorf("restore %s: %w", name, err)
	}
	return nil
}

// end compares what was read with what the file says is in it.
func (r *reader) end() error {
	var want []entry
	if err := json.NewDecoder(r.tar).Decode(&want); err != nil {
		return damaged(err)
	}
	for i, e := range want {
		if i >= len(r.found) || r.found[i] != e {
			return damaged(fmt.Errorf("%s is not what was saved", strings.TrimPrefix(e.Path, prefix)))
		}
	}
	if !slices.Equal(want, r.found) {
		return damaged(errors.New("it holds more than was saved"))
	}
	if _, err := r.tar.Next(); !errors.Is(err, io.EOF) {
		return damaged(errors.Join(err, errors.New("something follows its end")))
	}
	if _, err := io.Copy(io.Discard, r.packed); err != nil { // its checksums come last
		return damaged(err)
	}
	return nil
}

// nowhere takes what is only checked.
type nowhere struct{}

func (nowhere) Write(p []byte) (int, error) { return len(p), nil }
func (nowhere) Close() error                { return nil }

// sparse writes a file and leaves out runs of zeros: orderers reserve 64 MB for
// each channel's log, of which most is never written.
type sparse struct {
	f    *os.File
	size int64
}

var zeros = make([]byte, 1<<16)

func (s *sparse) Write(p []byte) (int, error) {
	var err error
	if bytes.Equal(p, zeros[:len(p)]) {
		_, err = s.f.Seek(int64(len(p)), io.SeekCurrent)
	} else {
		_, err = s.f.Write(p)
	}
	s.size += int64(len(p))
	return len(p), err
}

func (s *sparse) Close() error { return errors.Join(s.f.Truncate(s.size), s.f.Close()) }
