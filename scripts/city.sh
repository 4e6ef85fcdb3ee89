#!/usr/bin/env bash
# Cities: add one to the running network, take one out of its main channel. A
# thin door to the network program (network/), built first where the source has
# changed.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

network city "$@"
