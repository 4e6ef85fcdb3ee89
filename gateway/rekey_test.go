package main

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"henanchain/gateway/config"
	"henanchain/gateway/store"
	"henanchain/gateway/store/storetest"
	"henanchain/gateway/subject"
	"henanchain/gateway/vault"
	"henanchain/internal/gm"
)

func TestMain(m *testing.M) { storetest.Main(m) }

// sealedAtRest is a gateway's configuration with keys and a job, all under one
// key-encryption key.
func sealedAtRest(t *testing.T, dsn string) *config.Config {
	t.Helper()
	dir := t.TempDir()
	c := config.Defaults()
	c.Store.DSN, c.KEK.File, c.SubjectKey.File = dsn, filepath.Join(dir, "kek-1"), filepath.Join(dir, "subject.key")
	c.TLCP.SignKey = filepath.Join(dir, "sign.key")
	if err := initKeys(&c, &bytes.Buffer{}); err != nil {
		t.Fatal(err)
	}
	v, err := vault.Open(c.KEK.File)
	if err != nil {
		t.Fatal(err)
	}
	if err := createPrivateKey(c.TLCP.SignKey, v); err != nil {
		t.Fatal(err)
	}
	db := openSealed(t, &c, v)
	for _, payload := range []string{"the private half of a job", "another"} {
		if _, err := db.CreateJob(t.Context(), "app", "write", []byte(payload), nil, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	return &c
}

func openSealed(t *testing.T, c *config.Config, v *vault.Vault) *store.Store {
	t.Helper()
	_, source, err := c.Store.Driver()
	if err != nil {
		t.Fatal(err)
	}
	db, err := store.Open(context.Background(), source, store.Options{Seal: v.SealPayload, Open: v.OpenPayload})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	return db
}

func TestTheSealedStoreIsRekeyed(t *testing.T) {
	t.Run("sqlite", func(t *testing.T) { rekeyed(t, "sqlite:"+filepath.Join(t.TempDir(), "gateway.db")) })
	t.Run("postgres", func(t *testing.T) { rekeyed(t, storetest.Shared(t)) })
}

func rekeyed(t *testing.T, dsn string) {
	c := sealedAtRest(t, dsn)
	old := c.KEK.File
	before, err := subject.Read(c.SubjectKey.File, mustVault(t, old).Keys())
	if err != nil {
		t.Fatal(err)
	}
	c.KEK.File, c.KEK.Retired = filepath.Join(filepath.Dir(old), "kek-2"), []string{old}
	if err := os.WriteFile(c.KEK.File, []byte(strings.Repeat("5a", 16)), 0o600); err != nil {
		t.Fatal(err)
	}
	for run, want := range []string{"2 of 2 sealed values are sealed anew", "0 of 2 sealed values are sealed anew"} {
		var out bytes.Buffer
		if err := rekey(t.Context(), c, &out); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), want) || strings.Contains(out.String(), strings.Repeat("5a", 16)) {
			t.Errorf("run %d said %s", run, out.String())
		}
	}
	// Without the old key everything opens, and is what it was.
	fresh := mustVault(t, c.KEK.File)
	after, err := subject.Read(c.SubjectKey.File, fresh.Keys())
	if err != nil || after.Digest([]byte("x")) != before.Digest([]byte("x")) {
		t.Errorf("the subject key is another one: %v", err)
	}
	text, err := os.ReadFile(c.TLCP.SignKey)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fresh.Keys().OpenPrivateKey(text); err != nil {
		t.Error(err)
	}
	jobs, err := openSealed(t, c, fresh).ClaimJobs(t.Context())
	if err != nil || len(jobs) != 2 {
		t.Fatalf("%d jobs, %v", len(jobs), err)
	}
	payloads := string(jobs[0].Payload) + string(jobs[1].Payload)
	if !strings.Contains(payloads, "the private half of a job") || !strings.Contains(payloads, "another") {
		t.Errorf("the jobs' payloads are %q", payloads)
	}
	for _, path := range []string{c.SubjectKey.File, c.TLCP.SignKey} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
		if _, err := openWith(t, old, path); err == nil {
			t.Errorf("%s opens under the old key", path)
		}
	}
}

func mustVault(t *testing.T, path string) *vault.Vault {
	t.Helper()
	v, err := vault.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// openWith opens a sealed key file under one key-encryption key alone.
func openWith(t *testing.T, kek, path string) (any, error) {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	keys := mustVault(t, kek).Keys()
	if strings.Contains(string(text), gm.SealedKeyMark) {
		return keys.OpenPrivateKey(text)
	}
	return subject.Read(path, keys)
}

func TestAStoreUnderAKeyThatIsNotAtHandIsLeftAlone(t *testing.T) {
	c := sealedAtRest(t, "sqlite:"+filepath.Join(t.TempDir(), "gateway.db"))
	text, err := os.ReadFile(c.SubjectKey.File)
	if err != nil {
		t.Fatal(err)
	}
	c.KEK.File = filepath.Join(t.TempDir(), "kek-2")
	if err := os.WriteFile(c.KEK.File, []byte(strings.Repeat("5a", 16)), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := rekey(t.Context(), c, &bytes.Buffer{}); err == nil {
		t.Error("what does not open is sealed anew")
	}
	if now, err := os.ReadFile(c.SubjectKey.File); err != nil || !bytes.Equal(now, text) {
		t.Errorf("the subject key's file was changed: %v", err)
	}
}
