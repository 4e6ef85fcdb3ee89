#!/usr/bin/env bash
# Every test: formatting and static checks, unit and property tests, a short
# fuzzing of every target, and the end-to-end tests on a real network that
# these start and stop themselves, with ports and folders of their own.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

usage() {
  cat <<'TEXT'
Usage: scripts/test.sh [--unit | --e2e | --long]

Without an argument everything runs but the long fault tests. --unit leaves out
what needs a network, --e2e runs only that, --long runs that with the fault
tests that kill nodes for minutes.
TEXT
}

part=all
case ${1:-} in
  "") ;;
  --unit) part=unit ;;
  --e2e) part=e2e ;;
  --long) part=e2e; export HNC_TEST_LONG=1 ;;
  -h|--help) usage; exit 0 ;;
  *) usage >&2; die 2 "unknown argument $1" ;;
esac

cd "$root"
# As the network's programs are built: what they, the tests and the checks have in
# common is compiled once.
export CGO_ENABLED=0 GOFLAGS="${GOFLAGS:-} -trimpath -buildvcs=false"
started=$SECONDS
step() { say "— $* ($((SECONDS - started)) s)"; }

# debian installs packages that tests need, where this is a Debian on which we
# may; otherwise the tests that need them say that they were skipped, and why.
debian() {
  local missing=() p
  for p in "$@"; do dpkg -s "$p" >/dev/null 2>&1 || missing+=("$p"); done
  [ ${#missing[@]} -eq 0 ] && return
  if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null; then
    say "not installed, and not to be installed by this user: ${missing[*]}"
    return
  fi
  step "installing ${missing[*]}"
  apt-get update -qq >/dev/null && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}" >/dev/null ||
    say "could not install ${missing[*]}: the tests that need them will be skipped"
}

# hosts installs what the tests over several machines need: Compose where a Docker
# Engine runs without it, and the means to make network namespaces.
hosts() {
  command -v dpkg >/dev/null || return 0
  debian iproute2
  docker info >/dev/null 2>&1 || return 0
  docker compose version >/dev/null 2>&1 || command -v docker-compose >/dev/null || debian docker-compose
}

static() {
  step "formatting"
  local unformatted
  unformatted=$(git ls-files -z '*.go' | xargs -0 gofmt -l)
  [ -z "$unformatted" ] || die 1 "gofmt would change: $unformatted"
  step "go vet"
  go vet ./...
  go vet -tags e2e ./test/...
  step "staticcheck"
  go build -modfile=scripts/tools/go.mod -o build/bin/staticcheck honnef.co/go/tools/cmd/staticcheck
  build/bin/staticcheck -tags e2e ./...
  step "determinism of the contracts"
  scripts/chaincode.sh lint
}

need_go
mkdir -p build/bin
if [ $part != e2e ]; then
  command -v dpkg >/dev/null && debian openssl postgresql chromium
  static
  step "unit tests"
  go test -timeout 30m ./... # a package compiles contracts of its own: minutes, with cold caches
  step "fuzzing, briefly"
  scripts/fuzz.sh 200x # a count: short times end in "context deadline exceeded" on a busy machine
fi
if [ $part != unit ]; then
  hosts
  step "end-to-end tests on a network of their own"
  network build
  # Two at a time: most of a test is waiting. What of test/ needs no network is
  # among the unit tests.
  mapfile -t networks < <(grep -l '^//go:build e2e' test/*/*_test.go | sed 's|^|./|; s|/[^/]*$||' | sort -u)
  HNC_TEST_BUILT=1 go test -tags e2e -count=1 -timeout 30m -p 2 -parallel 2 "${networks[@]}"
fi
step "all tests passed"
