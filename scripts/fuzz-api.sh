#!/usr/bin/env bash
# Fuzzes a real gateway's interface from its own OpenAPI document.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

usage() {
  cat <<'TEXT'
Usage: scripts/fuzz-api.sh [TIME] [--seed N] [--state DIR] [--port-base N]

Starts a network of its own (pilot), and for TIME (10m where nothing is said)
sends its gateway requests made from its OpenAPI document: good ones, nearly good
ones, bytes that are no HTTP, as every business system and as nobody. No answer
may be a 500, show a stack trace or an inner path, or hold a token or a key; the
gateway's log may hold none either, and no panic.

--state DIR uses a network that runs. --seed N repeats the choices of a run.
Exit status: 0 nothing was found, 1 something was, 2 wrong usage.
TEXT
}

time=10m state= port=25000 args=()
while [ $# -gt 0 ]; do
  case $1 in
    -h|--help) usage; exit 0 ;;
    --seed) args+=(--seed "${2:?--seed needs a number}"); shift 2 ;;
    --state) state=${2:?--state needs a folder}; shift 2 ;;
    --port-base) port=${2:?--port-base needs a number}; shift 2 ;;
    -*) usage >&2; die 2 "unknown argument $1" ;;
    *) time=$1; shift ;;
  esac
done

need_go
cd "$root"
if [ -z "$state" ]; then
  state=$(mktemp -d "${TMPDIR:-/tmp}/henanchain-fuzz-XXXXXX")
  trap 'network clean --yes --state "$state" >&2; rm -rf "$state"' EXIT
  network up --profile pilot --state "$state" --port-base "$port" >&2
fi
CGO_ENABLED=0 go build -trimpath -o build/bin/fuzzapi ./test/fuzzapi
build/bin/fuzzapi --state "$state" --time "$time" "${args[@]}"
