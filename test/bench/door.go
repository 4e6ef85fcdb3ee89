package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httputil"
	"strconv"
	"strings"
	"time"
)

// door is one caller's keep-alive connection to the gateway. It speaks just
// enough HTTP/1.1 that the machine's time goes to what is measured.
type door struct {
	address, token string
	conn           net.Conn
	until          time.Time // when conn gives up
	reader         *bufio.Reader
	out            []byte
	long           bytes.Buffer // an answer that does not fit into the reader
}

// patience bounds one call; it is renewed now and then, as timers take time too.
const patience, renewed = 90 * time.Second, 5 * time.Second

// call sends a request and returns the answer, which holds until the next call.
func (d *door) call(ctx context.Context, method, path string, body []byte) (status int, answer []byte, err error) {
	if d.conn == nil {
		if d.conn, err = (&net.Dialer{Timeout: patience}).DialContext(ctx, "tcp", d.address); err != nil {
			return 0, nil, err
		}
		d.reader = bufio.NewReaderSize(d.conn, 16<<10)
	}
	d.out = append(d.out[:0], method...)
	d.out = append(append(append(d.out, ' '), path...), " HTTP/1.1\r\nHost: gateway\r\nAuthorization: Bearer "...)
	d.out = append(append(d.out, d.token...), "\r\n"...)
	if body != nil {
		d.out = append(d.out, "Content-Type: application/json\r\nContent-Length: "...)
		d.out = append(strconv.AppendInt(d.out, int64(len(body)), 10), "\r\n"...)
	}
	d.out = append(append(d.out, "\r\n"...), body...)
	if err = d.hurry(); err == nil {
		if _, err = d.conn.Write(d.out); err == nil {
			status, answer, err = d.read()
		}
	}
	if err != nil {
		d.conn.Close()
		d.conn, d.until = nil, time.Time{}
		return 0, nil, fmt.Errorf("%s %s: %w", method, path, err)
	}
	return status, answer, nil
}

// hurry sees to it that the call ends.
func (d *door) hurry() error {
	end := time.Now().Add(patience)
	if end.Sub(d.until) < renewed {
		return nil
	}
	d.until = end
	return d.conn.SetDeadline(end)
}

func (d *door) read() (status int, answer []byte, err error) {
	line, err := d.reader.ReadSlice('\n')
	if err != nil {
		return 0, nil, err
	}
	if len(line) < 12 {
		return 0, nil, errors.New("the answer is no HTTP")
	}
	if status, err = strconv.Atoi(string(line[9:12])); err != nil {
		return 0, nil, err
	}
	length, chunked := 0, false
	for {
		if line, err = d.reader.ReadSlice('\n'); err != nil {
			return 0, nil, err
		}
		line = bytes.TrimSpace(line)
		if len(line) == 0 {
			break
		}
		name, value, _ := bytes.Cut(line, []byte(": "))
		switch {
		case bytes.EqualFold(name, []byte("Content-Length")):
			if length, err = strconv.Atoi(string(value)); err != nil {
				return 0, nil, err
			}
		case bytes.EqualFold(name, []byte("Transfer-Encoding")):
			chunked = true
		}
	}
	if !chunked && length <= d.reader.Size() { // it is looked at where it lies
		if answer, err = d.reader.Peek(length); err == nil {
			_, err = d.reader.Discard(length)
		}
		return status, answer, err
	}
	d.long.Reset()
	if !chunked {
		_, err = io.CopyN(&d.long, d.reader, int64(length))
	} else if _, err = io.Copy(&d.long, httputil.NewChunkedReader(d.reader)); err == nil {
		_, err = d.reader.Discard(2) // the empty line after the last chunk
	}
	return status, d.long.Bytes(), err
}

// refused makes an error of an answer that was not expected.
func refused(status int, answer []byte) error {
	return fmt.Errorf("answered %d %.300s", status, answer)
}

// files are made-up files that nobody has deposited before.
type files struct{ run uint64 }

// hash is the digest of the nth file of a caller, in hex.
func (f *files) hash(caller, n int) string {
	var seed [24]byte
	binary.BigEndian.PutUint64(seed[:], f.run)
	binary.BigEndian.PutUint64(seed[8:], uint64(caller))
	binary.BigEndian.PutUint64(seed[16:], uint64(n))
	sum := sha256.Sum256(seed[:])
	return hex.EncodeToString(sum[:])
}

// deposit is the body of a deposit of a file, as a notary's system sends it.
func deposit(out []byte, hash string, n int) []byte {
	out = append(out, `{"fileHash":"`...)
	out = append(out, hash...)
	out = append(out, `","name":"购销合同-`...)
	out = strconv.AppendInt(out, int64(n), 10)
	out = append(out, `.pdf","size":`...)
	out = strconv.AppendInt(out, int64(20480+n%100000), 10)
	out = append(out, `,"dataType":"1","depositorType":"ORGANISATION","depositorKey":"`...)
	out = append(out, depositorKey...)
	return append(out, `","collectedAt":"2026-03-01T02:00:00Z","sourceType":"业务系统导出","deviceId":"取证终端-07"}`...)
}

