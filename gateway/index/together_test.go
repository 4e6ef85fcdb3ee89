package index

import (
	"io"
	"testing"

	"henanchain/gateway/store/storetest"
)

func TestProcessesThatStartTogetherOpenAFreshReadModel(t *testing.T) {
	storetest.Together(t, func(dsn string) (io.Closer, error) { return Open(t.Context(), dsn, Options{}) })
}
