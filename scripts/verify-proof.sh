#!/usr/bin/env bash
# Checks a record's proof by its channel's trust anchor, offline: nothing of the
# network has to run, and nothing is believed but the anchor.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

need_go
mkdir -p "$root/build/bin"
program=$root/build/bin/verify-proof
(cd "$root" && CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o "$program" ./internal/proof/verifyproof) ||
  die "$toolchain" "the program could not be built; the lines above say why"
exec "$program" "$@"
