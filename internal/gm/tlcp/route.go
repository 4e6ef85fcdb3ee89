package tlcp

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"slices"
	"time"
)

// errSilent: the other side closed without a word, as load balancers do that
// only look whether the port is open.
var errSilent = errors.New("closed before the first byte")

const (
	recordHandshake = 0x16
	helloClient     = 1
	recordHeader    = 5
	// helloVersion is how much of a ClientHello it takes to see its version:
	// the type, three bytes of length, two of version.
	helloVersion = 6

	drainTime  = 500 * time.Millisecond
	drainBytes = 64 << 10
)

// alertProtocolVersion is a TLS record: fatal alert, protocol_version.
var alertProtocolVersion = []byte{0x15, 3, 1, 0, 2, 2, 70}

// replayed is a connection of which the first bytes were read, and are read
// again.
type replayed struct {
	net.Conn
	head []byte
}

func (r *replayed) Read(b []byte) (int, error) {
	if len(r.head) == 0 {
		return r.Conn.Read(b)
	}
	n := copy(b, r.head)
	r.head = r.head[n:]
	return n, nil
}

// route reads as much of the first record as tells TLCP from the rest. Some
// clients write a record of TLS 1.0 around a ClientHello of TLCP.
func route(conn net.Conn) (_ *replayed, isTLCP bool, err error) {
	head := make([]byte, recordHeader, recordHeader+helloVersion)
	if n, err := io.ReadFull(conn, head); err != nil {
		if n == 0 && errors.Is(err, io.EOF) {
			return nil, false, errSilent
		}
		return nil, false, fmt.Errorf("first record: %w", err)
	}
	replay := &replayed{Conn: conn, head: head}
	if head[0] != recordHandshake {
		return replay, false, nil
	}
	if binary.BigEndian.Uint16(head[1:]) == Version {
		return replay, true, nil
	}
	if binary.BigEndian.Uint16(head[3:]) < helloVersion {
		return replay, false, nil
	}
	replay.head = head[:recordHeader+helloVersion]
	hello := replay.head[recordHeader:]
	if _, err := io.ReadFull(conn, hello); err != nil {
		return nil, false, fmt.Errorf("first record: %w", err)
	}
	return replay, hello[0] == helloClient && binary.BigEndian.Uint16(hello[4:]) == Version, nil
}

// looksLikeHTTP tells whether five bytes are the beginning of a plain request.
func looksLikeHTTP(head [5]byte) bool {
	return slices.Contains([]string{"GET /", "HEAD ", "POST ", "PUT /", "DELET", "PATCH", "OPTIO"}, string(head[:]))
}

// answerHTTP tells a plain HTTP client what to do. What it sent and nobody read
// would make the answer's last bytes be lost in a reset: take a little of it.
func answerHTTP(raw net.Conn) {
	_, _ = io.WriteString(raw, "HTTP/1.0 400 Bad Request\r\nContent-Type: text/plain\r\n\r\nThis port speaks TLS and TLCP: use https.\n")
	half, ok := raw.(interface{ CloseWrite() error })
	if !ok || half.CloseWrite() != nil {
		return
	}
	_ = raw.SetReadDeadline(time.Now().Add(drainTime))
	_, _ = io.CopyN(io.Discard, raw, drainBytes)
}