var depositorKey = strings.Repeat("3f6a", 16)

// ids takes the records' ids out of an answer, in their order: those of the
// acknowledgements, each of which has a receipt.
func ids(into [][16]byte, answer []byte) ([][16]byte, int, error) {
	const before, receipt = `"id":"`, `"txId":"`
	n := 0
	for rest := answer; ; n++ {
		i := bytes.Index(rest, []byte(before))
		if i < 0 || len(rest) < i+len(before)+32 {
			return into, n, nil
		}
		var id [16]byte
		if _, err := hex.Decode(id[:], rest[i+len(before):i+len(before)+32]); err != nil {
			return into, n, fmt.Errorf("the id of a record: %w", err)
		}
		into = append(into, id)
		// The receipt repeats the id.
		rest = rest[i+len(before):]
		j, k := bytes.Index(rest, []byte(receipt)), bytes.Index(rest, []byte(before))
		if j < 0 || k < 0 {
			return into, n, errors.New("an acknowledgement has no receipt")
		}
		rest = rest[k+len(before):]
	}
}

const (
	evidences = "/v1/" + city + "/evidence/evidences"
	batchPath = "/v1/" + city + "/evidence:batch"
)

// written is what the callers of a run were told to be on the ledger.
type written struct {
	ids    [][][16]byte // by caller
	hashes [][]string
}

// single is a caller that deposits one file after the other.
func (b *bench) single(caller int) worker {
	d, n := b.door(), 0
	var body []byte
	return func(ctx context.Context) (int, error) {
		n++
		hash := b.files.hash(caller, n)
		body = deposit(body[:0], hash, n)
		status, answer, err := d.call(ctx, http.MethodPost, evidences, body)
		switch {
		case err != nil:
			return 0, err
		case status != http.StatusCreated:
			return 0, refused(status, answer)
		}
		b.keep(caller, hash)
		b.done.ids[caller], _, err = ids(b.done.ids[caller], answer)
		return 1, err
	}
}

// batch is a caller that deposits many files with each request.
func (b *bench) batch(caller, size int) worker {
	d, n := b.door(), 0
	var body []byte
	return func(ctx context.Context) (int, error) {
		body = append(body[:0], '[')
		for i := range size {
			if i > 0 {
				body = append(body, ',')
			}
			n++
			body = append(body, `{"op":"Deposit","in":`...)
			body = append(deposit(body, b.files.hash(caller, n), n), '}')
		}
		body = append(body, ']')
		status, answer, err := d.call(ctx, http.MethodPost, batchPath, body)
		switch {
		case err != nil:
			return 0, err
		case status != http.StatusOK:
			return 0, refused(status, answer)
		}
		all, done, err := ids(b.done.ids[caller], answer)
		b.done.ids[caller] = all
		if err == nil && done != size {
			err = fmt.Errorf("%d of %d records were done: %.300s", done, size, answer)
		}
		return done, err
	}
}

// keep remembers some records to be read and verified later.
func (b *bench) keep(caller int, hash string) {
	if len(b.done.hashes[caller]) < kept {
		b.done.hashes[caller] = append(b.done.hashes[caller], hash)
	}
}

// kept is how many records of each caller are read again.
const kept = 20

// ofPeers has the peers asked in place of the read model.
const ofPeers = "?consistency=ledger"

// reader is a caller that reads records back, by their ids.
func (b *bench) reader(caller int, query string) worker {
	d, n := b.door(), caller
	return func(ctx context.Context) (int, error) {
		n++
		id, _ := b.known(n)
		status, answer, err := d.call(ctx, http.MethodGet, evidences+"/"+id+query, nil)
		if err == nil && (status != http.StatusOK || !bytes.Contains(answer, []byte(id)) || (query == "") != bytes.Contains(answer, []byte(`"asOf":`))) {
			err = refused(status, answer)
		}
		return 1, err
	}
}

// verifier is a caller that verifies files, every fourth of them tampered with.
func (b *bench) verifier(caller int, query string) worker {
	d, n := b.door(), caller
	var body []byte
	return func(ctx context.Context) (int, error) {
		n++
		id, hash := b.known(n)
		want := `"match":true`
		if n%4 == 0 {
			hash, want = b.files.hash(-1, n), `"match":false`
		}
		body = append(body[:0], `{"id":"`+id+`","fileHash":"`+hash+`"}`...)
		status, answer, err := d.call(ctx, http.MethodPost, evidences+":verify"+query, body)
		if err == nil && (status != http.StatusOK || !bytes.Contains(answer, []byte(want)) || (query == "") != bytes.Contains(answer, []byte(`"asOf":`))) {
			err = refused(status, answer)
		}
		return 1, err
	}
}

// known is the nth of the records that are read back.
func (b *bench) known(n int) (id, hash string) {
	caller := n % b.options.connections
	for len(b.done.hashes[caller]) == 0 {
		caller = (caller + 1) % b.options.connections
	}
	i := n / b.options.connections % len(b.done.hashes[caller])
	return hex.EncodeToString(b.done.ids[caller][i][:]), b.done.hashes[caller][i]
}
