#!/usr/bin/env bash
# Identities: register, enroll, list, revoke, renew, through the organisations'
# CAs. A thin door to the network program (network/), built first where the
# source has changed.
set -euo pipefail
. "$(dirname "$0")/lib.sh"

network identity "$@"
