package storetest

import (
	"io"
	"path/filepath"
	"sync"
	"testing"
)

// Together opens something twice at the same moment where no table is yet, as two
// processes that start together do: several times, in SQLite and in PostgreSQL.
// Both must come to be open. The package's TestMain must call Main.
func Together(t *testing.T, open func(dsn string) (io.Closer, error)) {
	t.Helper()
	t.Run("SQLite", func(t *testing.T) {
		for range 3 {
			twice(t, "sqlite:"+filepath.Join(t.TempDir(), "folder", "file.db"), open)
		}
	})
	t.Run("PostgreSQL", func(t *testing.T) { TogetherInPostgres(t, open) })
}

// TogetherInPostgres is Together for what has a SQLite file to itself.
func TogetherInPostgres(t *testing.T, open func(dsn string) (io.Closer, error)) {
	t.Helper()
	for range 3 {
		twice(t, Shared(t), open)
	}
}

func twice(t *testing.T, dsn string, open func(dsn string) (io.Closer, error)) {
	t.Helper()
	begin := make(chan struct{})
	var opening sync.WaitGroup
	for range 2 {
		opening.Go(func() {
			<-begin
			opened, err := open(dsn)
			if err == nil {
				err = opened.Close()
			}
			if err != nil {
				t.Error(err)
			}
		})
	}
	close(begin)
	opening.Wait()
}
