#!/usr/bin/env bash
# The network: up, down, status, logs and the rest. A thin door to the network
# program (network/), which is built first where the source has changed.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

network "$@"
