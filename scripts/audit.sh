#!/usr/bin/env bash
# Checks what was put on record: that no line of the gateway's log of calls was
# changed, removed or put in, and that no city's ledger was rewritten.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

usage() {
  cat <<'TEXT'
Usage: scripts/audit.sh verify [--file FILE] [--state DIR] [--noted NUMBER:HASH]...
       scripts/audit.sh checkpoints [--chain CHANNEL [--ledger FOLDER]] [--json] [--state DIR]

verify: reads the gateway's audit log from its first line and holds every line to its
hash and its place. Prints the number of lines and the head of the chain: write
the head down elsewhere, and give it back with --noted at the next check, which
then also shows a log that was rewritten as a whole.

checkpoints: holds the cities' ledgers, as all their peers have them, against what
the main channel anchors. A ledger that was rewritten shows.

  --ledger a ledger's folder, or a copy of one (with blockfile_000000), in place
           of the peers
  --file   the log; by default STATE/gateway/audit.jsonl
  --state  the network's state folder (HNC_STATE, or ./state)

Exit status: 0 all is whole, 1 it is not, 2 wrong usage.
TEXT
}

[ $# -gt 0 ] || { usage >&2; exit 2; }
case $1 in
  -h|--help) usage; exit 0 ;;
  verify|checkpoints) command=$1; shift ;;
  *) usage >&2; die 2 "unknown command $1" ;;
esac

state=${HNC_STATE:-$root/state}
file= args=()
while [ $# -gt 0 ]; do
  case $1 in
    -h|--help) usage; exit 0 ;;
    --file) file=${2:?--file needs a file}; shift 2 ;;
    --state) state=${2:?--state needs a folder}; shift 2 ;;
    --chain|--ledger) args+=("$1" "${2:?$1 needs a value}"); shift 2 ;;
    --json) args+=(--json); shift ;;
    --noted) args+=(--noted "${2:?--noted needs NUMBER:HASH}"); shift 2 ;;
    *) usage >&2; die 2 "unknown argument $1" ;;
  esac
done

need_go
mkdir -p "$root/build/bin"
gateway=$root/build/bin/gateway-audit # the running gateway's own file is left alone
(cd "$root" && CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o "$gateway" ./gateway) || die 1 "the gateway program could not be built; the lines above say why"
if [ "$command" = checkpoints ]; then
  exec "$gateway" audit checkpoints --config "$state/gateway/gateway.yaml" "${args[@]}"
fi
exec "$gateway" audit verify --file "${file:-$state/gateway/audit.jsonl}" "${args[@]}"
