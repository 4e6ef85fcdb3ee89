//go:build e2e

package readmodel

import (
	"context"
	"database/sql"
	"fmt"
	"strings"
	"testing"

	_ "github.com/jackc/pgx/v5/stdlib"
	_ "modernc.org/sqlite"

	"henanchain/test/testnet"
)

// dsnOf is the read model's database of some settings.
func dsnOf(env []string) string {
	for _, e := range env {
		if dsn, ok := strings.CutPrefix(e, "HNC_GATEWAY_INDEX_DSN="); ok {
			return dsn
		}
	}
	return ""
}

// alter changes the read model behind its back.
func alter(t *testing.T, env []string, statement string) {
	t.Helper()
	dsn := dsnOf(env)
	driver, source := "pgx", dsn
	if path, ok := strings.CutPrefix(dsn, "sqlite:"); ok {
		driver, source = "sqlite", path
	} else {
		source += "&search_path=readmodel"
	}
	db, err := sql.Open(driver, source)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	ctx, stop := context.WithTimeout(t.Context(), testnet.Patience)
	defer stop()
	done, err := db.ExecContext(ctx, statement)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := done.RowsAffected(); err != nil || n == 0 {
		t.Fatalf("%s changed %d rows: %v", statement, n, err)
	}
}

// The follower as a process of its own beside a gateway that only serves; the
// model thrown away and made again; and a model that is not the ledger's found out.
func TestAFollowerOfItsOwnAndAModelMadeAgain(t *testing.T) {
	for name, dsn := range databases {
		t.Run(name, func(t *testing.T) {
			env := settings(t, dsn(t), "HNC_GATEWAY_INDEX_FOLLOW=false")
			p := serve(t, env)
			f := follow(t, env)
			p.caughtUp()
			ids := made(t, p.system(notary), "alone "+name, 20)
			for _, id := range ids {
				testnet.Eventually(t, "the read model has every record", func() error { return p.holds(id) })
			}
			if out := must(t, env, "compare"); has(out, " 0 differences") != nil {
				t.Errorf("compare: %s", out)
			}

			if out, err := command(t, env, "reindex"); err == nil || has(out, "another process follows") != nil {
				t.Errorf("it was made again under a follower: %v %s", err, out)
			}
			f.stop()
			if out := must(t, env, "reindex"); has(out, city) != nil {
				t.Errorf("reindex: %s", out)
			}
			// The gateway that served meanwhile finds everything in the new model.
			for _, id := range ids {
				if got := get[page](p, evidences+"?fileHash="+hash(fmt.Sprintf("alone %s-%d", name, indexOf(ids, id)))); len(got.Records) != 1 || got.Records[0].ID != id {
					t.Fatalf("%s is not found after a reindex: %v", id, got.ids())
				}
			}

			id := ids[3]
			alter(t, env, `UPDATE versions SET value = `+map[string]string{"sqlite": `CAST(REPLACE(CAST(value AS TEXT), '第3号', '第9号') AS BLOB)`,
				"postgres": `convert_to(replace(convert_from(value, 'UTF8'), '第3号', '第9号'), 'UTF8')`}[name]+` WHERE version = (SELECT version FROM records WHERE id = '`+id+`')`)
			out, err := command(t, env, "compare")
			if err == nil || has(out, id, "1 differences", "the ledger has version 1") != nil {
				t.Errorf("an altered record: %v %s", err, out)
			}
			alter(t, env, `DELETE FROM records WHERE id = '`+ids[4]+`'`)
			if out, err := command(t, env, "compare"); err == nil || has(out, id, ids[4], "2 differences", "the index none") != nil {
				t.Errorf("a record that was left out: %v %s", err, out)
			}
			must(t, env, "reindex")
			if out := must(t, env, "compare"); has(out, " 0 differences") != nil {
				t.Errorf("compare after it was made again: %s", out)
			}
		})
	}
}

func indexOf(all []string, one string) int {
	for i, s := range all {
		if s == one {
			return i
		}
	}
	return -1
}
