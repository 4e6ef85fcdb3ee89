package relay

import (
	"io"
	"testing"

	"henanchain/gateway/store/storetest"
)

func TestMain(m *testing.M) { storetest.Main(m) }

func TestCarriersThatStartTogetherOpenAFreshBook(t *testing.T) {
	storetest.Together(t, func(dsn string) (io.Closer, error) { return OpenBook(t.Context(), dsn) })
}
