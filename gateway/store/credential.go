package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"henanchain/gateway/sqldb"
)

// Kinds of credentials.
const (
	KindToken       = "token"       // a bearer token
	KindKey         = "key"         // an SM2 key that signs requests
	KindCertificate = "certificate" // a client certificate, by its public key
	KindSubject     = "subject"     // client certificates, by their subject
)

// ErrExists is returned where a credential is registered already, for whomever.
var ErrExists = errors.New("this credential is registered already")

// Credential is one way in which an application proves who it is, beside the
// token of the network's hand-over.
type Credential struct {
	// ID is the SM3, hex, of the token, or of the public key's DER form;
	// CertificateID and SubjectID make those of certificates.
	ID string
	// App is the application's name; Kind is one of the Kind constants.
	App, Kind string
	// Label is what people call it.
	Label string
	// Public is the key in PEM, or the certificates' subject.
	Public  string
	Created time.Time
	Expires time.Time // zero: it does not expire
	Revoked time.Time // zero: it is good
}

// CertificateID is the credential ID of client certificates with a public key
// of that ID: the same key may sign requests too.
func CertificateID(keyID string) string { return KindCertificate + ":" + keyID }

// SubjectID is the credential ID of client certificates of that subject, of
// which digest is the SM3.
func SubjectID(digest string) string { return KindSubject + ":" + digest }

// Credentials is what the commands need of a store: it may be opened beside a
// gateway that runs, and does nothing that the gateway would have to know of.
type Credentials struct{ db *sql.DB }

// OpenCredentials opens the credentials of the store that dsn names. Of a
// SQLite file whose gateway runs, the tables are as that gateway made them.
func OpenCredentials(ctx context.Context, dsn string) (*Credentials, error) {
	db, err := openTables(ctx, dsn)
	if err != nil {
		return nil, err
	}
	return &Credentials{db}, nil
}

// openTables opens the tables beside the gateways that may be using them.
func openTables(ctx context.Context, dsn string) (*sql.DB, error) {
	if path, ok := sqldb.Path(dsn); ok {
		return openSQLiteTables(ctx, path)
	}
	return openPostgresTables(ctx, dsn, Gateway)
}

// Close closes the database.
func (c *Credentials) Close() error { return c.db.Close() }

// Add registers a credential, or returns ErrExists.
func (c *Credentials) Add(ctx context.Context, cr *Credential) error {
	done, err := c.db.ExecContext(ctx, `INSERT INTO credentials (id, app, kind, label, public, created, expires)
		VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (id) DO NOTHING`,
		cr.ID, cr.App, cr.Kind, cr.Label, cr.Public, cr.Created.UnixMilli(), millis(cr.Expires))
	if err != nil {
		return fmt.Errorf("register a credential: %w", err)
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return errors.Join(ErrExists, err)
	}
	return nil
}

// List returns the credentials of an application, or of all where app is
// empty; of some kinds where any are named.
func (c *Credentials) List(ctx context.Context, app string, kinds ...string) ([]Credential, error) {
	var all []Credential
	err := sqldb.Each(ctx, c.db, `SELECT `+credentialColumns+` FROM credentials ORDER BY app, created, id`, nil, func(scan sqldb.Scan) error {
		cr, err := scanCredential(scan)
		if err == nil && (app == "" || cr.App == app) && (len(kinds) == 0 || contains(kinds, cr.Kind)) {
			all = append(all, *cr)
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("list credentials: %w", err)
	}
	return all, nil
}

func contains(all []string, one string) bool {
	for _, s := range all {
		if s == one {
			return true
		}
	}
	return false
}

// Revoke ends a credential: from its return on no gateway of the database takes
// it. It returns ErrNotFound where there is none with that ID; one that was
// revoked before stays revoked as of then.
func (c *Credentials) Revoke(ctx context.Context, id string, at time.Time) error {
	done, err := c.db.ExecContext(ctx, `UPDATE credentials SET revoked = COALESCE(revoked, $1) WHERE id = $2`, at.UnixMilli(), id)
	if err != nil {
		return fmt.Errorf("revoke a credential: %w", err)
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		return errors.Join(ErrNotFound, err)
	}
	return nil
}

const credentialColumns = `id, app, kind, label, public, created, expires, revoked`

func scanCredential(scan sqldb.Scan) (*Credential, error) {
	var (
		cr               Credential
		created, expires int64
		revoked          sql.NullInt64
	)
	if err := scan(&cr.ID, &cr.App, &cr.Kind, &cr.Label, &cr.Public, &created, &expires, &revoked); err != nil {
		return nil, err
	}
	cr.Created = time.UnixMilli(created)
	if expires != 0 {
		cr.Expires = time.UnixMilli(expires)
	}
	if revoked.Valid {
		cr.Revoked = time.UnixMilli(revoked.Int64)
	}
	return &cr, nil
}

func millis(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.UnixMilli()
}

// Credential finds a credential by its ID, as it is at this moment; it returns
// ErrNotFound where there is none.
func (s *Store) Credential(ctx context.Context, id string) (*Credential, error) {
	row := s.db.reader().QueryRowContext(ctx, `SELECT `+credentialColumns+` FROM credentials WHERE id = $1`, id)
	cr, err := scanCredential(row.Scan)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return nil, ErrNotFound
	case err != nil:
		return nil, fmt.Errorf("look a credential up: %w", err)
	}
	return cr, nil
}

// TakeNonce takes a nonce of a key and tells whether it was free: of all
// requests with it, at all gateways of the database, one is told so. It is on
// the disk then, and remembered until expires.
func (s *Store) TakeNonce(ctx context.Context, keyID, nonce string, expires time.Time) (fresh bool, err error) {
	err = s.group.do(ctx, true, func(ctx context.Context, tx *sql.Tx) error {
		done, err := tx.ExecContext(ctx, `INSERT INTO nonces (key_id, nonce, expires) VALUES ($1, $2, $3) ON CONFLICT (key_id, nonce) DO NOTHING`,
			keyID, nonce, expires.UnixMilli())
		if err != nil {
			return err
		}
		n, err := done.RowsAffected()
		fresh = n == 1
		return err
	})
	if err != nil {
		return false, fmt.Errorf("take a nonce: %w", err)
	}
	return fresh, nil
}
