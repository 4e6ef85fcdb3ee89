#!/usr/bin/env bash
# Kills what writes go through, under load and at random moments, and holds
# every answer against the ledger, block by block.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

usage() {
  cat <<'TEXT'
Usage: scripts/chaos.sh [--kinds LIST] [--kills N] [--json] [--port-base N]

Starts a network of its own (three orderers, two peers for each of two
organisations), lets business systems write through its gateway, and kills with
SIGKILL, N times each (20 where not given):

  gateway    the REST gateway
  peer       any of the peers
  orderer    the orderer that leads the channel
  contract   the service of the contract
  postgres   PostgreSQL, with the gateway's state in it (needs PostgreSQL installed)

Then reads the channel from every peer, block by block, and prints what became
of the writes: acknowledged, lost, applied twice, without an answer; and how
long the longest wait of any caller was. --json prints JSON on standard output
and the table on standard error.

Exit status: 0 nothing was lost, applied twice or left without an answer, and no
recovery took more than 10 seconds; 1 something was, or the run failed; 2 wrong usage.
TEXT
}

port=25000 args=()
while [ $# -gt 0 ]; do
  case $1 in
    -h|--help) usage; exit 0 ;;
    --json) args+=(--json); shift ;;
    --kinds|--kills) args+=("$1" "${2:?$1 needs a value}"); shift 2 ;;
    --port-base) port=${2:?--port-base needs a number}; shift 2 ;;
    *) usage >&2; die 2 "unknown argument $1" ;;
  esac
done

need_go
cd "$root"
state=$(mktemp -d "${TMPDIR:-/tmp}/henanchain-chaos-XXXXXX")
trap 'network clean --yes --state "$state" >&2; rm -rf "$state"' EXIT
network up --profile pilot --topology test/chaos/topology.yaml --state "$state" --port-base "$port" >&2
CGO_ENABLED=0 go build -trimpath -o build/bin/chaos ./test/chaos
build/bin/chaos --state "$state" "${args[@]}"
