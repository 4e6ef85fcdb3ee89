package lint

import (
	"go/ast"
	"go/constant"
	"go/token"
	"go/types"
	"regexp"
	"strings"
)

// set of names; a nil set is every name.
type set map[string]bool

func names(list string) set {
	out := set{}
	for _, n := range strings.Fields(list) {
		out[n] = true
	}
	return out
}

// refusal is what a rule refuses of a package: only some names, or all but some.
// A method's name has its type before it.
type refusal struct {
	rule   Rule
	only   set
	except set
}

// refusedPackages are functions and variables of packages that give a different
// answer on another machine or at another time. Constants and types are free.
var refusedPackages = map[string][]refusal{
	"time":         {{rule: Clock, only: names("Now Since Until After AfterFunc Tick NewTimer NewTicker Sleep Local LoadLocation Time.Local")}},
	"context":      {{rule: Clock, only: names("WithTimeout WithTimeoutCause WithDeadline WithDeadlineCause AfterFunc")}},
	"math/rand":    {{rule: Randomness}},
	"math/rand/v2": {{rule: Randomness}},
	"crypto/rand":  {{rule: Randomness}},
	"hash/maphash": {{rule: Randomness}},
	"github.com/google/uuid": {{rule: Randomness, only: names(
		"New NewString NewRandom NewRandomFromReader NewUUID NewV6 NewV7 NewV7FromReader NewDCESecurity NewDCEPerson NewDCEGroup")}},
	"golang.org/x/sync/errgroup":  {{rule: Concurrency}},
	"golang.org/x/sync/semaphore": {{rule: Concurrency}},
	"strconv":                     {{rule: Floats, only: names("ParseFloat FormatFloat AppendFloat ParseComplex FormatComplex")}},
	"os":                          {{rule: Environment, except: names("ErrInvalid ErrPermission ErrExist ErrNotExist ErrClosed IsExist IsNotExist IsPermission IsPathSeparator FileMode.String FileMode.IsDir FileMode.Perm FileMode.IsRegular")}},
	"os/exec":                     {{rule: Environment}},
	"os/user":                     {{rule: Environment}},
	"os/signal":                   {{rule: Environment}},
	"io/ioutil":                   {{rule: Environment, except: names("Discard NopCloser ReadAll")}},
	"path/filepath":               {{rule: Environment, only: names("Abs EvalSymlinks Glob Walk WalkDir")}},
	"syscall":                     {{rule: Environment}},
	"golang.org/x/sys/unix":       {{rule: Environment}},
	"runtime":                     {{rule: Environment, except: names("KeepAlive GC Gosched")}},
	"runtime/debug":               {{rule: Environment}},
	"flag":                        {{rule: Environment}},
	"github.com/spf13/pflag":      {{rule: Environment}},
	"plugin":                      {{rule: Environment}},
	"database/sql":                {{rule: Environment, except: names("ErrNoRows ErrTxDone ErrConnDone Named")}},
	"google.golang.org/grpc":      {{rule: Environment, only: names("NewClient Dial DialContext NewServer")}},
	"net": {{rule: Environment, except: names("ParseIP ParseCIDR ParseMAC JoinHostPort SplitHostPort IPv4 IPv4Mask CIDRMask IPv4zero IPv6zero IPv6unspecified IPv6loopback " +
		"IP.String IP.Equal IP.To4 IP.To16 IP.Mask IP.MarshalText IP.IsLoopback IP.IsPrivate IPNet.Contains IPNet.String IPMask.Size IPMask.String HardwareAddr.String")}},
	"net/http":                     {{rule: Environment, except: names("StatusText CanonicalHeaderKey DetectContentType Header.Add Header.Set Header.Get Header.Del Header.Values")}},
	"net/smtp":                     {{rule: Environment}},
	"net/rpc":                      {{rule: Environment}},
	"text/template":                {{rule: Environment, only: names("ParseFiles ParseGlob Template.ParseFiles Template.ParseGlob")}},
	"html/template":                {{rule: Environment, only: names("ParseFiles ParseGlob Template.ParseFiles Template.ParseGlob")}},
	"github.com/joho/godotenv":     {{rule: Environment}},
	"github.com/spf13/viper":       {{rule: Environment}},
	"golang.org/x/exp/rand":        {{rule: Randomness}},
	"github.com/rs/xid":            {{rule: Randomness, only: names("New NewWithTime")}},
	"github.com/oklog/ulid/v2":     {{rule: Randomness, only: names("Make MustNew MustNewDefault DefaultEntropy New")}},
	"github.com/hashicorp/go-uuid": {{rule: Randomness, only: names("GenerateUUID GenerateRandomBytes")}},
}

var instead = map[Rule]string{
	Clock:       "take the transaction's time (GetTxTimestamp), in UTC",
	Randomness:  "derive it from the transaction's ID or its arguments",
	Concurrency: "contracts run alone",
	Floats:      "count in whole units",
	Environment: "each peer's machine has its own; hand it in as an argument, or keep it on the ledger",
}

