#!/usr/bin/env bash
# The main job, from nothing: builds Fabric and this project, starts a real
# network and the gateway, and does over REST what a business system would.
# Run again, it reuses what is there.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

usage() {
  cat <<'TEXT'
Usage: scripts/quickstart.sh [--profile NAME] [--state DIR] [--port-base N]

Builds what is missing, starts the network and the gateway, deposits evidence,
issues an e-licence, reads both back, verifies a true and a tampered document,
and has the licence verified from another city, through the relay.
The network keeps running: scripts/network.sh status looks at it,
scripts/network.sh down stops it.
TEXT
}

state=${HNC_STATE:-$root/state}
args=()
while [ $# -gt 0 ]; do
  case $1 in
    -h|--help) usage; exit 0 ;;
    --state) state=${2:?--state needs a folder}; shift 2 ;;
    --profile|--port-base) args+=("$1" "${2:?$1 needs a value}"); shift 2 ;;
    *) usage >&2; die 2 "unknown argument $1" ;;
  esac
done

network up --state "$state" "${args[@]}"
"$root/scripts/relay.sh" register --state "$state" >/dev/null
(cd "$root" && CGO_ENABLED=0 go build -trimpath -o build/bin/quickstart ./test/quickstart)
"$root/build/bin/quickstart" --state "$state"
say
say "The network keeps running."
say "  look:  ./scripts/network.sh status      logs: ./scripts/network.sh logs gateway"
say "  stop:  ./scripts/network.sh down        the ledgers stay; ./scripts/network.sh clean removes them"
