#!/usr/bin/env bash
# Backups: save a network into one file, verify such a file, restore it. A thin
# door to the network program (network/), built first where the source has
# changed.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

network backup "$@"
