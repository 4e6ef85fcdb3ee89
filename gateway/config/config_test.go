package config

import (
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"
)

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "gateway.yaml")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestTheFileStandsOverTheDefaultsAndTheEnvironmentOverTheFile(t *testing.T) {
	path := write(t, "listen: 127.0.0.1:1\nlimits:\n  bodyBytes: 2048\n  writeTimeout: 7s\nlog:\n  level: warn\n")
	c, err := Load(path, []string{"HNC_GATEWAY_LISTEN=127.0.0.1:2", "HNC_GATEWAY_LIMITS_READTIMEOUT=9s", "HNC_GATEWAY_KEK_FILE=k", "HNC_GATEWAY_KEK_RETIRED=a,b", "OTHER=1"})
	if err != nil {
		t.Fatal(err)
	}
	if c.Listen != "127.0.0.1:2" || c.Limits.BodyBytes != 2048 || c.Limits.WriteTimeout != 7*time.Second || c.Limits.ReadTimeout != 9*time.Second || c.Log.Level != "warn" {
		t.Errorf("read %+v", c)
	}
	if c.Limits.PageSize != Defaults().Limits.PageSize || !reflect.DeepEqual(c.KEK.Retired, []string{"a", "b"}) {
		t.Errorf("read %+v", c)
	}
}

func TestWithoutAnythingTheDefaultsAreGood(t *testing.T) {
	c, err := Load("", nil)
	if err != nil {
		t.Fatal(err)
	}
	if want := Defaults(); !reflect.DeepEqual(normal(*c), normal(want)) {
		t.Errorf("read %+v, want %+v", *c, want)
	}
}

// normal makes empty lists nil.
func normal(c Config) Config {
	if len(c.KEK.Retired) == 0 {
		c.KEK.Retired = nil
	}
	if len(c.Webhooks.Networks) == 0 {
		c.Webhooks.Networks = nil
	}
	if len(c.Limits.PerApplication) == 0 {
		c.Limits.PerApplication = nil
	}
	if len(c.Auth.PerApplication) == 0 {
		c.Auth.PerApplication = nil
	}
	return c
}

func TestEveryMistakeIsToldAtOnce(t *testing.T) {
	path := write(t, `
listen: 0.0.0.0:99999
connection: ""
colour: red
store: {dsn: "mysql:x"}
log: {level: loud}
tls: {cert: /nowhere/cert.pem, clientAuth: always}
tlcp: {clientAuth: require}
auth: {window: 0s, perApplication: [{methods: [magic]}]}
audit: {sync: never, maxBytes: 1}
kek: {retired: [old]}
webhooks: {networks: [intranet], attempts: 0, timeout: 0s}
limits:
  bodyBytes: 1
  batchOperations: 0
  ratePerSecond: -1
  dailyQuota: -1
  readTimeout: 0s
  perApplication: [{ratePerSecond: 1}]
`)
	_, err := Load(path, []string{"HNC_GATEWAY_COLOUR=red"})
	if err == nil {
		t.Fatal("it was read")
	}
	for _, want := range []string{"listen:", "connection:", "colour is not a setting", "store.dsn", "log.level", "tls.key", "tls.cert", "tls.clientAuth", "tlcp.clientAuth", "auth.window", "auth.perApplication[0].name", `auth.perApplication[0].methods: "magic"`, "audit.sync", "audit.maxBytes", "kek.retired", "webhooks.networks", "webhooks.attempts", "webhooks.timeout",
		"limits.bodyBytes", "limits.batchOperations", "limits.ratePerSecond", "limits.dailyQuota", "limits.readTimeout", "limits.perApplication[0].name", "HNC_GATEWAY_COLOUR"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%s is not told in:\n%v", want, err)
		}
	}
}

func TestAPlainDoorIsForThisMachineOnly(t *testing.T) {
	for listen, want := range map[string]bool{"127.0.0.1:1": true, "localhost:1": true, "[::1]:1": true, ":1": false, "0.0.0.0:1": false, "10.0.0.1:1": false, "gateway:1": false} {
		_, err := Load("", []string{"HNC_GATEWAY_LISTEN=" + listen})
		if (err == nil) != want {
			t.Errorf("%s: %v", listen, err)
		}
		if _, err := Load("", []string{"HNC_GATEWAY_LISTEN=" + listen, "HNC_GATEWAY_TLS_PLAIN=true"}); err != nil {
			t.Errorf("%s behind a proxy: %v", listen, err)
		}
	}
}

func TestEverySettingHasAVariableAndEveryVariableASetting(t *testing.T) {
	for _, e := range Environ() {
		if e[0] != EnvPrefix+strings.ToUpper(strings.ReplaceAll(e[1], ".", "_")) {
			t.Errorf("%s sets %s", e[0], e[1])
		}
		_, err := Load("", []string{e[0] + "=not-a-value"})
		if err != nil && strings.Contains(err.Error(), "sets nothing") {
			t.Errorf("%s is documented and not known: %v", e[0], err)
		}
	}
	if len(Environ()) < 20 {
		t.Errorf("only %d variables", len(Environ()))
	}
}

func TestTheDriverOfTheStoreIsRead(t *testing.T) {
	for dsn, want := range map[string]string{"sqlite:/a/b.db": "sqlite /a/b.db", "postgres://u@h/d": "postgres postgres://u@h/d", "postgresql://h/d": "postgres postgresql://h/d", "sqlite:": "", "mysql:x": "", "": ""} {
		kind, source, err := Store{DSN: dsn}.Driver()
		got := kind + " " + source
		if err != nil {
			got = ""
		}
		if got != want {
			t.Errorf("%q: %q (%v), want %q", dsn, got, err, want)
		}
	}
}

func TestAFileThatIsNotThereOrNotYAMLIsTold(t *testing.T) {
	if _, err := Load("/nowhere/gateway.yaml", nil); err == nil || !strings.Contains(err.Error(), "no such file") {
		t.Errorf("%v", err)
	}
	if _, err := Load(write(t, "a: [b"), nil); err == nil {
		t.Error("text that is not YAML was read")
	}
}
