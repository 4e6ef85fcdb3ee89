#!/usr/bin/env bash
# Kills the follower, the gateway that delivers webhooks and their PostgreSQL at
# random moments while blocks arrive, then holds everything against the ledger.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

usage() {
  cat <<'TEXT'
Usage: scripts/readmodel-chaos.sh [--kills N] [--state DIR]

Starts a network of its own (or uses the one in DIR, which runs), a PostgreSQL,
a follower and a gateway beside it; writes records all the time, and kills one
of the three N times (50 where not given) at random moments. Afterwards
"gateway compare" must find no difference and a webhook must have had every
event, each record's in order. The few kills of a usual test run are the same test.
TEXT
}

kills=50
while [ $# -gt 0 ]; do
  case $1 in
    -h|--help) usage; exit 0 ;;
    --kills) kills=${2:?--kills needs a number}; shift 2 ;;
    --state) export HNC_TEST_STATE=${2:?--state needs a folder}; shift 2 ;;
    *) usage >&2; die 2 "unknown argument $1" ;;
  esac
done
case $kills in ''|*[!0-9]*|0) die 2 "--kills must be a number from 1, and is $kills" ;; esac

need_go
cd "$root"
network build
HNC_TEST_KILLS=$kills go test -tags e2e -count=1 -v -timeout 60m -run '^TestKillsOfTheFollowerAndOfTheDatabaseLoseNothing$' ./test/readmodel
