package index

import (
	"context"
	"database/sql"
	"fmt"
	"sync"

	"go.uber.org/zap"

	"henanchain/gateway/sqldb"
)

// writeBackPages is how many pages the log of a SQLite file holds before they are
// written back into the file: 64 MB. Most pages are changed by each batch of blocks,
// and go back once for many.
const writeBackPages = 16000

// writeBack has pages go from the log of a SQLite file into the file while blocks go
// on being written. By itself SQLite does it in the commit that makes the log too
// long, which then takes as long as several others.
type writeBack struct {
	pages  int
	log    *zap.Logger
	write  *sql.DB // whose transactions are the only ones
	beside *sql.DB
	due    chan struct{}
	stop   context.CancelFunc
	done   sync.WaitGroup
}

func newWriteBack(path string, write *sql.DB, log *zap.Logger) (*writeBack, error) {
	beside, err := sqldb.OpenFile(path, pragmas...)
	if err != nil {
		return nil, err
	}
	ctx, stop := context.WithCancel(context.Background())
	w := &writeBack{pages: writeBackPages, log: log, write: write, beside: beside, due: make(chan struct{}, 1), stop: stop}
	w.done.Go(func() { w.run(ctx) })
	return w, nil
}

func (w *writeBack) run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-w.due:
		}
		if err := w.whenLong(ctx); err != nil && ctx.Err() == nil {
			w.log.Warn("the read model's log is not written back; it is tried again", zap.Error(err))
		}
	}
}

// look has it looked whether the log is long. It is called before a transaction
// begins, and does not wait.
func (w *writeBack) look() {
	select {
	case w.due <- struct{}{}:
	default:
	}
}

func (w *writeBack) close() error {
	w.stop()
	w.done.Wait()
	return w.beside.Close()
}

// whenLong writes the log back where it is long: most of it while others write, what
// they wrote meanwhile likewise, and the rest of that while nobody does, so that
// the log begins anew.
func (w *writeBack) whenLong(ctx context.Context) error {
	if waiting, err := checkpoint(ctx, w.beside, "NOOP"); err != nil || waiting < w.pages {
		return err
	}
	for _, db := range []*sql.DB{w.beside, w.beside, w.write} {
		if _, err := checkpoint(ctx, db, "PASSIVE"); err != nil {
			return err
		}
	}
	return nil
}

// checkpoint has SQLite write pages back, or only look, and tells how many are left.
func checkpoint(ctx context.Context, db *sql.DB, mode string) (waiting int, err error) {
	var busy, pages, written int
	if err := db.QueryRowContext(ctx, "PRAGMA wal_checkpoint("+mode+")").Scan(&busy, &pages, &written); err != nil {
		return 0, fmt.Errorf("write the log back (%s): %w", mode, err)
	}
	return pages - written, nil
}