// refusedUse judges the mention of a function or variable of another package.
func (v *visitor) refusedUse(id *ast.Ident, obj types.Object) {
	path, key := obj.Pkg().Path(), obj.Name()
	if path == v.pkg.pass.Pkg.Path() {
		return
	}
	if fn, ok := obj.(*types.Func); ok && fn.Signature().Recv() != nil {
		key = receiver(fn) + "." + key
	}
	for _, r := range refusedPackages[path] {
		if (r.only != nil && !r.only[key]) || r.except[key] {
			continue
		}
		v.report(r.rule, id.Pos(), "%s is used: %s", written(obj), instead[r.rule])
	}
	if path == "time" {
		v.localTime(id, obj)
	}
	if path == "sync" && obj.Name() == "Go" {
		v.report(Concurrency, id.Pos(), "a goroutine is started: contracts run alone")
	}
	if _, isFunc := obj.(*types.Func); isFunc && path == "math" && strings.Contains(obj.Type().String(), "float") {
		v.floatAt(id.Pos(), written(obj)+" is used")
	}
}

// receiver is the name of a method's type.
func receiver(fn *types.Func) string {
	t := fn.Signature().Recv().Type()
	if ptr, ok := types.Unalias(t).(*types.Pointer); ok {
		t = ptr.Elem()
	}
	if named, ok := types.Unalias(t).(*types.Named); ok {
		return named.Obj().Name()
	}
	return ""
}

func written(obj types.Object) string {
	if fn, ok := obj.(*types.Func); ok {
		return name(fn)
	}
	return obj.Pkg().Name() + "." + obj.Name()
}

// localTime refuses a time in the machine's own zone, which time.Unix gives.
func (v *visitor) localTime(id *ast.Ident, obj types.Object) {
	fn, ok := obj.(*types.Func)
	if !ok || fn.Signature().Recv() != nil {
		return
	}
	switch fn.Name() {
	case "Unix", "UnixMilli", "UnixMicro":
	default:
		return
	}
	// time.Unix(…).UTC(): identifier, selector, call, selector.
	if sel, ok := v.parent(2).(*ast.SelectorExpr); ok && (sel.Sel.Name == "UTC" || sel.Sel.Name == "In") {
		return
	}
	v.report(Clock, id.Pos(), "time.%s gives the time in the machine's own zone: add .UTC()", fn.Name())
}

// drawsRandom refuses keys, signatures and ciphers of the standard library
// that draw random numbers: they take a reader for it, and use another where
// they are given none.
func (v *visitor) drawsRandom(c *ast.CallExpr) {
	fn := callee(v.info(), c)
	if fn == nil || fn.Pkg() == nil || !strings.HasPrefix(fn.Pkg().Path(), "crypto") || fn.Pkg().Path() == "crypto/rand" {
		return
	}
	params := fn.Signature().Params()
	if params.Len() == 0 || len(c.Args) == 0 || types.TypeString(params.At(0).Type(), nil) != "io.Reader" {
		return
	}
	if v.info().Types[c.Args[0]].IsNil() && fn.Name() == "Sign" {
		return // deterministic, as RFC 6979 and Ed25519 have it
	}
	v.report(Randomness, c.Pos(), "%s draws random numbers: %s", name(fn), instead[Randomness])
}

var addressVerb = regexp.MustCompile(`%[-+# 0]*\d*p`)

// formatVerb refuses %p, which prints a memory address.
func (v *visitor) formatVerb(lit *ast.BasicLit) {
	if lit.Kind != token.STRING {
		return
	}
	if _, ok := v.parent(0).(*ast.CallExpr); !ok {
		return
	}
	value := v.info().Types[lit].Value
	if value != nil && value.Kind() == constant.String && addressVerb.MatchString(strings.ReplaceAll(constant.StringVal(value), "%%", "")) {
		v.report(Randomness, lit.Pos(), "%%p prints a memory address, which differs between peers")
	}
}

// floating refuses an expression of floating-point or complex type, once a line.
func (v *visitor) floating(e ast.Expr) {
	tv, ok := v.info().Types[e]
	if !ok {
		return
	}
	basic, ok := tv.Type.Underlying().(*types.Basic)
	if !ok || basic.Info()&(types.IsFloat|types.IsComplex) == 0 || basic.Info()&types.IsUntyped != 0 {
		return
	}
	what := "a value of type " + basic.Name()
	if tv.IsType() {
		what = "the type " + types.TypeString(tv.Type, types.RelativeTo(v.pkg.pass.Pkg))
	}
	v.floatAt(e.Pos(), what+" is used")
}

func (v *visitor) floatAt(pos token.Pos, what string) {
	line := v.pkg.pass.Fset.Position(pos).Line
	if line == v.float {
		return
	}
	v.float = line
	v.report(Floats, pos, "%s: %s", what, instead[Floats])
}
