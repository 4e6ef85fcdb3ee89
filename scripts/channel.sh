#!/usr/bin/env bash
# Channels: create, join, list, inspect, config, consenters, and changes that go
# to other machines to be signed. A thin door to the network program (network/),
# built first where the source has changed.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

network channel "$@"
