package codes

import (
	"fmt"

	"github.com/skip2/go-qrcode"
)

// Sizes of a QR image, in pixels a side.
const (
	MinSize     = 96
	MaxSize     = 1024
	DefaultSize = 256
)

// QR draws a code's QR image (PNG): the normalised code itself, so that any scanner
// can hand it to any gateway. A quarter of the image may be covered or dirty.
func QR(code string, size int) ([]byte, error) {
	png, err := qrcode.Encode(code, qrcode.High, size)
	if err != nil {
		return nil, fmt.Errorf("draw the QR image: %w", err)
	}
	return png, nil
}
