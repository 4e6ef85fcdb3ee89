package sqldb

import (
	"context"
	"database/sql"
	"database/sql/driver"
	"errors"
	"io"
	"net"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/sethvargo/go-retry"
	"go.uber.org/zap"
)

// startPatience is how long a program that serves waits at its start for its
// database: they may start together, or the database may be starting anew.
const startPatience = time.Minute

const firstPause, longestPause = 100 * time.Millisecond, 2 * time.Second

// Await opens a database, again while it does not answer, for a minute at most.
// What more time does not mend, as a wrong password or tables that do not fit, is
// an error at once.
func Await[T any](ctx context.Context, log *zap.Logger, open func(context.Context) (T, error)) (T, error) {
	return await(ctx, log, startPatience, open)
}

func await[T any](ctx context.Context, log *zap.Logger, patience time.Duration, open func(context.Context) (T, error)) (T, error) {
	pauses := retry.WithMaxDuration(patience, retry.WithCappedDuration(longestPause, retry.NewExponential(firstPause)))
	var last error
	opened, err := retry.DoValue(ctx, pauses, func(ctx context.Context) (T, error) {
		opened, err := open(ctx)
		if last = err; err == nil || !unreachable(err) {
			return opened, err
		}
		log.Warn("the database does not answer", zap.Error(err))
		return opened, retry.RetryableError(err)
	})
	if err != nil && last != nil && !errors.Is(err, last) {
		err = errors.Join(err, last) // not only that the wait was ended, but for what
	}
	return opened, err
}

// unreachable tells of an error that it comes of a database that does not run, or
// that starts or ends at this moment.
func unreachable(err error) bool {
	var refused *pgconn.PgError
	if errors.As(err, &refused) {
		switch refused.Code {
		case "57P01", "57P02", "57P03", "53300": // ends, crashed, starts; too many connections
			return true
		}
		return strings.HasPrefix(refused.Code, "08") // the connection
	}
	var connect *pgconn.ConnectError
	var network *net.OpError
	return errors.As(err, &connect) || errors.As(err, &network) ||
		errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, driver.ErrBadConn) || errors.Is(err, sql.ErrConnDone)
}
