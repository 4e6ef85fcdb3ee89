#!/usr/bin/env bash
# The relay between the ledgers: which chains are believed, and the anchors of
# the cities' ledgers. A thin door to the gateway program.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

usage() {
  cat <<'TEXT'
Usage: scripts/relay.sh register [--offer CONTRACT.FUNCTION]... [--state DIR]
       scripts/relay.sh anchor [--state DIR]

register   makes the channels known to each other, each with the trust anchor of
           its configuration, in the names of both parties that decide on it.
           Run again after a configuration has changed, it renews the anchors.
anchor     anchors every city's ledger on the main channel now; the relay that
           runs beside the gateway does so by itself every 100 blocks or 5 minutes.

  --offer  what the channels let each other ask beside Verify, which answers
           match or no match; may be given again
  --state  the network's state folder (HNC_STATE, or ./state)

Exit status: 0 done, 1 refused or failed, 2 wrong usage.
TEXT
}

[ $# -gt 0 ] || { usage >&2; exit 2; }
case $1 in
  -h|--help) usage; exit 0 ;;
  register|anchor) command=$1; shift ;;
  *) usage >&2; die 2 "unknown command $1" ;;
esac

state=${HNC_STATE:-$root/state}
args=()
while [ $# -gt 0 ]; do
  case $1 in
    -h|--help) usage; exit 0 ;;
    --state) state=${2:?--state needs a folder}; shift 2 ;;
    --offer) args+=(--offer "${2:?--offer needs CONTRACT.FUNCTION}"); shift 2 ;;
    *) usage >&2; die 2 "unknown argument $1" ;;
  esac
done

program=$root/build/bin/gateway
[ -x "$program" ] || die 1 "the gateway program is not built: scripts/network.sh up builds it"
exec "$program" relay "$command" --config "$state/gateway/gateway.yaml" "${args[@]}"
