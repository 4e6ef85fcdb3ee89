package audit

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
)

// Report is what Verify found.
type Report struct {
	Lines uint64
	Head  Head
}

// Broken tells where a log is not what was written.
type Broken struct {
	File string
	Line int // in the file, from 1
	Err  error
}

// Error names the place.
func (b *Broken) Error() string { return fmt.Sprintf("%s, line %d: %v", b.File, b.Line, b.Err) }

// Unwrap returns the reason.
func (b *Broken) Unwrap() error { return b.Err }

// Verify reads a log from its first line, the closed files before the open
// one, and holds every line to its hash and its place. noted are heads that
// were written down earlier: each must be in the log as it was. A line that a
// crash cut short at the very end is not a fault; the gateway removes it when
// it starts.
func Verify(path string, noted ...Head) (Report, error) {
	files, err := Files(path)
	if err != nil {
		return Report{}, err
	}
	if own, err := readHead(path); err != nil {
		return Report{}, fmt.Errorf("%s.head: %w", path, err)
	} else if own.Seq > 0 {
		noted = append(noted, own)
	}
	v := &verifier{head: genesis, want: map[uint64]string{}}
	for _, h := range noted {
		v.want[h.Seq] = h.Hash
	}
	for i, file := range files {
		if err := v.file(file, i == len(files)-1); err != nil {
			return v.report(), err
		}
	}
	for _, h := range noted {
		if h.Seq > v.head.Seq {
			return v.report(), &Broken{path, 0, fmt.Errorf("it ends at line number %d, and number %d was there already: lines were removed from the end", v.head.Seq, h.Seq)}
		}
	}
	return v.report(), nil
}

// Files lists a log's files in their order.
func Files(path string) ([]string, error) {
	closed, err := filepath.Glob(path + ".*")
	if err != nil {
		return nil, fmt.Errorf("audit log: %w", err)
	}
	number := func(name string) uint64 {
		n, err := strconv.ParseUint(strings.TrimPrefix(name, path+"."), 10, 64)
		if err != nil {
			return 0
		}
		return n
	}
	var files []string
	for _, name := range closed {
		if number(name) > 0 {
			files = append(files, name)
		}
	}
	sort.Slice(files, func(i, j int) bool { return number(files[i]) < number(files[j]) })
	return append(files, path), nil
}

type verifier struct {
	head  Head
	lines uint64
	want  map[uint64]string
}

func (v *verifier) report() Report { return Report{v.lines, v.head} }

func (v *verifier) file(path string, last bool) error {
	f, err := os.Open(path)
	if err != nil {
		return fmt.Errorf("audit log: %w", err)
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, 1<<20)
	for n := 1; ; n++ {
		text, err := in.ReadBytes('\n')
		if errors.Is(err, io.EOF) {
			if len(text) > 0 && !last {
				return &Broken{path, n, errors.New("the last line of a closed file is not whole")}
			}
			return nil
		}
		if err != nil {
			return fmt.Errorf("read %s: %w", path, err)
		}
		if v.head, err = check(v.head, bytes.TrimSuffix(text, []byte{'\n'})); err != nil {
			return &Broken{path, n, err}
		}
		v.lines++
		if hash, ok := v.want[v.head.Seq]; ok && hash != v.head.Hash {
			return &Broken{path, n, fmt.Errorf("line number %d is not the one that was noted: the log was rewritten", v.head.Seq)}
		}
	}
}
