#!/usr/bin/env bash
# Measures the gateway beside plain Fabric, in one run on one network and one
# channel, and prints a table, or JSON.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

usage() {
  cat <<'TEXT'
Usage: scripts/bench.sh [--json] [--seconds N] [--rounds N] [--only WHAT] [--state DIR]
       scripts/bench.sh --ledgers [--json] [--rounds N] [--only LEDGERS] [--state DIR]
       scripts/bench.sh --lists [--json] [--rounds N] --state DIR
       scripts/bench.sh --relay [--json] [--rounds N] [--state DIR]

Starts a network of its own (pilot, own ports and folder), measures for N
seconds each (12 where not given) what fabric-gateway and the gateway do, holds
every acknowledgement against the ledger, and removes the network.

  raw       fabric-gateway, one 256-byte record per transaction, at its best concurrency
  rest      single deposits of evidence by 1,000 keep-alive connections
  batch     the same in :batch requests of 1,000
  single    one caller alone, beside one caller of raw
  evaluate  fabric-gateway's EvaluateTransaction; get and verify of the peers
            beside it, and indexed_get and indexed_verify of the read model

--ledgers measures instead what one transaction of 1,000 operations costs on
each of the six ledgers, in CPU of the peers, the orderer and the contract,
beside 1,000 plain puts in one transaction.

--lists measures instead what a page of each kind of list takes over REST, of the
deposits that a run before (--only batch) has left on that network.

--relay measures instead what a question from one city to another takes, from
the POST until its answer is accepted, 15 questions each round.

--json prints JSON on standard output and the table on standard error.
--only rest,batch measures these alone; what reads records has rest measured too,
which makes them. --state DIR uses a network that runs.
TEXT
}

state= relay= args=()
while [ $# -gt 0 ]; do
  case $1 in
    -h|--help) usage; exit 0 ;;
    --json|--ledgers|--lists) args+=("$1"); shift ;;
    --relay) relay=yes args+=("$1"); shift ;;
    --seconds|--rounds|--only|--connections|--batchers|--batch|--raw-callers|--evaluate-callers) args+=("$1" "${2:?$1 needs a value}"); shift 2 ;;
    --state) state=${2:?--state needs a folder}; shift 2 ;;
    *) usage >&2; die 2 "unknown argument $1" ;;
  esac
done

need_go
cd "$root"
if [ -z "$state" ]; then
  state=$(mktemp -d "${TMPDIR:-/tmp}/henanchain-bench-XXXXXX")
  trap 'network clean --yes --state "$state" >&2; rm -rf "$state"' EXIT
  network up --profile pilot --state "$state" --port-base "${HNC_BENCH_PORT_BASE:-23000}" >&2
fi
CGO_ENABLED=0 go build -trimpath -o build/bin/bench ./test/bench
[ -z "$relay" ] || scripts/relay.sh register --offer evidence.Get --state "$state" >&2
CGO_ENABLED=0 go build -trimpath -o build/bin/benchplain ./test/bench/plain
# The callers are on this machine only because there is no other: as a batch job
# they do not interrupt what they measure. That holds for all loads alike.
batch=
if chrt --batch 0 true 2>/dev/null; then batch="chrt --batch 0"; fi
$batch build/bin/bench --state "$state" --plain "$root/build/bin/benchplain" "${args[@]}"
