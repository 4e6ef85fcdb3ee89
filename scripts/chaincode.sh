#!/usr/bin/env bash
# Contracts: deploy, status, rollback, lint, new. A thin door to the network
# program (network/), which is built first where the source has changed.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

network chaincode "$@"
