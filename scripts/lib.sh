# What the scripts share. Sourced, never run.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

# The exit status for a missing tool or a failed build, as network/failure numbers it.
toolchain=6

say() { printf '%s\n' "$*" >&2; }

# die STATUS SENTENCE ends the script with a sentence that says what to do.
die() { local status=$1; shift; say "$(basename "$0"): $*"; exit "$status"; }

# need_go fails unless a Go of the version in go.mod, or a newer one, is there.
need_go() {
  command -v go >/dev/null 2>&1 || die "$toolchain" "Go is not installed, or not in PATH. Install Go $(wanted_go) or newer (https://go.dev/dl), then run this again."
  local have wanted
  have=$(go env GOVERSION 2>/dev/null | sed 's/^go//') wanted=$(wanted_go)
  [ "$(printf '%s\n%s\n' "$wanted" "$have" | sort -V | head -n 1)" = "$wanted" ] ||
    die "$toolchain" "Go $have is too old: this project needs Go $wanted or newer."
}

wanted_go() { sed -n 's/^go //p' "$root/go.mod"; }

# network runs the network program, built from this checkout first.
network() {
  need_go
  mkdir -p "$root/build/bin"
  (cd "$root" && CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o build/bin/network ./network) ||
    die "$toolchain" "the network program could not be built; the lines above say why"
  HNC_ROOT=$root "$root/build/bin/network" "$@"
}
